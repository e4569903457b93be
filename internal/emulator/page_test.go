package emulator

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func same(text string) string { return text }

// addresses are views of a filled world, each with what it must show.
func (w *pageWorld) addresses() map[string][]string {
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	official := with("conversations", "number", "num_2", "chat", w.chat("num_2", hers))
	all := map[string][]string{
		"start":         {"export PILOT_STATUS_BASE_URL=http://127.0.0.1:4010", "How to connect"},
		"conversations": {"Ada Example", "Front desk", "Official line", "No chat is open"},
		chat: {
			`<var title="variable name">Ada</var>`, "Answer STOP to end reminders.", "Another time</bdi> · pressed", "16:40</bdi> · chosen", "Room 2", "Carousel, 2 cards",
			"https://media.example/car.jpg", "the emulator fetches nothing", `class="quote"`, "Voice call, ringing", "INVALID_DESTINATION", "Goes out ", "canceled",
			"You answer as <bdi>Ada Example</bdi>", "read ", "list “Choose a time”", `data-state="FAILED"`, `datetime="20`,
		},
		official: {"Open the form", "submitted", "allergies", "23 h", "مرحبًا"},
		with("conversations", "number", "num_1", "chat", w.chat("num_1", "120363000000000001@g.us")):       {"Cleo Sample", "Is it open on Friday?", "You answer as", "in <bdi>Sample Parents"},
		with("conversations", "number", "num_1", "chat", w.chat("num_1", "120363000000000002@newsletter")): {"High water at 16:40", "read only"},
		chat + "&message=" + w.ids["template"]:                                                             {"Carried by 2 requests", "repeated: nothing sent again", "visit-7731", "corr_", "POST /v1/messages/send", "delivered"},
		chat + "&message=" + w.ids["said"]:                                                                 {"from the customer", "received"},
		official + "&message=" + w.ids["flow"]:                                                             {"flow token", "flow_"},
		"numbers":                                                                                          {"Front desk", "Official line", "open", "Disconnect", "STORE_INDEFINITE"},
		"faults":                                                                                           {"Nothing is broken", "Dial", "Next to come", "scheduled send to", "window of"},
		"faults?status=429&op=Messages.Send":                                                               {"<bdi>Messages.Send</bdi></b> answers <b><bdi>429"},
		"deliveries":                                                                                       {"Nothing delivered yet"},
		"requests":                                                                                         {"Messages.Send", "Templates.Create", "202", "replayed"},
		"requests?status=404":                                                                              {"No request passes the filters", "Clear filters"},
		"unknown":                                                                                          {"Nothing unknown since the start"},
		"search":                                                                                           {"Texts, names, ids and phones"},
		"search?q=friday":                                                                                  {"1 message", "<mark>Friday</mark>"},
		"search?q=" + w.ids["template"]:                                                                    {"1 message"},
		"search?q=nowhere":                                                                                 {"No message has it"},
		"keys":                                                                                             {"Letters as shortcuts"},
	}
	request := w.fake.FindRequests(pilotstatustest.RequestQuery{MessageID: w.ids["template"]}).Requests[0]
	all["requests?request="+request.ID] = []string{"Break the next one like it", "curl", pilotstatustest.MaskKey(w.fake.NumberKey("num_1"))}
	return all
}

// idsIn are the ids of what a page shows.
func idsIn(page string) []string {
	return regexp.MustCompile(`data-id="[^"]*"`).FindAllString(page, -1)
}

func TestEveryViewRendersEveryKindOfMessage(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	for address, wanted := range w.addresses() {
		got := w.view(address)
		for _, text := range wanted {
			assert.Contains(t, got, text, address)
		}
		assert.Equal(t, idsIn(got), idsIn(w.view(address)), "the address %s shows the same again", address)
	}
}

func TestAnEmptyWorldSaysWhatWillStandThere(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	assert.Equal(t, "start", w.do(http.MethodGet, "/", "").Header().Get("Location"))
	for address, wanted := range map[string]string{
		"start": "Listening for the first message", "conversations": "Nobody yet", "requests": "No request yet", "deliveries": "Nothing delivered yet",
	} {
		assert.Contains(t, w.view(address), wanted)
	}
	w.send("first", "num_1", `"text":"Hello"`)
	assert.Equal(t, "conversations", w.do(http.MethodGet, "/", "").Header().Get("Location"))
}

// tags finds the tags of a page, outside of which no < stands.
func tags(page string) []string { return regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1) }

var attributes = regexp.MustCompile(`\s([a-z-]+)="([^"]*)"`)

