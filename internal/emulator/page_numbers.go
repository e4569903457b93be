package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// numbersPage is the numbers of a tenant.
type numbersPage struct {
	*frame
	Counted string
	States  []kindTab // where there are many
	Cards   []numberCard
	More    string
	Tenants []link
}

const (
	shownNumbers = 200
	fewNumbers   = 8 // which can be looked over
)

// numbers shows ?state=.
func (v *visit) numbers(q url.Values) shown {
	n := &numbersPage{frame: &v.frame}
	v.Title, v.Stale = "Numbers", always+" webhook message"
	all := v.numberInfos()
	n.Counted = count(len(all), "number") + " of the " + v.tenantName() + "."
	all = v.numbersIn(n, all, q.Get("state"))
	for i := range all[:min(len(all), shownNumbers)] {
		n.Cards = append(n.Cards, v.numberCard(&all[i]))
	}
	if len(all) > shownNumbers {
		n.More = count(len(all)-shownNumbers, "more number") + ": open one by its address, conversations?number=id"
	}
	up := ""
	if v.tenant.ID != DefaultTenant {
		up = "../../"
	}
	for i, t := range v.site.Tenants() {
		switch {
		case t == v.tenant:
		case i == 0:
			n.Tenants = append(n.Tenants, link{up + "numbers", "default tenant"})
		default:
			n.Tenants = append(n.Tenants, link{up + "t/" + url.PathEscape(t.ID) + "/numbers", "tenant " + t.ID})
		}
	}
	return n
}

// numbersIn are the numbers in a state, of which the page shows how many there are.
func (v *visit) numbersIn(n *numbersPage, all []pilotstatustest.NumberInfo, state string) []pilotstatustest.NumberInfo {
	counts := map[string]int{}
	var chosen []pilotstatustest.NumberInfo
	for i := range all {
		word := stateOf(all[i]).Word
		counts[word]++
		if state == "" || state == word {
			chosen = append(chosen, all[i])
		}
	}
	if len(all) <= fewNumbers && state == "" {
		return chosen
	}
	n.States = []kindTab{{"numbers", "all " + grouped(len(all)), state == ""}}
	for _, word := range []string{"open", "scan QR", "closed", "blocked"} {
		n.States = append(n.States, kindTab{with("numbers", "state", word), word + " " + grouped(counts[word]), state == word})
	}
	return chosen
}

func (v *visit) tenantName() string {
	if v.tenant.ID == DefaultTenant {
		return "default tenant"
	}
	return "tenant " + v.tenant.ID
}

// doMoveNumber does to a number what the world outside the API does.
func (v *visit) doMoveNumber(f *form) (string, error) {
	id := f.Get("number")
	if v.numberName(id) == id && !v.hasNumber(id) {
		return "", errors.New("the number is not there any more")
	}
	n := v.engine.Number(id)
	switch f.Get("do") {
	case "connect", "scan":
		n.Connect()
	case "scan-second":
		n.ScanSecondary()
	case "disconnect":
		n.Disconnect()
	case "block":
		n.BlockUnpaid()
	case "unblock":
		n.Unblock()
	case "charge":
		n.ChargeOutcome(f.Get("outcome"))
	case "health":
		n.ReportHealth(f.Get("event"))
	case "expire":
		n.ExpireQR()
	case "show-code":
		return "", v.ask(http.MethodGet, "/v1/numbers/"+url.PathEscape(id)+"/connect", nil)
	}
	return "", nil
}

func (v *visit) hasNumber(id string) bool {
	for _, n := range v.numberInfos() {
		if n.ID == id {
			return true
		}
	}
	return false
}

// doAddNumber creates a number as the API does, so that it shows a code to be scanned.
func (v *visit) doAddNumber(f *form) (string, error) {
	body, err := json.Marshal(map[string]string{
		"name": strings.TrimSpace(f.Get("name")), "number": onlyDigits(f.Get("phone")),
	})
	if err != nil {
		return "", err
	}
	return "", v.ask(http.MethodPost, "/v1/numbers", body)
}

// ask makes a request to the API of the tenant, which stands among the requests.
func (v *visit) ask(method, path string, body []byte) error {
	r, err := http.NewRequest(method, path, bytes.NewReader(body)) //nolint:noctx // it is answered at once
	if err != nil {
		return err
	}
	r.Header.Set("X-Api-Key", v.engine.TenantKey())
	r.Header.Set("User-Agent", "pilotstatus-emulator (its page)")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := &answerKept{header: http.Header{}, status: http.StatusOK}
	v.engine.ServeHTTP(w, r)
	if w.status < 400 {
		return nil
	}
	var out struct {
		Error   any    `json:"error"`
		Message string `json:"message"`
	}
	if json.Unmarshal(w.body.Bytes(), &out) != nil || out.Error == nil {
		out.Error = cmp.Or(out.Message, "without a reason, as a fault may want it")
	}
	return fmt.Errorf("the API answers %d: %v", w.status, out.Error)
}

// answerKept keeps an answer.
type answerKept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answerKept) Header() http.Header         { return a.header }
func (a *answerKept) WriteHeader(status int)      { a.status = status }
func (a *answerKept) Write(b []byte) (int, error) { return a.body.Write(b) }
