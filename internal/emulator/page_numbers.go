package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// numbersPage is the numbers of a tenant.
type numbersPage struct {
	*frame
	Counted string
	Cards   []numberCard
	More    string
	Tenants []link
}

// numberCard is a number with what can be done to it.
type numberCard struct {
	ID, Name, Phone, Initials, Kind, Here string

	State   numberState
	Devices []deviceCard // that wait to be scanned
	Text    string
	Held    string
	Refuses bool
	IDs     []idRow
	Charges []option
	Acts    []numberAct
	Error   string
	Curls   []string
}

type deviceCard struct{ QR, Text, PairingCode, Do string }

type numberAct struct{ Value, Word, Class string }

const shownNumbers = 200

func (v *visit) numbers(url.Values) shown {
	n := &numbersPage{frame: &v.frame}
	v.Title, v.Stale = "Numbers", always+" webhook message"
	all := v.numberInfos()
	n.Counted = count(len(all), "number") + " of the " + v.tenantName() + "."
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

func (v *visit) tenantName() string {
	if v.tenant.ID == DefaultTenant {
		return "default tenant"
	}
	return "tenant " + v.tenant.ID
}

func (v *visit) numberCard(n *pilotstatustest.NumberInfo) numberCard {
	name := nameOfNumber(*n)
	c := numberCard{ID: n.ID, Name: name, Phone: n.Phone, Initials: initials(name), Here: v.Here, State: stateOf(*n), Kind: "web, QR"}
	if n.Official {
		c.Kind = "official"
	}
	c.Acts, c.Text = v.numberActs(n)
	c.Devices = v.deviceCards(n)
	if n.Held > 0 {
		c.Held = count(n.Held, "message") + " held"
	}
	c.Refuses = !n.BlockedSince.IsZero()
	hooks := 0
	for _, h := range v.engine.Webhooks() {
		if h.NumberID == n.ID {
			hooks++
		}
	}
	webhooks := idRow{Name: "webhooks"}
	if hooks > 0 {
		webhooks.Value, webhooks.Href = strconv.Itoa(hooks), "deliveries"
	}
	c.IDs = filled([]idRow{
		mono("id", n.ID), {Name: "key", Value: pilotstatustest.MaskKey(n.Key), Copy: n.Key, Mono: true}, mono("key id", n.KeyID), webhooks,
		{Name: "since", Value: about(v, n)}, {Name: "privacy", Value: n.PIIMode},
	})
	c.Charges = newPick("", "", n.NextCharge, append([]option{{Word: "goes through"}},
		words("PAYMENT_FAILED", "INSUFFICIENT_FUNDS", "PAYMENT_PROVIDER_ERROR", "PAYMENT_IN_PROGRESS")...)...).Options
	c.Curls = v.numberCurls(&c)
	if v.Fail.Form == "number-"+n.ID {
		c.Error = v.Fail.Text
	}
	return c
}

func about(v *visit, n *pilotstatustest.NumberInfo) string {
	if n.State != "OPEN" || n.Connected.IsZero() {
		return ""
	}
	return "connected " + v.about(n.Connected)
}

// numberActs is what can be done to a number as it is.
func (v *visit) numberActs(n *pilotstatustest.NumberInfo) (acts []numberAct, text string) {
	switch {
	case !n.BlockedSince.IsZero():
		text = "Blocked: the charge for this extra number failed."
		if !n.CutOffAt.IsZero() {
			text += " It is disconnected in " + cmp.Or(span(n.CutOffAt.Sub(v.Now)), "a moment") + "."
		}
		acts = append(acts, numberAct{"unblock", "Unblock", "go"})
	case n.State == "OPEN":
		return []numberAct{{"disconnect", "Disconnect", ""}, {"block", "Block: payment fails", "risk"}}, ""
	case n.State == "CONNECTING":
		acts = append(acts, numberAct{"show-code", "New code", ""})
	default:
		text = "Disconnected. Sends are accepted and wait."
		acts = append(acts, numberAct{"connect", "Connect again", "go"})
		if !n.Official {
			acts = append(acts, numberAct{"show-code", "Show a QR code", ""})
		}
	}
	if n.State == "OPEN" {
		acts = append(acts, numberAct{"disconnect", "Disconnect", ""})
	}
	return acts, text
}

// fingerprint lets the address of a code change with the code.
func fingerprint(text string) string { return strconv.Itoa(len(text)) + text[max(0, len(text)-8):] }

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

// deviceCards are the devices that wait to be scanned.
func (v *visit) deviceCards(n *pilotstatustest.NumberInfo) []deviceCard {
	var cards []deviceCard
	for i, d := range n.Devices {
		if d.State == "OPEN" || d.QRCode == "" {
			continue
		}
		one := deviceCard{
			QR:   with("qr", "number", n.ID, "device", strconv.Itoa(i), "v", fingerprint(d.QRCode)),
			Text: "Waits to be scanned.", PairingCode: d.PairingCode, Do: "scan",
		}
		if i > 0 {
			one.Text, one.Do = "The second device waits to be scanned.", "scan-second"
		}
		if !d.ScanAt.IsZero() {
			one.Text += " Somebody scans it in " + cmp.Or(span(d.ScanAt.Sub(v.Now)), "a moment") + "."
		}
		cards = append(cards, one)
	}
	return cards
}

// numberCurls are shell lines that do what can be done to a number.
func (v *visit) numberCurls(c *numberCard) []string {
	var lines []string
	at := "/numbers/" + url.PathEscape(c.ID) + "/"
	for _, act := range c.Acts {
		switch act.Value {
		case "show-code": // which is a call of the API itself
		case "connect":
			lines = append(lines, v.curl(at+"scan", nil))
		default:
			lines = append(lines, v.curl(at+act.Value, nil))
		}
	}
	if len(c.Devices) > 0 {
		lines = append(lines, v.curl(at+"scan", nil))
	}
	return lines
}
