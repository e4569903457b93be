package pilotstatus_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	joana = "+5511988887777"
	rita  = "+5511970001000"
)

// fakeStart is when the time of a story begins. It moves by Advance only.
func fakeStart() time.Time { return time.Date(2026, 11, 3, 14, 5, 9, 120_000_000, time.UTC) }

// stage is a server of its own for one story, with clients that note which
// operations succeeded.
type stage struct {
	*pilotstatustest.Server

	t    *testing.T
	seen *successes
}

func newStage(t *testing.T, seen *successes, opts ...pilotstatustest.Option) *stage {
	t.Helper()
	opts = append(opts, pilotstatustest.WithClock(fakeStart()))
	return &stage{Server: pilotstatustest.NewServer(t, opts...), t: t, seen: seen}
}

// successes are the operations that succeeded, by the kind of client and the name of
// the operation.
type successes struct {
	mu     sync.Mutex
	counts map[string]int
}

func (s *successes) from(client string) pilotstatus.Option {
	return pilotstatus.WithObserver(func(_ context.Context, a pilotstatus.Attempt) {
		if a.Err != nil || a.StatusCode < http.StatusOK || a.StatusCode >= http.StatusMultipleChoices {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.counts[client+" "+a.Op]++
	})
}

func (s *stage) number(id string) *pilotstatus.NumberClient {
	return s.NumberClient(id, s.seen.from("number"))
}

func (s *stage) tenant() *pilotstatus.TenantClient { return s.TenantClient(s.seen.from("tenant")) }

func (s *stage) view(id string) *pilotstatus.NumberView {
	return s.TenantClient(s.seen.from("view")).Number(id)
}

func (s *stage) public() *pilotstatus.PublicClient {
	client, err := pilotstatus.NewPublicClient(pilotstatus.WithBaseURL(s.URL), s.seen.from("public"))
	require.NoError(s.t, err)
	return client
}

// rows reads an iterator to its end.
func rows[T any](t *testing.T, all iter.Seq2[T, error]) []T {
	t.Helper()
	var out []T
	for row, err := range all {
		require.NoError(t, err)
		out = append(out, row)
	}
	return out
}

// requests counts the requests to an operation so far.
func (s *stage) requests(op string) int {
	var n int
	for _, r := range s.Requests() {
		if r.Op == op {
			n++
		}
	}
	return n
}

func stories() map[string]func(*stage) {
	return map[string]func(*stage){
		"messages":         (*stage).sendsAndFollows,
		"inbox":            (*stage).readsInbox,
		"media":            (*stage).downloadsMedia,
		"analytics":        (*stage).countsMessages,
		"contacts":         (*stage).checksContacts,
		"groups":           (*stage).changesGroups,
		"templates":        (*stage).writesTemplates,
		"projects":         (*stage).makesProjects,
		"outbound call":    (*stage).callsOut,
		"inbound call":     (*stage).answersCalls,
		"web call":         (*stage).callsFromWebNumber,
		"call permission":  (*stage).asksForPermission,
		"call settings":    (*stage).changesCallSettings,
		"call list":        (*stage).listsCalls,
		"leads":            (*stage).readsLeads,
		"referrals":        (*stage).readsReferrals,
		"ads":              (*stage).sumsUpAds,
		"ad accounts":      (*stage).linksAdAccounts,
		"lead pages":       (*stage).linksLeadPages,
		"lead forms":       (*stage).configuresLeadForms,
		"webhooks":         (*stage).registersWebhooks,
		"numbers":          (*stage).connectsNumber,
		"dual number":      (*stage).connectsDualNumber,
		"deleted number":   (*stage).restoresNumber,
		"number settings":  (*stage).changesNumberSettings,
		"official numbers": (*stage).addsOfficialNumbers,
		"pairing":          (*stage).pairsByLink,
		"payments":         (*stage).paysForNumber,
		"keys":             (*stage).changesKeys,
		"branding":         (*stage).changesBranding,
		"extra numbers":    (*stage).buysExtraNumbers,
		"billing":          (*stage).opensCheckouts,
		"embedding":        (*stage).makesEmbedSessions,
		"verification":     (*stage).verifiesWorkspace,
		"documents":        (*stage).sendsDocuments,
		"activation audio": (*stage).streamsAudio,
	}
}

// The SDK drives every operation of the API against the fake, from every kind of
// client that has it, in stories in which one call makes what the next one sees.
func TestStories(t *testing.T) {
	t.Parallel()
	seen := &successes{counts: map[string]int{}}
	var mu sync.Mutex
	told := 0
	t.Run("told", func(t *testing.T) {
		for name, story := range stories() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				mu.Lock()
				told++
				mu.Unlock()
				story(newStage(t, seen))
			})
		}
	})
	if told < len(stories()) || t.Failed() {
		return // -run chose some of them, or one ended early: they say nothing about the others
	}
	operations := pilotstatus.Operations(t)
	require.NotEmpty(t, operations)
	var missing []string
	for _, op := range operations {
		for client, has := range map[string]bool{
			"number": op.Number, "tenant": op.Tenant || op.Public, "view": op.View, "public": op.Public,
		} {
			if has && seen.counts[client+" "+op.Name] == 0 {
				missing = append(missing, client+" "+op.Name)
			}
		}
	}
	assert.Empty(t, missing, "never called with success")
}

