package pilotstatus_test

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	sdpOffer  = "v=0\r\ns=offer\r\na=setup:active\r\n"
	sdpAnswer = "v=0\r\ns=answer\r\na=setup:active\r\n"
)

func (s *stage) callsOut() {
	t, ctx := s.t, s.t.Context()
	official, number := s.number("num_2"), s.Number("num_2")
	number.GrantCallPermission(joana, true)
	started, err := official.Calls.Start(ctx, pilotstatus.StartCallRequest{To: joana, SDP: sdpOffer, BizOpaqueCallbackData: "order-42"})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusInitiated, started.Status)
	assert.NotEmpty(t, started.ExternalCallID)

	number.RingOut(started.ID)
	call, err := official.Calls.Get(ctx, started.ExternalCallID, pilotstatus.GetCallOptions{})
	require.NoError(t, err)
	assert.Equal(t, started.ID, call.ID)
	assert.Equal(t, pilotstatus.CallStatusRinging, call.Status)
	assert.Equal(t, pilotstatus.CallDirectionOutbound, call.Direction)
	assert.Equal(t, "5511988887777", call.PeerNumber)
	assert.Equal(t, "551150006000", call.FromNumber)
	assert.Equal(t, "order-42", call.BizOpaqueCallbackData)
	assert.Equal(t, fakeStart(), call.StartedAt.Time)
	assert.True(t, call.ConnectedAt.IsZero())
	assert.Nil(t, call.DurationSeconds)
	assert.Empty(t, call.SDPOffer)

	number.AnswerCall(started.ID)
	s.Advance(102 * time.Second)
	update, err := official.Calls.Terminate(ctx, started.ID)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.CallUpdate{Success: true, ID: started.ID, Status: pilotstatus.CallStatusCompleted}, update)
	call, err = official.Calls.Get(ctx, started.ID, pilotstatus.GetCallOptions{IncludeSDP: true})
	require.NoError(t, err)
	assert.Equal(t, sdpOffer, call.SDPOffer)
	assert.NotEmpty(t, call.SDPAnswer)
	assert.Equal(t, fakeStart().Add(102*time.Second), call.EndedAt.Time)
	require.NotNil(t, call.DurationSeconds)
	assert.EqualValues(t, 102, *call.DurationSeconds)
	s.losesCall(official)
}

// losesCall starts a call that fails, in the forms that leave out what is not known.
func (s *stage) losesCall(official *pilotstatus.NumberClient) {
	t, ctx := s.t, s.t.Context()
	s.Tenant().LateCallIDs(true)
	s.Tenant().SparseCalls(true)
	started, err := official.Calls.Start(ctx, pilotstatus.StartCallRequest{To: joana, SDP: sdpOffer})
	require.NoError(t, err)
	assert.Empty(t, started.ExternalCallID)
	s.Number("num_2").FailCall(started.ID, "138000", "no network")
	call, err := official.Calls.Get(ctx, started.ID, pilotstatus.GetCallOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusFailed, call.Status)
	assert.Equal(t, "138000", call.ErrorCode)
	assert.Equal(t, "no network", call.ErrorMessage)
	assert.NotEmpty(t, call.ExternalCallID)
	assert.Nil(t, call.DurationSeconds)
}

func (s *stage) answersCalls() {
	t, ctx := s.t, s.t.Context()
	official, number := s.number("num_2"), s.Number("num_2")
	id := number.Ring(joana)
	call, err := official.Calls.Get(ctx, id, pilotstatus.GetCallOptions{IncludeSDP: true})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallDirectionInbound, call.Direction)
	assert.NotEmpty(t, call.SDPOffer)

	update, err := official.Calls.PreAccept(ctx, id, sdpAnswer)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.CallUpdate{Success: true, ID: id, Status: pilotstatus.CallStatusRinging}, update)
	update, err = official.Calls.Accept(ctx, call.ExternalCallID, sdpAnswer)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.CallUpdate{Success: true, ID: id, Status: pilotstatus.CallStatusAccepted}, update)
	s.Advance(5 * time.Second)
	number.HangUp(id)
	call, err = official.Calls.Get(ctx, id, pilotstatus.GetCallOptions{IncludeSDP: true})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusCompleted, call.Status)
	assert.Equal(t, sdpAnswer, call.SDPAnswer)
	assert.EqualValues(t, 5, *call.DurationSeconds)

	id = number.Ring(rita)
	update, err = official.Calls.Reject(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusRejected, update.Status)
	id = number.Ring(rita)
	number.MissCall(id)
	call, err = official.Calls.Get(ctx, id, pilotstatus.GetCallOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusMissed, call.Status)
	_, err = official.Calls.Accept(ctx, "call_unknown", sdpAnswer)
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
}

func (s *stage) callsFromWebNumber() {
	t, ctx := s.t, s.t.Context()
	web, number := s.number("num_1"), s.Number("num_1")
	started, err := web.Calls.Start(ctx, pilotstatus.StartCallRequest{To: joana})
	require.NoError(t, err)
	update, err := web.Calls.Play(ctx, started.ID, "https://files.example/hello.mp3?sig=1")
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusInitiated, update.Status)
	number.RingOut(started.ID)
	number.AnswerCall(started.ID)
	update, err = web.Calls.Play(ctx, started.ID, "https://files.example/more.opus")
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusAccepted, update.Status)
	assert.Equal(t, []string{"https://files.example/hello.mp3?sig=1", "https://files.example/more.opus"}, s.Calls()[0].Played)

	for _, mode := range []pilotstatus.RealtimeMode{pilotstatus.RealtimeModeTalk, pilotstatus.RealtimeModeListen} {
		session, err := web.Calls.RealtimeSession(ctx, started.ID, mode)
		require.NoError(t, err)
		assert.EqualValues(t, 120, session.ExpiresInSeconds)
		assert.Contains(t, session.WebSocketURL.Reveal(), "wss://")
		assert.Equal(t, string(mode), s.Tenant().ConnectAudio(session.Token.Reveal()))
	}
	_, err = web.Calls.Terminate(ctx, started.ID)
	require.NoError(t, err)

	id := number.Ring(rita)
	update, err = web.Calls.Accept(ctx, id, "")
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallStatusAccepted, update.Status)
	call, err := web.Calls.Get(ctx, id, pilotstatus.GetCallOptions{IncludeSDP: true})
	require.NoError(t, err)
	assert.Empty(t, call.SDPOffer+call.SDPAnswer)
}

