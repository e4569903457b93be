package pilotstatustest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A snapshot is a state to start from, and that state has the same snapshot.
func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	n := fake.Number("num_1")
	asked := number.send(t, buttons)
	number.send(t, template)
	number.send(t, list)
	fake.Advance(time.Second)
	_, err := n.As("+5511999999999").Press(asked, "0")
	require.NoError(t, err)
	n.Receive(pilotstatustest.Inbound{From: "+14155550100", FromName: "Bo", GroupID: "1@g.us", GroupName: "Team", Text: "Hi"})
	n.AddContact(pilotstatustest.Contact{Name: "Zoë", UserID: "BR.900100200300"})
	fake.Tenant().AddTemplate(pilotstatustest.Template{Name: "second", Text: "Hi {{who}}"})
	fake.Tenant().AddWebhook("num_2", "hook", "http://127.0.0.1:1/x", "message.sent")
	waiting := number.send(t, text)

	first := fake.Snapshot()
	read, err := pilotstatustest.ReadSnapshot(first)
	require.NoError(t, err)
	again := pilotstatustest.NewServer(t, pilotstatustest.WithClock(fake.Now()), pilotstatustest.WithSnapshot(read))
	assert.Equal(t, string(first), string(again.Snapshot()))

	assert.Equal(t, fake.NumberKey("num_1"), again.NumberKey("num_1"))
	assert.Equal(t, fake.WebhookSecret(), again.WebhookSecret())
	assert.Equal(t, fake.TenantKey(), again.TenantKey())
	number = newCaller(t, again.URL, again.NumberKey("num_1"))
	assert.Equal(t, "QUEUED", number.object(t, 200, "GET", "/v1/messages/"+waiting, "")["status"])
	again.Advance(time.Second)
	assert.Equal(t, "READ", number.object(t, 200, "GET", "/v1/messages/"+waiting, "")["status"], "it goes on")
	pressed, err := again.Message(asked)
	require.NoError(t, err)
	assert.False(t, pressed.Content.Buttons[0].Pressed.IsZero())
	assert.NotEqual(t, waiting, number.send(t, text), "new ids are new")
}

func TestSnapshotByHand(t *testing.T) {
	t.Parallel()
	read, err := pilotstatustest.ReadSnapshot([]byte(`{
		"numbers": [{"id": "front", "phone": "+551130004000", "key": "ps_front_desk_key_1",
			"contacts": [{"name": "Ada", "phone": "+5511999999999"}]}],
		"templates": [{"name": "hello", "text": "Hello {{name}}, hi!"}],
		"webhooks": [{"numberId": "front", "url": "http://127.0.0.1:1/"}]
	}`))
	require.NoError(t, err)
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithSnapshot(read), pilotstatustest.WithCredentials(pilotstatustest.Credentials{
		TenantKey: "ps_tenant_key_000001", WebhookSecret: "whsec_0123456789", NumberKeys: map[string]string{"front": "ps_not_this_one_0001"},
	}))
	assert.Equal(t, "ps_front_desk_key_1", fake.NumberKey("front"))
	assert.Equal(t, "ps_tenant_key_000001", fake.TenantKey())
	assert.Equal(t, "whsec_0123456789", fake.WebhookSecret())
	assert.Equal(t, "Ada", fake.Conversations("front").Conversations[0].Name)
	number := newCaller(t, fake.URL, "ps_front_desk_key_1")
	number.send(t, `{"destinationNumber":"+5511999999999","templateId":"hello","variables":{"name":"Ada"}}`)
	got := fake.FindMessages(pilotstatustest.MessageQuery{}).Messages[0].Content
	assert.Equal(t, []pilotstatustest.Span{{Text: "Hello "}, {Text: "Ada", Variable: "name"}, {Text: ", hi!"}}, got.Body)
	assert.Equal(t, http.StatusNotFound, number.do(t, "POST", sendPath, template).status, "it replaces the templates")
}

// Ids go on behind those of a snapshot.
func TestSnapshotIDsGoOn(t *testing.T) {
	t.Parallel()
	read, err := pilotstatustest.ReadSnapshot([]byte(`{"messages": [{"id": "msg_000050", "numberId": "num_1", "body": ` + text + `}]}`))
	require.NoError(t, err)
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithSnapshot(read))
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	id := number.send(t, text)
	assert.Greater(t, id, "msg_000050")
	assert.Equal(t, []string{id, "msg_000050"}, find(fake, pilotstatustest.MessageQuery{}))
}

func TestBadSnapshots(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\n\"numbers\": [\n{\"id\": \"a\", \"phone\": \"+551130004000\"},\n{\"id\": \"b\", \"phone\": \"x\"}]}": `line 4: phone "x" of the number "b" is not E.164`,
		"{\n\n\"webhooks\": [{\"numberId\": \"num_9\", \"url\": \"http://x/\"}]}":                                `line 3: there is no number "num_9"`,
		"{\n\"numbers\": [\n{\"id\": \"a\", \"fone\": 1}]}":                                                      `line 3: unknown member /numbers/0/fone`,
		"{\n\"numbers\": 7}":                   `line 2: /numbers cannot be a JSON number`,
		"{\n\"numbers\": [\n}":                 `line 3: `,
		"":                                     `line 1: `,
		"{\"templates\": [{\"name\": \"x\"}]}": `line 1: template "x": body.body.text is missing`,
		"{\"tenantKey\": \"short\"}":           `line 1: tenantKey or webhookSecret has less than 16 characters`,
		"{\"messages\": [\n{\"numberId\": \"num_1\",\n\"body\": {\"text\": \"x\"}}]}": `line 2: body: 0 destinations`,
		"{\"messages\": [{\"numberId\": \"num_1\"}]}":                                 `line 1: contact "" of a message without body is no phone, userId or jid`,
	} {
		_, err := pilotstatustest.ReadSnapshot([]byte(text))
		_, ok := errors.AsType[*pilotstatustest.SnapshotError](err)
		require.True(t, ok, "%v", err)
		assert.ErrorContains(t, err, want)
	}
}

// The same calls to servers of one seed get the same ids, codes and secrets; those of another
// seed share none of them.
func TestIDsBySeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithIDs(seed))
		number, tenant := newCaller(t, fake.URL, fake.NumberKey("num_1")), newCaller(t, fake.URL, fake.TenantKey())
		number.send(t, template)
		made := tenant.do(t, "POST", "/v1/numbers", `{"name":"New","number":"+551199990001"}`)
		require.Equal(t, http.StatusCreated, made.status, "%s", made.body)
		fake.Advance(time.Second)
		fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999", Text: "hi"})
		sent := fake.Messages()[0]
		found, err := fake.Message(sent.ID)
		require.NoError(t, err)
		assert.Equal(t, 200, number.do(t, "GET", "/v1/messages/"+found.Sent.CorrelationID, "").status)
		assert.Equal(t, 200, number.do(t, "GET", "/v1/messages/"+sent.ID, "").status)
		return string(made.body) + string(fake.Snapshot())
	}
	first := run(1)
	assert.Equal(t, first, run(1))
	assert.NotEqual(t, first, run(2))
}
