package pilotstatustest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	buttons = `{"destinationNumber":"+5511999999999","text":"Which day?","variables":{},"footer":"Clinic",` +
		`"buttons":[{"type":"reply","label":"Tuesday"},{"type":"url","label":"Map","url":"https://clinic.example/map"}]}`
	list = `{"destinationNumber":"+5511999999999","text":"Which time?","variables":{},` +
		`"list":{"buttonText":"Times","sections":[{"title":"Morning","rows":[{"title":"09:20","rowId":"t-0920"}]}]}}`
	flow     = `{"destinationNumber":"+5511999999999","variables":{},"text":"Please answer","flow":{"flowId":"f1","cta":"Open"}}`
	carousel = `{"destinationNumber":"+5511999999999","variables":{},"carousel":{"cards":[{"media":{"type":"image","url":"https://clinic.example/1.jpg"},` +
		`"body":"Bus","buttons":[{"type":"QUICK_REPLY","text":"Bus times","payload":"bus"}]}]}}`
)

// A person answers what the number sent; webhooks hear of each answer.
func TestAPersonAnswers(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	n := fake.Number("num_1")
	ada := n.As("+5511999999999")
	ids := map[string]string{}
	for name, body := range map[string]string{"buttons": buttons, "list": list, "flow": flow, "carousel": carousel} {
		ids[name] = number.send(t, body)
	}
	_, err := ada.Press(ids["buttons"], "0")
	require.ErrorContains(t, err, "has not gone out")
	fake.Advance(time.Second)
	events := webhookEvents(t, fake, "num_1")

	for _, step := range []struct {
		act            func() (string, error)
		kind, text, to string
	}{
		{func() (string, error) { return ada.Press(ids["buttons"], "0") }, "button_reply", "Tuesday", ids["buttons"]},
		{func() (string, error) { return ada.Press(ids["carousel"], "0/0") }, "button_reply", "Bus times", ids["carousel"]},
		{func() (string, error) { return ada.Choose(ids["list"], "t-0920") }, "list_reply", "09:20", ids["list"]},
		{func() (string, error) { return ada.Say("Thanks", ids["list"]) }, "text", "Thanks", ids["list"]},
	} {
		id, err := step.act()
		require.NoError(t, err)
		got, err := fake.Message(id)
		require.NoError(t, err)
		assert.Equal(t, step.kind, got.Content.Kind)
		assert.Equal(t, step.text, pilotstatustest.PlainText(got.Content.Body))
		assert.Equal(t, step.to, got.ReplyTo)
		event, ok := events(t).(*pilotstatus.MessageReplyEvent)
		require.True(t, ok)
		assert.Equal(t, step.text, event.Content)
	}
	id, err := ada.Submit(ids["flow"], map[string]any{"fasting": "yes"})
	require.NoError(t, err)
	got, err := fake.Message(id)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"fasting": "yes"}, got.Content.Answer.Form)
	event, ok := events(t).(*pilotstatus.FlowResponseEvent)
	require.True(t, ok)
	asked, err := fake.Message(ids["flow"])
	require.NoError(t, err)
	assert.Equal(t, asked.Sent.FlowToken, event.FlowToken)
	assert.Equal(t, epoch().Add(time.Second), asked.Content.Flow.Submitted)
	asked, err = fake.Message(ids["buttons"])
	require.NoError(t, err)
	assert.Equal(t, epoch().Add(time.Second), asked.Content.Buttons[0].Pressed)
	assert.Zero(t, asked.Content.Buttons[1].Pressed)
}

