package pilotstatus

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// statuses answers Messages.Get with one status after the other; the last one stays.
func statuses(m *mockAPI, seen ...MessageStatus) {
	var answers []httpmock.Responder
	for _, status := range seen {
		answers = append(answers, jsonResponder(http.StatusOK, `{"id":"msg_1","status":"`+string(status)+`"}`))
	}
	m.sequence(http.MethodGet, getPath, answers...)
}

func TestWaitUntil(t *testing.T) {
	t.Parallel()
	const (
		queued, sent    = MessageStatusQueued, MessageStatusSent
		delivered, read = MessageStatusDelivered, MessageStatusRead
		failed, cancel  = MessageStatusFailed, MessageStatusCanceled
	)
	for _, test := range []struct {
		until MessageStatus
		seen  []MessageStatus // the last one ends the wait
		ends  bool            // with *MessageEndedError
	}{
		{"", []MessageStatus{queued, queued, sent, delivered}, false},
		{"", []MessageStatus{read}, false},
		{"", []MessageStatus{queued, failed}, true},
		{"", []MessageStatus{queued, cancel}, true},
		{"", []MessageStatus{"SCHEDULED", "HELD", sent, delivered}, false},
		{delivered, []MessageStatus{sent, read}, false},
		{sent, []MessageStatus{queued, sent}, false},
		{sent, []MessageStatus{delivered}, false},
		{sent, []MessageStatus{read}, false},
		{sent, []MessageStatus{failed}, true},
		{read, []MessageStatus{delivered, delivered, read}, false},
		{read, []MessageStatus{delivered, failed}, true},
		{queued, []MessageStatus{queued}, false},
		{queued, []MessageStatus{sent}, false},
		{queued, []MessageStatus{failed}, true},
		{failed, []MessageStatus{sent, failed}, false},
		{failed, []MessageStatus{delivered, read}, true},
		{cancel, []MessageStatus{queued, cancel}, false},
		{cancel, []MessageStatus{queued, failed}, true},
		{"HELD", []MessageStatus{queued, "HELD"}, false},
		{"HELD", []MessageStatus{queued, delivered, read}, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMockAPI(t)
			statuses(m, test.seen...)
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			message, err := m.number(t).Messages.Wait(ctx, "msg_1", WaitMessageOptions{Until: test.until})
			last := test.seen[len(test.seen)-1]
			require.NotNil(t, message)
			assert.Equal(t, last, message.Status)
			assert.Len(t, m.Requests(), len(test.seen))
			assert.Equal(t, time.Duration(len(test.seen)-1)*2*time.Second, time.Since(start))
			if !test.ends {
				require.NoError(t, err, "%v", test)
				return
			}
			var ended *MessageEndedError
			require.ErrorAs(t, err, &ended, "%v", test)
			assert.Equal(t, &MessageEndedError{ID: "msg_1", Status: last}, ended)
		})
	}
}

func TestWaitInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		statuses(m, MessageStatusQueued, MessageStatusSent, MessageStatusDelivered)
		start := time.Now()
		_, err := m.number(t).Messages.Wait(t.Context(), "msg_1", WaitMessageOptions{Interval: time.Minute})
		require.NoError(t, err)
		assert.Equal(t, 2*time.Minute, time.Since(start))
	})
}

func TestWaitRefuses(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	messages := m.number(t).Messages
	for field, call := range map[string]func() (*Message, error){
		"Interval": func() (*Message, error) {
			return messages.Wait(t.Context(), "msg_1", WaitMessageOptions{Interval: -time.Second})
		},
		"id":  func() (*Message, error) { return messages.Wait(t.Context(), "send", WaitMessageOptions{}) },
		"ctx": func() (*Message, error) { return messages.Wait(nil, "msg_1", WaitMessageOptions{}) }, //nolint:staticcheck // a nil context is the case
		"client": func() (*Message, error) {
			return MessagesService{}.Wait(t.Context(), "msg_1", WaitMessageOptions{})
		},
	} {
		message, err := call()
		requireValidation(t, err, field)
		assert.Nil(t, message)
	}
	assert.Empty(t, m.Requests())
}

