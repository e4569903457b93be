package pilotstatus

import (
	"context"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const groupsPath = "/v1/groups"

// The list of groups is found in every wrapping, under both names of the subject.
func TestGroupListShapes(t *testing.T) {
	t.Parallel()
	want := []Group{{ID: testGroup, Subject: "Team A"}}
	for _, rows := range []string{
		`[{"id":"` + testGroup + `","subject":"Team A"}]`,
		`[{"id":"` + testGroup + `","name":"Team A"}]`,
		`[{"id":"` + testGroup + `","subject":null,"name":"Team A"}]`,
		`[{"id":"` + testGroup + `","subject":"Team A","name":"other"}]`,
		`[{"id":"` + testGroup + `","subject":"Team A","name":{"pt":"other"}}]`,
	} {
		for _, answer := range []string{rows, `{"groups":` + rows + `}`, `{"data":` + rows + `}`, `{"data":{"groups":` + rows + `}}`, `{"data": {"data":` + rows + `}}`} {
			m := newMockAPI(t)
			m.answer(http.MethodGet, groupsPath, http.StatusOK, answer)
			groups, err := m.number(t).Groups.List(t.Context())
			require.NoError(t, err, answer)
			assert.Equal(t, want, groups, answer)
		}
	}
	for _, answer := range []string{`[]`, `{"groups":[]}`, `{"data":{"groups":[]}}`} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, groupsPath, http.StatusOK, answer)
		groups, err := m.number(t).Groups.List(t.Context())
		require.NoError(t, err, answer)
		assert.Equal(t, []Group{}, groups, answer)
	}
}

func TestGroupDetailShapes(t *testing.T) {
	t.Parallel()
	for participants, want := range map[string][]GroupParticipant{
		`["5511900001234"]`:                                    {{ID: "5511900001234"}},
		`[{"id":"a@lid","role":"admin"},{"jid":"b"}]`:          {{ID: "a@lid", Role: "admin"}, {ID: "b"}},
		`[{"phone":"c","admin":"superadmin"},{"number":"d"}]`:  {{ID: "c", Role: "superadmin"}, {ID: "d"}},
		`[{"id":"e","admin":true},{"id":"f","admin":false}]`:   {{ID: "e", Role: "admin"}, {ID: "f"}},
		`[{"id":{"user":"g"},"phone":"h"},7,null,{"who":"i"}]`: {{ID: "h"}, {}, {}, {}},
		`[]`:                       {},
		`null`:                     nil,
		`12`:                       nil,
		`{"count":3,"list":["a"]}`: nil,
	} {
		group := `{"id":"` + testGroup + `","subject":"Team A","participants":` + participants + `}`
		for _, answer := range []string{group, `{"group":` + group + `}`} {
			m := newMockAPI(t)
			m.answer(http.MethodGet, testGroupPath, http.StatusOK, answer)
			m.answer(http.MethodPost, groupsPath, http.StatusCreated, answer)
			got, err := m.number(t).Groups.Get(t.Context(), testGroup)
			require.NoError(t, err, answer)
			made, err := m.number(t).Groups.Create(t.Context(), CreateGroupRequest{Subject: "Team A"})
			require.NoError(t, err, answer)
			assert.Equal(t, got, made, answer)
			assert.Equal(t, answer, string(got.Raw))
			assert.Equal(t, testGroup, got.ID)
			assert.Equal(t, "Team A", got.Subject)
			for i := range got.Participants {
				assert.Contains(t, participants, string(got.Participants[i].Raw))
				assert.NotEmpty(t, got.Participants[i].Raw)
				got.Participants[i].Raw = nil
			}
			assert.Equal(t, want, got.Participants, answer)
		}
	}
}

// A group without an id can be looked at, but not made.
func TestGroupWithoutID(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, testGroupPath, http.StatusOK, `{"subject":"Team A"}`)
	m.answer(http.MethodPost, groupsPath, http.StatusOK, `{"subject":"Team A"}`)
	group, err := m.number(t).Groups.Get(t.Context(), testGroup)
	require.NoError(t, err)
	assert.Equal(t, "Team A", group.Subject)
	made, err := m.number(t).Groups.Create(t.Context(), CreateGroupRequest{Subject: "Team A"})
	assert.Nil(t, made)
	var decode *DecodeError
	require.ErrorAs(t, err, &decode)
	assert.True(t, decode.Accepted())
}