// webhookEvents registers a webhook and returns what waits for its next event.
func webhookEvents(t *testing.T, fake *pilotstatustest.Server, numberID string) func(*testing.T) pilotstatus.Event {
	t.Helper()
	got := make(chan pilotstatus.Event, 64)
	handler, err := pilotstatus.NewWebhookHandler(func(_ context.Context, e pilotstatus.Event) error {
		got <- e
		return nil
	}, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	fake.Tenant().AddWebhook(numberID, "test", server.URL)
	return func(t *testing.T) pilotstatus.Event {
		t.Helper()
		require.NoError(t, fake.Flush(t.Context()))
		select {
		case e := <-got:
			return e
		default:
			require.Fail(t, "no event")
			return nil
		}
	}
}

func TestAPersonCanDoOnlyWhatTheMessageOffers(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	n := fake.Number("num_1")
	ada, bo := n.As("+5511999999999"), n.As("+14155550100")
	asked := number.send(t, buttons)
	fake.Advance(time.Second)
	for name, act := range map[string]func() (string, error){
		"no such button":  func() (string, error) { return ada.Press(asked, "7") },
		"no list":         func() (string, error) { return ada.Choose(asked, "t-0920") },
		"no flow":         func() (string, error) { return ada.Submit(asked, nil) },
		"somebody else":   func() (string, error) { return bo.Press(asked, "0") },
		"a kind of file":  func() (string, error) { return ada.SendFile(pilotstatustest.File{Kind: "hologram"}, "") },
		"unknown message": func() (string, error) { return ada.Say("", "msg_000999") },
	} {
		_, err := act()
		require.Error(t, err, name)
	}
	_, err := n.As("nobody").Say("x", "")
	unknown, ok := errors.AsType[*pilotstatustest.UnknownIDError](err)
	require.True(t, ok)
	assert.Equal(t, "contact", unknown.What)
	id, err := ada.Press(asked, "1")
	require.NoError(t, err)
	assert.Empty(t, id, "a link sends nothing")
	assert.Empty(t, find(fake, pilotstatustest.MessageQuery{Direction: "INBOUND"}))
}

func TestAPersonSendsAFile(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	file := pilotstatustest.File{Kind: "image", MimeType: "image/svg+xml", FileName: "<img>.svg", Data: []byte("<svg/>")}
	for _, id := range []string{"num_1", "num_2"} {
		sent, err := fake.Number(id).As("+5511999999999").SendFile(file, "look")
		require.NoError(t, err)
		got, err := fake.MessageFile(sent, "media")
		require.NoError(t, err)
		assert.Equal(t, file, got)
		m, err := fake.Message(sent)
		require.NoError(t, err)
		assert.Equal(t, len(file.Data), m.Content.Media.Size)
		if id == "num_2" {
			continue
		}
		resp := newCaller(t, m.Content.Media.URL, "").do(t, http.MethodGet, "", "")
		assert.Equal(t, file.Data, resp.body)
		assert.Equal(t, "attachment", resp.header.Get("Content-Disposition"))
	}
}

// A wait for a phone ends when a contact who wrote before gets it.
func TestWaitMessagesOfAContactThatGetsItsPhone(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	n := fake.Number("num_2")
	_, err := n.As("BR.900100200300").Say("Hello", "")
	require.NoError(t, err)
	found := make(chan int)
	go func() {
		page, _ := fake.WaitMessages(t.Context(), pilotstatustest.MessageQuery{To: "+5511999990001"}, 1)
		found <- len(page.Messages)
	}()
	time.Sleep(time.Millisecond) // so that it waits; if it does not, it finds the message at once
	require.NotEmpty(t, n.AddContact(pilotstatustest.Contact{UserID: "BR.900100200300", Phone: "+5511999990001"}))
	assert.Equal(t, 1, <-found)
}

// By hand, nothing but the operator and the person move a message.
func TestManualTicks(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithManualTicks())
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	id := number.send(t, text)
	status := func() string {
		m, err := fake.Message(id)
		require.NoError(t, err)
		return m.Status
	}
	fake.Advance(30 * 24 * time.Hour)
	assert.Equal(t, "QUEUED", status())
	fake.Tenant().SetMessageStatus(id, "SENT", "")
	fake.Advance(time.Hour)
	assert.Equal(t, "SENT", status())
	require.NoError(t, fake.Number("num_1").As("+5511999999999").Read(id))
	assert.Equal(t, "READ", status())

	fake.Tenant().ManualTicks(false)
	id = number.send(t, text)
	fake.Advance(time.Second)
	assert.Equal(t, "READ", status())
}

func TestWaitMessages(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.send(t, text)
	q := pilotstatustest.MessageQuery{To: "5511999999999", After: fake.Seq()}
	go func() {
		for range 3 {
			number.try("POST", sendPath, text)
		}
	}()
	page, err := fake.WaitMessages(t.Context(), q, 3)
	require.NoError(t, err)
	assert.Len(t, page.Messages, 3)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	page, err = fake.WaitMessages(ctx, q, 4)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Len(t, page.Messages, 3)
}
