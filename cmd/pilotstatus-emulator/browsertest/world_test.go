package browsertest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	group   = "120363000000000001@g.us"
	channel = "120363000000000002@newsletter"
	onePNG  = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

// nameless is somebody whose name nobody knows.
const nameless = "+12025550166"

// plain leaves a text as it is.
func plain(text string) string { return text }

// world is an emulator in which there is everything that the page can show.
type world struct {
	*program

	text func(string) string // what becomes of every text, name, caption and file name
	ids  map[string]string   // of messages
}

// newWorld starts an emulator and fills it.
func newWorld(t *testing.T, text func(string) string, args ...string) *world {
	t.Helper()
	seed := object{
		"numbers": []any{
			object{"id": "num_1", "phone": "+551130004001", "name": text("Harbor Clinic"), "contacts": []any{
				object{"phone": ada, "name": text("Ada Example")},
				object{"jid": group, "name": text("Sample Parents")},
				object{"jid": channel, "name": text("Tide Times")},
			}},
			object{"id": "num_2", "phone": "+551130004002", "name": text("Support"), "official": true, "contacts": []any{
				object{"phone": ada, "name": text("Ada Example")},
			}},
			object{"id": "num_3", "phone": "+551130004003", "name": text("New desk"), "closed": true},
		},
		"templates": []any{object{"id": "tpl_visit", "name": "visit_reminder", "body": object{
			"header": object{"type": "TEXT", "text": "Your visit"},
			"body":   object{"text": "Hello {{name}}, your visit is on {{day}}."},
			"footer": object{"text": "Answer STOP to end reminders."},
			"buttons": []any{
				object{"type": "QUICK_REPLY", "text": "Keep my time"},
				object{"type": "URL", "text": "Our page", "url": "https://clinic.example/visit"},
			},
		}}},
	}
	w := &world{program: start(t, append([]string{"-seed", seedFile(t, seed)}, args...)...), text: text, ids: map[string]string{}}
	w.fill()
	return w
}

