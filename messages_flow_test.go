package pilotstatus_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func (s *stage) sendsAndFollows() {
	t, ctx := s.t, s.t.Context()
	official := s.number("num_2")
	accepted, err := official.Messages.Send(ctx, pilotstatus.SendRequest{
		To: pilotstatus.Phone(joana), IdempotencyKey: "order-42",
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Joana"}},
	})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.MessageStatusQueued, accepted.Status)
	assert.Equal(t, "Official line", accepted.NumberLabel)
	assert.Equal(t, "551150006000", accepted.SourceNumber)
	assert.Equal(t, fakeStart(), accepted.CreatedAt.Time)
	assert.Equal(t, "order-42", accepted.IdempotencyKey)

	message, err := official.Messages.Get(ctx, accepted.ID)
	require.NoError(t, err)
	assert.Equal(t, "onboarding-test", message.Template)
	assert.Equal(t, joana, message.DestinationNumber)
	assert.Empty(t, message.ExternalMessageID)
	assert.Nil(t, message.MetaPricing)
	for _, status := range []pilotstatus.MessageStatus{
		pilotstatus.MessageStatusSent, pilotstatus.MessageStatusDelivered, pilotstatus.MessageStatusRead,
	} {
		s.Advance(20 * time.Millisecond)
		message, err = official.Messages.Get(ctx, accepted.CorrelationID)
		require.NoError(t, err)
		assert.Equal(t, status, message.Status)
	}
	assert.Equal(t, fakeStart().Add(20*time.Millisecond), message.SentAt.Time)
	assert.Equal(t, fakeStart().Add(60*time.Millisecond), message.ReadAt.Time)
	assert.Equal(t, pilotstatus.MessageOriginAPI, message.Origin)
	assert.Equal(t, &pilotstatus.MetaPricing{
		ConversationID: "conv_" + accepted.ID, OriginType: "utility", Category: "utility", Type: "regular",
	}, message.MetaPricing)
	byExternal, err := official.Messages.Get(ctx, message.ExternalMessageID)
	require.NoError(t, err)
	assert.Equal(t, message, byExternal)
	waited, err := official.Messages.Wait(ctx, accepted.ID, pilotstatus.WaitMessageOptions{Interval: time.Millisecond})
	require.NoError(t, err)
	assert.Equal(t, message, waited)
	s.cancels(official)
	s.sendsEveryContent(official)
}

func (s *stage) cancels(number *pilotstatus.NumberClient) {
	t, ctx := s.t, s.t.Context()
	later := pilotstatus.SendRequest{
		To: pilotstatus.Phone(rita), Content: pilotstatus.TextContent{Body: "See you."}, DeliverAt: fakeStart().Add(time.Hour),
	}
	accepted, err := number.Messages.Send(ctx, later)
	require.NoError(t, err)
	result, err := number.Messages.Cancel(ctx, accepted.ID, "msg_unknown")
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.CancelResult{
		CanceledCount: 1, Canceled: []string{accepted.ID},
		Failed: []pilotstatus.CancelFailure{{ID: "msg_unknown", Reason: "not found"}},
	}, result)
	message, err := number.Messages.Get(ctx, accepted.ID)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.MessageStatusCanceled, message.Status)

	accepted, err = number.Messages.Send(ctx, later)
	require.NoError(t, err)
	s.Tenant().CancelCounts(true)
	result, err = number.Messages.Cancel(ctx, accepted.ID, "msg_unknown", "msg_other")
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.CancelResult{CanceledCount: 1, NotFoundCount: 2}, result)
}

