package pilotstatus_test

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) registersWebhooks() {
	t, ctx := s.t, s.t.Context()
	for name, webhooks := range map[string]pilotstatus.WebhooksService{
		"number": s.number("num_1").Webhooks, "tenant": s.tenant().Webhooks, "view": s.view("num_1").Webhooks,
	} {
		request := pilotstatus.CreateWebhookRequest{
			Name: "Shop of " + name, URL: "https://shop.example/hooks",
			Events: []pilotstatus.EventName{
				pilotstatus.EventMessageReceived, pilotstatus.EventMessageNewsletter, pilotstatus.EventCallPermissionUpdated, pilotstatus.EventPhoneLineReturned,
			},
		}
		if name == "tenant" {
			request.WhatsAppNumberID = "num_1"
		}
		created, err := webhooks.Create(ctx, request)
		// What this number cannot emit is dropped, and the error beside the webhook says so.
		var missing *pilotstatus.MissingEventsError
		require.ErrorAs(t, err, &missing, name)
		assert.Equal(t, []pilotstatus.EventName{pilotstatus.EventCallPermissionUpdated, pilotstatus.EventPhoneLineReturned}, missing.Events)
		assert.Equal(t, "https://shop.example/hooks", created.URL.Reveal())
		assert.True(t, created.Active)
		assert.Equal(t, []pilotstatus.EventName{pilotstatus.EventMessageReceived, pilotstatus.EventMessageNewsletter}, created.Events)
		assert.Equal(t, []string{"num_1"}, created.WhatsAppNumberIDs)
		require.Len(t, created.APIKeys, 1)
		assert.Equal(t, created.CreatedAt, created.UpdatedAt)
		for _, key := range []string{"", "webhooks", "data"} {
			s.Tenant().WrapWebhooks(key)
			list, err := webhooks.List(ctx)
			require.NoError(t, err, name)
			require.Len(t, list, 1)
			assert.Equal(t, created.ID, list[0].ID)
		}
		s.changesWebhook(webhooks, created.ID)
		s.readsWebhookLogs(webhooks, created.ID)
		s.deletesWebhook(webhooks, created.ID, name == "view")
	}
	// An empty subscription has to be asked for.
	silent, err := s.number("num_1").Webhooks.Create(ctx, pilotstatus.CreateWebhookRequest{Name: "Silent", URL: "https://shop.example/hooks", NoEvents: true})
	require.NoError(t, err)
	assert.Empty(t, silent.Events)
	_, err = s.number("num_2").Webhooks.Get(ctx, silent.ID)
	require.ErrorIs(t, err, pilotstatus.CodeWebhookNotFound, "it is another number's")
}

func (s *stage) changesWebhook(webhooks pilotstatus.WebhooksService, id string) {
	t, ctx := s.t, s.t.Context()
	s.Advance(time.Minute)
	events := []pilotstatus.EventName{pilotstatus.EventAll}
	updated, err := webhooks.Update(ctx, id, pilotstatus.UpdateWebhookRequest{
		Name: pilotstatus.Ptr("Shop 2"), URL: pilotstatus.Ptr("https://shop.example/hooks2"), Active: pilotstatus.Ptr(false), Events: &events,
	})
	require.NoError(t, err)
	assert.Equal(t, "Shop 2", updated.Name)
	assert.Equal(t, events, updated.Events)
	none := []pilotstatus.EventName{}
	_, err = webhooks.Update(ctx, id, pilotstatus.UpdateWebhookRequest{Events: &none})
	require.NoError(t, err)
	webhook, err := webhooks.Get(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, "Shop 2", webhook.Name)
	assert.Equal(t, "https://shop.example/hooks2", webhook.URL.Reveal())
	assert.False(t, webhook.Active)
	assert.Empty(t, webhook.Events)
	assert.Equal(t, time.Minute, webhook.UpdatedAt.Sub(webhook.CreatedAt.Time))
}

func (s *stage) readsWebhookLogs(webhooks pilotstatus.WebhooksService, id string) {
	t, ctx := s.t, s.t.Context()
	s.Tenant().LogDelivery(id, "message.received", 500)
	s.Tenant().LogDelivery(id, "message.received", 200)
	s.Tenant().LogDelivery(id, "lead.received", 0)
	for _, key := range []string{"", "logs", "deliveries", "events", "items", "data"} {
		for _, asText := range []bool{false, true} {
			s.Tenant().WrapWebhookLogs(key)
			s.Tenant().TextPayloads(asText)
			logs, err := webhooks.Logs(ctx, id, pilotstatus.WebhookLogsOptions{})
			require.NoError(t, err, key)
			require.Len(t, logs, 3, key)
			assert.Equal(t, pilotstatus.WebhookLogStatusFailed, logs[0].Status)
			assert.Zero(t, logs[0].StatusCode)
			assert.Equal(t, pilotstatus.WebhookLogStatusSuccess, logs[1].Status)
			assert.Equal(t, 200, logs[1].StatusCode)
			assert.InDelta(t, 12, logs[1].DurationMs, 0.001)
			assert.Equal(t, asText, logs[1].Payload[0] == '"', key)
			assert.Contains(t, string(logs[1].Payload), "num_1")
		}
	}
	logs, err := webhooks.Logs(ctx, id, pilotstatus.WebhookLogsOptions{Limit: 1, Event: pilotstatus.EventMessageReceived})
	require.NoError(t, err)
	require.Len(t, logs, 1)
	assert.Equal(t, 200, logs[0].StatusCode)
	webhook, err := webhooks.Get(ctx, id)
	require.NoError(t, err)
	assert.False(t, webhook.LastTriggered.IsZero())
}

func (s *stage) deletesWebhook(webhooks pilotstatus.WebhooksService, id string, empty bool) {
	t, ctx := s.t, s.t.Context()
	s.Tenant().WebhookDeleteIsEmpty(empty)
	require.NoError(t, webhooks.Delete(ctx, id))
	require.ErrorIs(t, webhooks.Delete(ctx, id), pilotstatus.CodeWebhookNotFound)
	list, err := webhooks.List(ctx)
	require.NoError(t, err)
	assert.Empty(t, list)
}