// seedFile is a file for -seed.
func seedFile(t *testing.T, seed object) string {
	t.Helper()
	data, err := json.Marshal(seed)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "seed.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}

// put sends as a service in any language does, and keeps the id under a name.
func (w *world) put(name, number string, body object, header ...string) {
	w.t.Helper()
	if _, toGroup := body["groupId"]; !toGroup && body["destinationNumber"] == nil {
		body["destinationNumber"] = ada
	}
	id, ok := w.call(http.MethodPost, w.URL+"/v1/messages/send", body, append(header, "X-Api-Key", w.NumberKeys[number])...)["id"].(string)
	require.True(w.t, ok, name)
	w.ids[name] = id
}

func (w *world) fill() {
	w.t.Helper()
	q := w.text
	visit := object{"templateId": "tpl_visit", "variables": object{"name": q("Ada"), "day": "Tuesday"}}
	w.put("template", "num_1", visit, "Idempotency-Key", "visit-7731")
	w.put("template", "num_1", visit, "Idempotency-Key", "visit-7731")
	w.put("list", "num_1", object{"text": q("Which time suits you?"), "list": object{"buttonText": "Choose", "sections": []any{
		object{"title": q("Tuesday"), "rows": []any{
			object{"title": q("09:20"), "description": q("Room 2"), "rowId": "t-0920"}, object{"title": "16:40", "rowId": "t-1640"},
		}},
	}}})
	w.put("buttons", "num_1", object{"text": q("Shall we call you?"), "footer": q("Shore Road 1"), "buttons": []any{
		object{"type": "reply", "label": q("Yes, please")}, object{"type": "reply", "label": "No"},
	}})
	w.put("carousel", "num_1", object{"text": "Three ways to get here:", "carousel": object{"cards": []any{
		object{"media": object{"type": "image", "image": onePNG}, "body": q("Bus 12 stops at the door."), "buttons": []any{
			object{"type": "QUICK_REPLY", "text": "Bus times", "payload": "bus"},
		}},
		object{"media": object{"type": "image", "image": "https://media.example/car.jpg"}, "body": "Free parking behind the house.", "buttons": []any{
			object{"type": "URL", "text": "Map", "url": "https://clinic.example/map"},
		}},
	}}})
	w.put("picture", "num_1", object{"media": onePNG, "mediaType": "image", "caption": q("The entrance")})
	w.put("address", "num_1", object{"media": "https://media.example/x-ray.jpg", "mediaType": "image", "caption": q("Your picture")})
	w.put("vector", "num_1", object{"media": dataURI("image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload="hurt()"/>`), "mediaType": "image"})
	w.put("sound", "num_1", object{"media": dataURI("audio/ogg", "OggS"), "mediaType": "audio"})
	w.put("odd", "num_1", object{"text": q("With a member that the fake does not know"), "sparkle": true})
	w.api(http.MethodPost, "/clock/advance", object{"by": "1m"})
	w.ids["said"] = w.as("num_1", ada, "say", object{"text": q("Is this the right entrance?"), "quoting": w.ids["picture"]})
	w.ids["chosen"] = w.as("num_1", ada, "choose", object{"messageId": w.ids["list"], "rowId": "t-1640"})
	w.as("num_1", ada, "file", object{
		"kind": "document", "mimeType": "text/html", "fileName": q("page.html"), "caption": q("A page"),
		"data": base64.StdEncoding.EncodeToString([]byte(`<script>hurt()</script>`)),
	})
	w.as("num_1", "+12025550177", "say", object{"text": q("Is it open on Friday?"), "groupId": group})
	w.put("group", "num_1", object{"groupId": group, "text": q("Yes, until noon.")})
	w.as("num_2", ada, "say", object{"text": "مرحبًا! رقم الطلب ORDER-1042"})
	w.put("flow", "num_2", object{"text": "Four questions.", "flow": object{"flowId": "intake_v2", "cta": "Open the form"}})
	w.as("num_2", ada, "call", object{})
	w.api(http.MethodPost, "/clock/advance", object{"by": "1m"})
	w.as("num_2", ada, "submit", object{"messageId": w.ids["flow"], "form": object{"allergies": q("none"), "count": 2}})
	w.put("failed", "num_1", object{"text": q("Do you still need the space?")})
	w.api(http.MethodPost, "/messages/"+w.ids["failed"]+"/status", object{"status": "FAILED", "errorCode": "INVALID_DESTINATION"})
	w.put("scheduled", "num_1", object{"text": q("Tomorrow at 16:40."), "deliverAt": w.later(43 * time.Hour)})
	w.put("planned", "num_1", object{"destinationNumber": nameless, "text": q("A reminder: your visit is tomorrow."), "deliverAt": w.later(20 * time.Hour)})
	w.api(http.MethodPost, "/faults", object{"op": "Messages.Send", "status": 503, "template": q("nothing"), "times": 3})
	w.api(http.MethodPost, "/numbers/num_1/disconnect", nil)
	w.put("held", "num_1", object{"text": q("Your result is ready.")})
}

// later is a time by the clock of the emulator.
func (w *world) later(by time.Duration) string {
	w.t.Helper()
	now, err := time.Parse(time.RFC3339Nano, w.api(http.MethodGet, "/clock", nil)["now"].(string))
	require.NoError(w.t, err)
	return now.Add(by).UTC().Format(time.RFC3339)
}

func dataURI(kind, content string) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString([]byte(content))
}

// views are the addresses of the views, each with what it can have open, by a name.
func (w *world) views() []view {
	w.t.Helper()
	chat := w.chat("num_1", ada)
	views := []view{
		{"start", "start"}, {"keys", "keys"}, {"conversations", "conversations?number=num_1"},
		{"chat", chat}, {"message", chat + "&message=" + w.ids["template"]}, {"failed", chat + "&message=" + w.ids["failed"]},
		{"group", w.chat("num_1", group)}, {"planned", w.chat("num_1", nameless)}, {"flow", w.chat("num_2", ada) + "&message=" + w.ids["flow"]},
		{"numbers", "numbers"}, {"faults", "faults"}, {"unknown", "unknown"},
		{"requests", "requests"}, {"request", "requests?request=" + w.first("/requests", "requests")},
		{"deliveries", "deliveries"}, {"search", "search?q=entrance"}, {"nothing", "search?q=nothing-has-this"},
	}
	if id := w.first("/deliveries", "deliveries"); id != "" {
		views = append(views, view{"delivery", "deliveries?delivery=" + id})
	}
	return views
}

type view struct{ name, address string }

// first is the id of the newest of a list.
func (w *world) first(path, member string) string {
	w.t.Helper()
	list, _ := w.api(http.MethodGet, path, nil)[member].([]any)
	if len(list) == 0 {
		return ""
	}
	id, _ := list[0].(object)["id"].(string)
	return id
}