func (s *stage) asksForPermission() {
	t, ctx := s.t, s.t.Context()
	official, number := s.number("num_2"), s.Number("num_2")
	permission, err := official.Calls.Permission(ctx, joana)
	require.NoError(t, err)
	assert.True(t, permission.Permission.Status.Is(pilotstatus.CallPermissionStatusNone))
	assert.False(t, permission.CanStart())
	assert.True(t, permission.Permission.Expires().IsZero())

	asked, err := official.Calls.RequestPermission(ctx, pilotstatus.CallPermissionRequest{To: joana, Text: "May we call?"})
	require.NoError(t, err)
	assert.Contains(t, asked.MessageID, "wamid.")
	number.GrantCallPermission(joana, false)
	permission, err = official.Calls.Permission(ctx, joana)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallPermissionStatusTemporary, permission.Permission.Status)
	assert.Equal(t, fakeStart().Add(7*24*time.Hour).Truncate(time.Second), permission.Permission.Expires().UTC())
	assert.True(t, permission.CanStart())
	assert.Equal(t, []pilotstatus.CallPermissionAction{
		{
			Name: pilotstatus.CallPermissionActionKindRequest, CanPerform: true,
			Limits: []pilotstatus.CallPermissionLimit{{TimePeriod: "PT24H", MaxAllowed: 2, CurrentUsage: 1}},
		},
		{
			Name: pilotstatus.CallPermissionActionKindStart, CanPerform: true,
			Limits: []pilotstatus.CallPermissionLimit{{TimePeriod: "PT24H", MaxAllowed: 100}},
		},
	}, permission.Actions)
	number.LimitCalls(0)
	permission, err = official.Calls.Permission(ctx, joana)
	require.NoError(t, err)
	assert.False(t, permission.CanStart(), "the limit counts too")
	s.Tenant().SparseCalls(true)
	permission, err = official.Calls.Permission(ctx, joana)
	require.NoError(t, err)
	assert.True(t, permission.CanStart(), "without actions the status alone decides")
	s.Advance(7 * 24 * time.Hour)
	permission, err = official.Calls.Permission(ctx, joana)
	require.NoError(t, err)
	assert.False(t, permission.CanStart(), "it has ended")
}

func (s *stage) changesCallSettings() {
	t, ctx := s.t, s.t.Context()
	official := s.number("num_2")
	settings, err := official.Calls.Settings(ctx)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallSettingEnabled, settings.Status)
	assert.Equal(t, pilotstatus.CallIconVisibilityDefault, settings.CallIconVisibility)
	err = official.Calls.UpdateSettings(ctx, pilotstatus.UpdateCallSettingsRequest{
		CallIconVisibility: pilotstatus.CallIconVisibilityDisableAll,
		CallHours:          []byte(`{"status":"ENABLED","timezone_id":"America/Sao_Paulo"}`),
		Voicemail:          []byte(`{"status":"DISABLED"}`),
	})
	require.NoError(t, err)
	settings, err = official.Calls.Settings(ctx)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.CallSettingEnabled, settings.Status, "what is left out stays")
	assert.Equal(t, pilotstatus.CallSettingEnabled, settings.CallbackPermissionStatus)
	assert.Equal(t, pilotstatus.CallIconVisibilityDisableAll, settings.CallIconVisibility)
	assert.Contains(t, string(settings.CallHours), "America/Sao_Paulo")
	assert.Contains(t, string(settings.Voicemail), "DISABLED")
	assert.NotEmpty(t, settings.Raw)
}

func (s *stage) listsCalls() {
	t, ctx := s.t, s.t.Context()
	web, number := s.number("num_1"), s.Number("num_1")
	var newest []string
	for range 60 {
		s.Advance(1234 * time.Millisecond)
		newest = append([]string{number.Ring(joana)}, newest...)
	}
	for _, limit := range []int{0, 7} {
		before := s.requests("Calls.List")
		all := rows(t, web.Calls.All(ctx, pilotstatus.ListCallsOptions{Limit: limit}))
		assert.Equal(t, newest, idsOf(all, func(c pilotstatus.Call) string { return c.ID }), "limit %d", limit)
		assert.Greater(t, s.requests("Calls.List")-before, 2, "several parts")
	}
	part, err := web.Calls.List(ctx, pilotstatus.ListCallsOptions{Limit: 2})
	require.NoError(t, err)
	require.Len(t, part, 2)
	assert.Equal(t, pilotstatus.CallStatusRinging, part[0].Status)
	rest := rows(t, web.Calls.All(ctx, pilotstatus.ListCallsOptions{Limit: 50, Before: part[1].CreatedAt.Text()}))
	assert.Len(t, rest, 58)
	none, err := s.number("num_2").Calls.List(ctx, pilotstatus.ListCallsOptions{})
	require.NoError(t, err)
	assert.Empty(t, none)
}
