package emulator

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// chosenKind is the kind that the form of the dial shows.
func (w *pageWorld) chosenKind() string {
	w.t.Helper()
	found := regexp.MustCompile(`<option value="([^"]*)" selected>`).FindStringSubmatch(
		regexp.MustCompile(`(?s)<select name="kind">.*?</select>`).FindString(w.view("faults")))
	require.Len(w.t, found, 2)
	return found[1]
}

// Each kind of the form is a fault of its own, which the form shows again.
func TestTheKindsOfTheDial(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	assert.Equal(t, dialMixed, w.chosenKind())
	for kind, want := range map[string]pilotstatustest.Fault{
		dialMixed:  {},
		dialStatus: {Status: http.StatusInternalServerError, Code: "INTERNAL_ERROR"},
		dialReset:  {Reset: true},
		dialLost:   {Processed: true, Reset: true},
	} {
		want.OfHundred, want.Seed = 7, 11
		w.acted("faults", "do", "dial", "percent", "7", "seed", "11", "kind", kind)
		all := w.fake.Faults()
		require.Len(t, all, 1, kind)
		got := all[0].Fault
		got.Header = nil
		assert.Equal(t, want, got, kind)
		assert.Equal(t, kind, w.chosenKind())
		assert.NotContains(t, w.view("faults"), `value="`+dialOther+`"`, kind)
	}
	w.acted("faults", "do", "dial", "percent", "7", "seed", "11", "kind", dialReset, "off", "yes")
	assert.Empty(t, w.fake.Faults())
}

// What a dial of the form breaks is broken in the way of its kind.
func TestTheDialBreaksAsItsKindSays(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.acted("faults", "do", "dial", "percent", "100", "seed", "11", "kind", dialStatus)
	got := w.do(http.MethodPost, sendURL, `{"destinationNumber":"`+hers+`","text":"Hello"}`, "X-Api-Key", w.fake.NumberKey("num_1"), "Content-Type", "application/json")
	assert.Equal(t, http.StatusInternalServerError, got.Code)
	assert.Contains(t, got.Body.String(), "INTERNAL_ERROR")
	assert.Zero(t, w.fake.FindMessages(pilotstatustest.MessageQuery{}).Total)
}

// A kind that only a test can set stays when the form sets the rest.
func TestTheDialKeepsTheKindOfATest(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.fake.Inject(pilotstatustest.Fault{OfHundred: 3, Seed: 5, Status: http.StatusTooManyRequests, Code: "RATE_LIMITED", Times: -1})
	assert.Equal(t, dialOther, w.chosenKind())
	assert.Contains(t, w.view("faults"), "429 RATE_LIMITED")
	w.acted("faults", "do", "dial", "percent", "9", "seed", "6", "kind", dialOther)
	all := w.fake.Faults()
	require.Len(t, all, 1)
	assert.Equal(t, []any{9, uint64(6), http.StatusTooManyRequests, "RATE_LIMITED"}, []any{all[0].OfHundred, all[0].Seed, all[0].Status, all[0].Code})
	w.acted("faults", "do", "dial", "percent", "9", "seed", "6", "kind", dialMixed)
	assert.Zero(t, w.fake.Faults()[0].Status)
	for _, form := range [][]string{{"kind", "everything"}, {"percent", "101"}, {"seed", "-1"}} {
		refused := w.act("faults", append([]string{"do", "dial", "percent", "9", "seed", "6"}, form...)...)
		assert.Equal(t, http.StatusUnprocessableEntity, refused.Code, form)
		assert.Len(t, w.fake.Faults(), 1, form)
	}
}