// The context may end while Wait pauses or while it asks; what was seen comes back.
func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after    time.Duration
		deadline bool
	}{
		"deadline in a pause": {3 * time.Second, true},
		"cancel in a pause":   {3 * time.Second, false},
		"deadline in a get":   {4*time.Second + time.Millisecond, true},
		"cancel in a get":     {4*time.Second + time.Millisecond, false},
		"cancel at once":      {0, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMockAPI(t)
			m.sequence(http.MethodGet, getPath,
				jsonResponder(http.StatusOK, `{"id":"msg_1","status":"QUEUED"}`),
				jsonResponder(http.StatusOK, `{"id":"msg_1","status":"SENT"}`),
				func(req *http.Request) (*http.Response, error) {
					<-req.Context().Done()
					return nil, req.Context().Err()
				})
			want := context.Canceled
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.deadline {
				want = context.DeadlineExceeded
				ctx, cancel = context.WithTimeout(t.Context(), test.after)
				defer cancel()
			} else {
				time.AfterFunc(test.after, cancel)
				synctest.Wait()
			}
			start := time.Now()
			message, err := m.number(t).Messages.Wait(ctx, "msg_1", WaitMessageOptions{})
			require.ErrorIs(t, err, want, name)
			assert.Equal(t, test.after, time.Since(start), name)
			assert.NotErrorAs(t, err, new(*MessageEndedError), name)
			if test.after == 0 {
				assert.Nil(t, message)
				assert.Empty(t, m.Requests())
				return
			}
			assert.Equal(t, &Message{ID: "msg_1", Status: MessageStatusSent}, message, name)
			assert.True(t, strings.HasPrefix(err.Error(), "Messages."), err.Error())
		})
	}
}

// Failures that pass do not end the wait, as long as they last; other ones end it at
// once.
func TestWaitSitsOutWhatPasses(t *testing.T) {
	t.Parallel()
	for name, failure := range passingFailures() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMockAPI(t)
				m.sequence(http.MethodGet, getPath,
					failure, jsonResponder(http.StatusOK, `{"id":"msg_1","status":"SENT"}`), failure, failure,
					jsonResponder(http.StatusOK, `{"id":"msg_1","status":"DELIVERED"}`))
				message, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Wait(t.Context(), "msg_1", WaitMessageOptions{})
				require.NoError(t, err)
				assert.Equal(t, MessageStatusDelivered, message.Status)
				assert.Len(t, m.Requests(), 5)
			})
		})
	}
	for name, failure := range finalAnswers() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMockAPI(t)
				m.sequence(http.MethodGet, getPath, jsonResponder(http.StatusOK, `{"id":"msg_1","status":"SENT"}`), failure)
				message, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Wait(t.Context(), "msg_1", WaitMessageOptions{})
				require.Error(t, err)
				assert.NotContains(t, err.Error(), "Messages.Wait")
				assert.Equal(t, &Message{ID: "msg_1", Status: MessageStatusSent}, message)
				assert.Len(t, m.Requests(), 2)
			})
		})
	}
}

// A failure that lasts until the context ends is named; one that is over is not.
func TestWaitNamesTheLastFailure(t *testing.T) {
	t.Parallel()
	limited := jsonResponder(http.StatusTooManyRequests, `{"error":"slow down","code":"RATE_LIMITED"}`, "Retry-After", "10")
	sent := jsonResponder(http.StatusOK, `{"id":"msg_1","status":"SENT"}`)
	hang := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for name, test := range map[string]struct {
		answers  []httpmock.Responder
		requests int
		named    bool
		last     *Message
	}{
		"in a pause":   {[]httpmock.Responder{sent, limited}, 4, true, &Message{ID: "msg_1", Status: MessageStatusSent}},
		"from begin":   {[]httpmock.Responder{limited}, 3, true, nil},
		"in a get":     {[]httpmock.Responder{sent, limited, hang}, 3, true, &Message{ID: "msg_1", Status: MessageStatusSent}},
		"that is over": {[]httpmock.Responder{limited, sent}, 9, false, &Message{ID: "msg_1", Status: MessageStatusSent}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMockAPI(t)
				m.sequence(http.MethodGet, getPath, test.answers...)
				ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
				defer cancel()
				message, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Wait(ctx, "msg_1", WaitMessageOptions{})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, test.named, isA[*APIError](err))
				assert.Equal(t, test.last, message)
				assert.True(t, strings.HasPrefix(err.Error(), "Messages.Wait: "), err.Error())
				assert.NotContains(t, err.Error(), "msg_1")
				assert.Len(t, m.Requests(), test.requests)
			})
		})
	}
}