func TestAddressesAreRelativeAndNothingIsInline(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	for address := range w.addresses() {
		for _, tag := range tags(w.view(address)) {
			assert.NotContains(t, tag, "<style", address)
			if strings.HasPrefix(tag, "<script") {
				assert.Contains(t, tag, ` src="assets/`, address)
			}
			for _, a := range attributes.FindAllStringSubmatch(tag, -1) {
				name, value := a[1], a[2]
				assert.False(t, strings.HasPrefix(name, "on") || name == "style", "%s: %s", address, tag)
				if name == "href" || name == "src" || name == "action" || name == "data-events" {
					assert.False(t, strings.HasPrefix(value, "/") || strings.Contains(value, "://"), "%s: %s", address, tag)
				}
			}
		}
	}
}

// Whatever text comes from outside: it is text.
func TestForeignTextsAreData(t *testing.T) {
	t.Parallel()
	const attack = `<script>alert(1)</script>"><img src=x onerror=alert(1)>' javascript:alert(1)`
	w := newPageWorld(t)
	w.fill(func(text string) string { return attack + text })
	w.fake.Inject(pilotstatustest.Fault{To: attack, Template: attack, Status: 500, Code: attack, Times: -1})
	w.fake.Tenant().AddWebhook("num_1", attack, "http://127.0.0.1:1/"+url.PathEscape(attack))
	w.do(http.MethodGet, "/v1/"+url.PathEscape(attack)+"?"+url.QueryEscape(attack), "", "X-Api-Key", attack, "Idempotency-Key", attack, "User-Agent", attack)
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	addresses := []string{"conversations", chat, "numbers", "faults", "deliveries", "requests", "unknown", with("search", "q", attack), with("search", "q", "script"),
		with("conversations", "number", "num_2", "chat", w.chat("num_2", hers)), with("faults", "op", attack, "status", attack), with("requests", "op", attack)}
	for _, id := range w.ids {
		addresses = append(addresses, chat+"&message="+id)
	}
	for _, r := range w.fake.FindRequests(pilotstatustest.RequestQuery{}).Requests {
		addresses = append(addresses, "requests?request="+r.ID)
	}
	seen := 0
	for _, address := range addresses {
		got := w.do(http.MethodGet, "/"+address, "").Body.String()
		seen += strings.Count(got, "alert(1)")
		assert.NotContains(t, got, "<script>", address)
		assert.NotContains(t, got, "<img src=x", address)
		assert.NotContains(t, got, `href="javascript:`, address)
		for _, tag := range tags(got) {
			assert.NotRegexp(t, `^<[^>"]*\sonerror`, tag, address)
		}
	}
	assert.Greater(t, seen, 100)
}

func TestKeysAreMasked(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	const foreign = "ps_of_another_workspace_12345"
	w.do(http.MethodGet, "/v1/messages", "", "X-Api-Key", foreign, "Authorization", "Bearer "+foreign)
	wrong := w.fake.FindRequests(pilotstatustest.RequestQuery{Limit: 1}).Requests[0]
	assert.NotContains(t, w.view("requests?request="+wrong.ID), foreign)
	for address := range w.addresses() {
		if address == "start" || address == "numbers" {
			continue // where they are to be copied
		}
		got := w.view(address)
		for _, secret := range []string{w.fake.TenantKey(), w.fake.NumberKey("num_1"), w.fake.WebhookSecret()} {
			assert.NotContains(t, got, secret, address)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	for address, status := range map[string]int{
		"nowhere": 404, "conversations?number=num_9": 404, "conversations?number=num_1&chat=conv_9": 404, chat + "&message=msg_999999": 404,
		"requests?request=req_9": 410, "deliveries?delivery=dlv_9": 410, "t/nobody/numbers": 404, "media?message=msg_9": 404, "assets/page.html": 404,
	} {
		assert.Equal(t, status, w.do(http.MethodGet, "/"+address, "").Code, address)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, w.do(http.MethodPost, "/numbers", "").Code)
}

func TestAConversationOfTenThousandIsABoundedPage(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	count := 10_000
	if testing.Short() {
		count = 500
	}
	n := w.fake.Number("num_1")
	for i := range count {
		n.Receive(pilotstatustest.Inbound{From: hers, FromName: "Ada", Text: fmt.Sprintf("Message %d", i)})
	}
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	got := w.view(chat)
	assert.Less(t, len(got), 200_000)
	assert.Equal(t, chatMessages, strings.Count(got, `data-state="`)-len(w.fake.Numbers()))
	assert.Contains(t, got, fmt.Sprintf("Message %d<", count-1))
	older := regexp.MustCompile(`href="([^"]*before=[^"]*)"`).FindStringSubmatch(got)
	require.NotNil(t, older)
	page := w.view(strings.ReplaceAll(older[1], "&amp;", "&"))
	assert.Contains(t, page, fmt.Sprintf("Message %d<", count-chatMessages-1))
	assert.NotContains(t, page, fmt.Sprintf("Message %d<", count-chatMessages))
	assert.Contains(t, page, "Newest messages")
}

func TestDroppedMessagesAreCounted(t *testing.T) {
	t.Parallel()
	e, err := New(Config{URL: "http://127.0.0.1:4010", Keep: 20})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	w := &pageWorld{t: t, e: e, fake: e.Default().Engine, ids: map[string]string{}}
	for i := range 30 {
		w.send(fmt.Sprint(i), "num_1", fmt.Sprintf(`"text":"Message %d"`, i))
		w.fake.Advance(time.Minute)
	}
	chat := with("conversations", "number", "num_1", "chat", w.chat("num_1", hers))
	assert.Contains(t, w.view(chat), "<b>10 older messages of all chats</b> dropped")
	assert.Contains(t, w.view("requests"), "<b>10 older requests</b> dropped")
	assert.Contains(t, w.view("search?q=message"), "<b>10 older messages</b> dropped")
	assert.Equal(t, http.StatusGone, w.do(http.MethodGet, "/"+chat+"&message="+w.ids["0"], "").Code)
}

func TestFilesAreShownOnlyWhereThatIsHarmless(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fill(same)
	for name, inline := range map[string]bool{"picture": true, "sound": true, "vector": false, "document": false, "received picture": true, "received page": false} {
		got := w.do(http.MethodGet, "/"+with("media", "message", w.ids[name], "part", "media"), "")
		require.Equal(t, http.StatusOK, got.Code, name)
		h := got.Header()
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		assert.Contains(t, h.Get("Content-Security-Policy"), "sandbox")
		assert.Equal(t, inline, strings.HasPrefix(h.Get("Content-Disposition"), "inline"), "%s: %s", name, h)
		if !inline {
			assert.Equal(t, "application/octet-stream", h.Get("Content-Type"))
		}
	}
}

func TestAssetsAreEmbeddedAndShort(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	for _, name := range []string{"page.css", "main.js", "theme.js", "icon.svg"} {
		got := w.do(http.MethodGet, "/assets/"+name, "")
		assert.Equal(t, http.StatusOK, got.Code, name)
		again := w.do(http.MethodGet, "/assets/"+name, "", "If-None-Match", got.Header().Get("Etag"))
		assert.Equal(t, http.StatusNotModified, again.Code, name)
	}
	require.NoError(t, fs.WalkDir(web, "web", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".png") {
			return err
		}
		assert.LessOrEqual(t, strings.Count(string(content(name)), "\n"), 300, name)
		return nil
	}))
}