// sendsEveryContent sends each content to each kind of recipient that takes it, with
// all fields that the SDK has.
func (s *stage) sendsEveryContent(official *pilotstatus.NumberClient) {
	t, ctx := s.t, s.t.Context()
	web := s.number("num_1")
	rewrite, markRead := true, false
	// An official number may write freely to who wrote to it.
	s.Number("num_2").Receive(pilotstatustest.Inbound{From: rita, UserID: "BR.900100200301"})
	for mode, r := range map[string]pilotstatus.SendRequest{
		"text": {To: pilotstatus.UserID("BR.900100200300"), Content: pilotstatus.TextContent{
			Body:    "Which day suits you?",
			Header:  &pilotstatus.TextHeader{Type: pilotstatus.TextHeaderTypeText, Content: "Aurora"},
			Footer:  "Clinic Aurora",
			Buttons: []pilotstatus.TextButton{pilotstatus.ReplyButton("Tuesday"), pilotstatus.URLButton("Map", "https://aurora.example/map"), pilotstatus.CallButton("Call", joana)},
		}},
		"template": {To: pilotstatus.Phone(rita), Content: pilotstatus.TemplateContent{
			ID: "tpl_1", Variables: map[string]string{"name": "Rita"}, AIRewrite: &rewrite,
			Media: &pilotstatus.MessageMedia{Source: "https://aurora.example/a.png", Type: pilotstatus.MediaTypeImage},
		}},
		"media": {To: pilotstatus.Phone(rita), Content: pilotstatus.MediaContent{
			Source: "data:image/png;base64,iVBORw0KGgo=", Type: pilotstatus.MediaTypeImage, Caption: "The map",
		}},
		"list": {To: pilotstatus.Phone(rita), Content: pilotstatus.ListContent{
			Body: "Choose", Button: "Days", Footer: "Aurora",
			Sections: []pilotstatus.ListSection{{Title: "Week", Rows: []pilotstatus.ListRow{{Title: "Tuesday", Description: "9 to 12", ID: "tue"}}}},
		}},
		"carousel": {To: pilotstatus.Phone(rita), Content: pilotstatus.CarouselContent{
			Body: "Look", Cards: []pilotstatus.CarouselCard{{
				Media: map[string]string{"image": "https://aurora.example/a.png"}, Body: "A",
				Buttons: []pilotstatus.CarouselButton{
					{Type: pilotstatus.CarouselButtonTypeURL, Text: "Open", URL: "https://aurora.example"},
					{Type: pilotstatus.CarouselButtonTypeQuickReply, Text: "This", Payload: "a"},
				},
			}},
		}},
		"flow": {To: pilotstatus.Phone(rita), Content: pilotstatus.FlowContent{
			FlowID: "flow_1", CTA: "Book", Action: pilotstatus.FlowActionNavigate, Screen: "WELCOME",
			Data: map[string]any{"days": 2}, Mode: pilotstatus.FlowModePublished, Body: "Book a visit",
		}},
	} {
		r.DeliverUntil, r.Labels, r.MarkRead = fakeStart().Add(time.Hour), []string{"recall"}, &markRead
		accepted, err := official.Messages.Send(ctx, r)
		require.NoError(t, err, mode)
		sent := s.Messages()
		last := sent[len(sent)-1]
		assert.Equal(t, accepted.ID, last.ID, mode)
		assert.Equal(t, mode, last.Mode)
		assert.Equal(t, mode == "flow", accepted.FlowToken != "", mode)
		assert.Equal(t, last.FlowToken, accepted.FlowToken, mode)
	}
	for _, to := range []pilotstatus.Recipient{
		pilotstatus.GroupID("120363000000000777@g.us"), pilotstatus.NewsletterID("120363000000000999@newsletter"),
	} {
		accepted, err := web.Messages.Send(ctx, pilotstatus.SendRequest{To: to, Content: pilotstatus.TextContent{Body: "Hello"}})
		require.NoError(t, err)
		message, err := web.Messages.Get(ctx, accepted.ID)
		require.NoError(t, err)
		assert.Empty(t, message.DestinationNumber)
	}
}