// A poll is repeated like any call; a refusal ends the wait.
func TestWaitEndsWithAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.sequence(http.MethodGet, getPath,
			jsonResponder(http.StatusOK, `{"id":"msg_1","status":"SENT"}`),
			jsonResponder(http.StatusServiceUnavailable, `{"error":"later"}`),
			jsonResponder(http.StatusOK, `{"id":"msg_1","status":"DELIVERED"}`))
		_, err := m.number(t).Messages.Wait(t.Context(), "msg_1", WaitMessageOptions{})
		require.NoError(t, err)
		assert.Len(t, m.Requests(), 3)
	})
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.sequence(http.MethodGet, getPath,
			jsonResponder(http.StatusOK, `{"id":"msg_1","status":"SENT"}`),
			jsonResponder(http.StatusUnauthorized, `{"error":"revoked"}`))
		message, err := m.number(t).Messages.Wait(t.Context(), "msg_1", WaitMessageOptions{})
		assert.True(t, isA[*UnauthorizedError](err))
		assert.Equal(t, &Message{ID: "msg_1", Status: MessageStatusSent}, message)
		assert.Len(t, m.Requests(), 2)
	})
}

// The error of a failed message says why, and nothing of whom it was for.
func TestMessageEndedError(t *testing.T) {
	t.Parallel()
	const phone, wamid = "+5511999990000", "wamid.HBgNNTUxMTk5OTk5MDAwMA=="
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, `{"id":"msg_1","status":"FAILED","errorCode":"WHATSAPP_NOT_EXIST",
		"errorMessage":"no WhatsApp on `+phone+`","destinationNumber":"`+phone+`","externalMessageId":"`+wamid+`"}`))
	message, err := m.number(t).Messages.Wait(t.Context(), wamid, WaitMessageOptions{})
	require.NotNil(t, message)
	assert.Equal(t, FailureWhatsAppNotExist, message.ErrorCode)
	var ended *MessageEndedError
	require.ErrorAs(t, err, &ended)
	assert.Equal(t, MessageEndedError{ID: wamid, Status: MessageStatusFailed, Code: FailureWhatsAppNotExist}, *ended)

	const text = "Messages.Wait: the message ended as FAILED (WHATSAPP_NOT_EXIST)"
	require.EqualError(t, err, text)
	for _, value := range []any{err, ended, *ended} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			assert.Equal(t, text, fmt.Sprintf(verb, value), verb)
		}
		data, jsonErr := json.Marshal(value)
		require.NoError(t, jsonErr)
		assert.JSONEq(t, `{"error":"`+text+`"}`, string(data))
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "err", value)
		assert.Contains(t, log.String(), text)
		assert.NotContains(t, log.String(), "wamid")
	}
	assert.Equal(t, "Messages.Wait: the message ended as CANCELED", (&MessageEndedError{Status: MessageStatusCanceled}).Error())
	assert.Equal(t, "Messages.Wait: the message ended as FAILED (a code that is withheld)",
		(&MessageEndedError{Status: MessageStatusFailed, Code: FailureCode("X " + phone[1:] + "\nY")}).Error())
	assert.NotEmpty(t, (*MessageEndedError)(nil).Error())
	assert.NotContains(t, printouts((*MessageEndedError)(nil)), "PANIC=")
}