func TestThePageOfATenantStaysInItsFolder(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	made := w.do(http.MethodPost, "/emulator/v1/tenants", "{}", "Content-Type", "application/json")
	require.Less(t, made.Code, 300, made.Body)
	tenant := w.e.Tenants()[1]
	tenant.Engine.Number("num_1").Receive(pilotstatustest.Inbound{From: hers, FromName: "Only there", Text: "Hello"})
	assert.Equal(t, "./"+tenant.ID+"/", w.do(http.MethodGet, "/t/"+tenant.ID, "").Header().Get("Location"))
	assert.Equal(t, "conversations", w.do(http.MethodGet, "/t/"+tenant.ID+"/", "").Header().Get("Location"))
	got := w.view("t/" + tenant.ID + "/conversations")
	assert.Contains(t, got, "Only there")
	assert.Contains(t, got, `data-events="../../emulator/v1/tenants/`+tenant.ID+`/events"`)
	assert.NotContains(t, w.view("conversations"), "Only there")
	assert.Contains(t, w.view("numbers"), `href="t/`+tenant.ID+`/numbers"`)
	assert.Equal(t, http.StatusOK, w.do(http.MethodGet, "/t/"+tenant.ID+"/assets/page.css", "").Code)
}

func TestPrettyJSON(t *testing.T) {
	t.Parallel()
	joined := func(pieces []piece) string {
		var b strings.Builder
		for _, one := range pieces {
			b.WriteString(one.Text)
		}
		return b.String()
	}
	const body = `{"a":"x\"y","b":[1,true,null,{}],"colour":"teal","c":{"d":-1.5e3}}`
	pieces := pretty([]byte(body), map[string]bool{"colour": true})
	assert.JSONEq(t, body, joined(pieces))
	assert.Contains(t, pieces, piece{`"colour"`, "mark"})
	assert.Contains(t, pieces, piece{`"x\"y"`, "s"})
	assert.Contains(t, pieces, piece{"-1.5e3", "n1"})
	assert.Equal(t, "no JSON", joined(pretty([]byte("no JSON"), nil)))
	long, err := json.Marshal(map[string]string{"media": strings.Repeat("A", 1<<20)})
	require.NoError(t, err)
	assert.Less(t, len(joined(pretty(long, nil))), 2*maxString)
	many, err := json.Marshal(make([]int, 1<<20))
	require.NoError(t, err)
	assert.Contains(t, joined(pretty(many, nil)), "cut here")
}