// The stories go the same way when every object of every answer has a member that the
// reference does not know.
func TestStoriesWithUnknownMembers(t *testing.T) {
	t.Parallel()
	for name, story := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, &successes{counts: map[string]int{}})
			s.Tenant().UnknownFields(true)
			story(s)
		})
	}
}

// A client with the key of the other kind is told so by every route, whatever else is
// wrong with the request: the body is missing here, and no id is known.
func TestWrongScopeIsRefusedByEveryRoute(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	number, tenant := server.NumberClient("num_1"), server.TenantClient()
	for _, op := range pilotstatus.Operations(t) {
		request := pilotstatus.Request{Method: op.Method, Path: filled(op.Route)}
		switch op.Name {
		case "Key.List", "APIKeys.List":
			continue // one path: each kind of key gets the answer for its kind, see TestKeyListsShareAPath
		}
		if op.Tenant && !op.Number {
			var wrong *pilotstatus.NumberScopeError
			require.ErrorAs(t, number.Do(t.Context(), request, nil), &wrong, op.Name)
			assert.Equal(t, http.StatusForbidden, wrong.StatusCode, op.Name)
			assert.Equal(t, pilotstatus.CodeNumberScopeNotAllowed, wrong.Code, op.Name)
		}
		if op.Number && !op.Tenant {
			var wrong *pilotstatus.TenantScopeError
			require.ErrorAs(t, tenant.Do(t.Context(), request, nil), &wrong, op.Name)
			assert.Equal(t, http.StatusForbidden, wrong.StatusCode, op.Name)
			assert.Equal(t, pilotstatus.CodeTenantScopeNotAllowed, wrong.Code, op.Name)

			err := tenant.Number("num_1").Do(t.Context(), request, nil)
			assert.Equal(t, !op.View, isTenantScope(err), "%s on a view: %v", op.Name, err)
		}
	}
	for _, r := range server.Requests() {
		assert.NotEmpty(t, r.Op, "%s %s is no route of the server", r.Method, r.Path)
	}
}

func isTenantScope(err error) bool {
	var wrong *pilotstatus.TenantScopeError
	return errors.As(err, &wrong)
}

// filled puts an id into each placeholder of a route.
func filled(route string) string {
	for {
		before, rest, found := strings.Cut(route, "{")
		if !found {
			return route
		}
		_, after, _ := strings.Cut(rest, "}")
		route = before + "id_1" + after
	}
}

// Both lists of keys are one path, on which the key decides what comes.
func TestKeyListsShareAPath(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	request := pilotstatus.Request{Method: http.MethodGet, Path: "/v1/api-keys"}
	var own, all []map[string]any
	require.NoError(t, server.NumberClient("num_1").Do(t.Context(), request, &own))
	require.NoError(t, server.TenantClient().Do(t.Context(), request, &all))
	require.Len(t, own, 1)
	require.Len(t, all, 2)
	assert.NotContains(t, own[0], "key")
	assert.Contains(t, all[0], "key")
}