// Whatever a change of participants answers, an empty body included, is no failure.
func TestParticipantsAnswers(t *testing.T) {
	t.Parallel()
	change := ChangeParticipantsRequest{Participants: []string{"5511900001234"}}
	for name, answer := range map[string]struct {
		responder httpmock.Responder
		raw       string
	}{
		"object":     {jsonResponder(http.StatusOK, `{"success": true}`), `{"success": true}`},
		"list":       {jsonResponder(http.StatusCreated, `[{"phone":"x","error":403}]`), `[{"phone":"x","error":403}]`},
		"text":       {jsonResponder(http.StatusOK, `"ok"`), `"ok"`},
		"null":       {jsonResponder(http.StatusOK, `null`), `null`},
		"empty":      {jsonResponder(http.StatusOK, ``), ``},
		"no content": {httpmock.NewStringResponder(http.StatusNoContent, ""), ``},
	} {
		m := newMockAPI(t)
		m.RegisterNoResponder(answer.responder)
		groups := m.number(t).Groups
		for _, call := range []func(context.Context, string, ChangeParticipantsRequest) (*ParticipantsResult, error){
			groups.AddParticipants, groups.RemoveParticipants,
		} {
			result, err := call(t.Context(), testGroup, change)
			require.NoError(t, err, name)
			assert.Equal(t, answer.raw, string(result.Raw), name)
		}
		assert.Len(t, m.Requests(), 2, name)
	}
}

// What is no answer of the API stays a failure.
func TestParticipantsFailures(t *testing.T) {
	t.Parallel()
	change := ChangeParticipantsRequest{Participants: []string{"5511900001234"}}
	m := newMockAPI(t)
	m.sequence(http.MethodPost, testGroupPath+"/participants",
		httpmock.NewStringResponder(http.StatusOK, "<html>"),
		httpmock.NewStringResponder(http.StatusOK, "done"),
		jsonResponder(http.StatusConflict, `{"error":"offline","code":"WHATSAPP_INSTANCE_NOT_CONNECTED"}`),
		jsonResponder(http.StatusInternalServerError, ``))
	add := func() (*ParticipantsResult, error) {
		return m.number(t).Groups.AddParticipants(t.Context(), testGroup, change)
	}
	var decode *DecodeError
	result, err := add()
	require.ErrorAs(t, err, &decode)
	assert.False(t, decode.Accepted())
	assert.Nil(t, result)
	_, err = add()
	require.ErrorAs(t, err, &decode)
	assert.True(t, decode.Accepted())
	_, err = add()
	require.ErrorIs(t, err, CodeWhatsAppInstanceNotConnected)
	result, err = add()
	assert.True(t, isA[*OutcomeUnknownError](err))
	assert.Nil(t, result)
}

func TestGroupsRefuse(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	groups := m.number(t).Groups
	someone := ChangeParticipantsRequest{Participants: []string{"5511900001234"}}

	_, err := groups.Create(t.Context(), CreateGroupRequest{Subject: " "})
	requireValidation(t, err, "Subject")
	_, err = groups.Create(t.Context(), CreateGroupRequest{Subject: "x", Participants: []string{"5511900001234", ""}})
	requireValidation(t, err, "Participants")
	_, err = groups.Get(t.Context(), "..")
	requireValidation(t, err, "groupId")
	for _, call := range []func(context.Context, string, ChangeParticipantsRequest) (*ParticipantsResult, error){
		groups.AddParticipants, groups.RemoveParticipants,
	} {
		_, err = call(t.Context(), "", someone)
		requireValidation(t, err, "groupId")
		_, err = call(t.Context(), testGroup, ChangeParticipantsRequest{})
		requireValidation(t, err, "Participants")
		_, err = call(t.Context(), testGroup, ChangeParticipantsRequest{Participants: []string{" "}})
		requireValidation(t, err, "Participants")
		_, err = call(t.Context(), testGroup, ChangeParticipantsRequest{
			Participants: someone.Participants, Extra: map[string]any{"Participants": []string{"x"}},
		})
		requireValidation(t, err, "Extra")
	}
	assert.Empty(t, m.Requests())
}

// A group of nobody has no participants on the wire.
func TestCreateGroupWithoutParticipants(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, groupsPath, http.StatusOK, `{"id":"`+testGroup+`"}`)
	_, err := m.number(t).Groups.Create(t.Context(), CreateGroupRequest{Subject: "x"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"subject":"x"}`, string(m.Requests()[0].Body))
}

// A project without a name is refused, and one without a description has none on the wire.
func TestProjects(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/projects", http.StatusCreated, `{"id":"prj_1"}`)
	_, err := m.tenant(t).Projects.Create(t.Context(), CreateProjectRequest{Description: "x"})
	requireValidation(t, err, "Name")
	assert.Empty(t, m.Requests())
	_, err = m.tenant(t).Projects.Create(t.Context(), CreateProjectRequest{Name: "x"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"x"}`, string(m.Requests()[0].Body))
}

// Options that are not set do not go out.
func TestDashboardDefaults(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/analytics/dashboard", http.StatusOK, `{"statusDistribution":{"read":100},"dailyMessages":null}`)
	dashboard, err := m.number(t).Analytics.Dashboard(t.Context(), GetDashboardOptions{})
	require.NoError(t, err)
	assert.Equal(t, testBase+"/v1/analytics/dashboard", m.Requests()[0].URL)
	assert.Equal(t, map[string]float64{"read": 100}, dashboard.StatusDistribution)
}