func (s *stage) downloadsMedia() {
	t, ctx := s.t, s.t.Context()
	file := bytes.Repeat([]byte("0123456789abcdef"), 20_001)
	s.Tenant().AddMedia("phone_9", "media/1", "application/pdf", `..\plans/plan.pdf`, file)
	official := s.number("num_2")
	for _, bare := range []bool{false, true} {
		s.Tenant().BareMedia(bare)
		var got bytes.Buffer
		info, err := official.Media.Download(ctx, pilotstatus.DownloadMediaRequest{MediaID: "media/1", PhoneNumberID: "phone_9"}, &got)
		require.NoError(t, err)
		assert.Equal(t, &pilotstatus.MediaInfo{
			MimeType: "application/pdf", FileName: "plan.pdf", MediaID: "media/1", Size: int64(len(file)),
		}, info)
		assert.True(t, bytes.Equal(file, got.Bytes()))
	}
	_, err := official.Media.Download(ctx, pilotstatus.DownloadMediaRequest{MediaID: "media_2", PhoneNumberID: "phone_9"}, &bytes.Buffer{})
	assert.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
}

func (s *stage) countsMessages() {
	t, ctx := s.t, s.t.Context()
	web := s.number("num_1")
	send := func(times int) {
		for range times {
			_, err := web.Messages.Send(ctx, pilotstatus.SendRequest{To: pilotstatus.Phone(joana), Content: pilotstatus.TextContent{Body: "Hi"}})
			require.NoError(t, err)
		}
	}
	s.Number("num_1").FailNext("INVALID_DESTINATION", "no such person")
	send(2)
	s.Advance(24 * time.Hour)
	send(2)
	dashboard, err := web.Analytics.Dashboard(ctx, pilotstatus.GetDashboardOptions{Period: pilotstatus.AnalyticsPeriod7Days, TimeZone: "America/Sao_Paulo"})
	require.NoError(t, err)
	assert.EqualValues(t, 1, dashboard.TotalSent)
	assert.EqualValues(t, 1, dashboard.TotalFailed)
	assert.InDelta(t, 50, dashboard.FailureRate, 0.001)
	assert.InDelta(t, 100, dashboard.SentPercentChange, 0.001)
	require.Len(t, dashboard.DailyMessages, 7)
	assert.Equal(t, []pilotstatus.DailyCount{{Date: "2026-11-03", Count: 2}, {Date: "2026-11-04", Count: 2}}, dashboard.DailyMessages[5:])
	assert.InDelta(t, 50, dashboard.StatusDistribution["queued"], 0.001)
	assert.InDelta(t, 25, dashboard.StatusDistribution["read"], 0.001)
	assert.Contains(t, dashboard.StatusDistribution, "delivered")
	s.Tenant().HideDelivered(true)
	dashboard, err = web.Analytics.Dashboard(ctx, pilotstatus.GetDashboardOptions{})
	require.NoError(t, err)
	assert.Len(t, dashboard.DailyMessages, 30)
	assert.NotContains(t, dashboard.StatusDistribution, "delivered")
}

func (s *stage) checksContacts() {
	t := s.t
	for name, contacts := range map[string]pilotstatus.ContactsService{"number": s.number("num_1").Contacts, "view": s.view("num_1").Contacts} {
		checks, err := contacts.Check(t.Context(), "+5511900001234", "+5511900000000")
		require.NoError(t, err, name)
		assert.Equal(t, []pilotstatus.ContactCheck{
			{Input: "+5511900001234", Exists: true, Number: "551100001234"},
			{Input: "+5511900000000"},
		}, checks, name)
	}
}

// A message that fails later tells why, and waiting for it ends.
func TestFailedMessageEndsWait(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	server.Number("num_1").FailNext(string(pilotstatus.FailureWhatsAppNotExist), "The number has no WhatsApp")
	number := server.NumberClient("num_1")
	accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(joana), Content: pilotstatus.TextContent{Body: "Hi"},
	})
	require.NoError(t, err)
	message, err := number.Messages.Wait(t.Context(), accepted.ID, pilotstatus.WaitMessageOptions{Interval: time.Millisecond})
	var ended *pilotstatus.MessageEndedError
	require.ErrorAs(t, err, &ended)
	assert.Equal(t, pilotstatus.FailureWhatsAppNotExist, ended.Code)
	assert.Equal(t, pilotstatus.FailureWhatsAppNotExist, message.ErrorCode)
	assert.Equal(t, "The number has no WhatsApp", message.ErrorMessage)
}
