package pilotstatuspg

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// testNow is the database's time in the tests of choose.
var testNow = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

const testLease = 30 * time.Second

// at returns a row that is due.
func at(id int64, recipient string, change ...func(*row)) row {
	r := row{chain: chain{priority: 1, recipient: recipient}, id: id}
	for _, do := range change {
		do(&r)
	}
	return r
}

func urgent(r *row) { r.priority = 0 }
func ours(r *row)   { r.ours = true }
func locked(r *row) { r.locked = true }
func late(r *row)   { r.deliverUntil = testNow }
func of(template string) func(*row) {
	return func(r *row) { r.template = template }
}
func after(d time.Duration) func(*row) { return func(r *row) { r.notBefore = testNow.Add(d) } }
func tried(ago time.Duration) func(*row) {
	return func(r *row) { r.firstAt = testNow.Add(-ago) }
}

func TestChoose(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		window []row
		firsts map[chain]int64
		number numberState
		send   []int64
		end    []int64
		hold   []int64
	}{
		"by priority, then id": {
			window: []row{at(9, "a", urgent), at(1, "a"), at(2, "b")},
			send:   []int64{9, 1, 2},
		},
		"no more than the limit": {
			window: []row{at(1, "a"), at(2, "b"), at(3, "c")}, number: numberState{limit: 2},
			send: []int64{1, 2},
		},
		"one recipient does not fill a claim": {
			window: []row{at(1, "a"), at(2, "a"), at(3, "a"), at(4, "a"), at(5, "a"), at(6, "a"), at(7, "b")},
			send:   []int64{1, 2, 3, 4, 5, 7},
		},
		"a recipient waits for its earlier message": {
			window: []row{at(1, "a", after(time.Second)), at(2, "a"), at(3, "b")},
			send:   []int64{3},
		},
		"but not for one of another priority": {
			window: []row{at(5, "a", urgent, after(time.Second)), at(6, "a")},
			send:   []int64{6},
		},
		"nor for one of the same claim, or of ours": {
			window: []row{at(1, "a", ours), at(2, "a"), at(3, "a")},
			send:   []int64{2, 3},
		},
		"it waits for one before the window": {
			window: []row{at(5, "a"), at(6, "b")}, firsts: map[chain]int64{{1, "a"}: 3},
			send: []int64{6},
		},
		"for one that another transaction has locked": {
			window: []row{at(1, "a", locked), at(2, "a"), at(3, "b")},
			send:   []int64{3},
		},
		"and for an outcome that is not written yet": {
			window: []row{at(1, "a"), at(2, "b")}, number: numberState{blocked: map[chain]bool{{1, "a"}: true}},
			send: []int64{2},
		},
		"too late": {
			window: []row{at(1, "a", late), at(2, "a")},
			send:   []int64{2}, end: []int64{1},
		},
		"too late, whatever it waits for": {
			window: []row{at(1, "a", after(time.Second)), at(2, "a", late), at(3, "a", late, tried(time.Hour), after(time.Hour))},
			end:    []int64{2, 3},
		},
		"23 hours less a lease in doubt": {
			window: []row{at(1, "a", tried(23*time.Hour-testLease)), at(2, "b", tried(23*time.Hour-testLease-time.Second))},
			send:   []int64{2}, end: []int64{1},
		},
		"a held template holds itself": {
			window: []row{at(1, "a", of("gone")), at(2, "a", of("good")), at(3, "b", of("gone"), tried(time.Minute))},
			number: numberState{holds: map[string]bool{"gone": true}},
			send:   []int64{2, 3}, hold: []int64{1},
		},
		"an outage repeats the one that waits longest, due or not": {
			window: []row{at(1, "a", tried(9*time.Second), after(5*time.Second)), at(2, "b", tried(9*time.Second), after(3*time.Second)), at(3, "c")},
			number: numberState{unknowns: 5}, send: []int64{2},
		},
		"and begins a new one for every fourth probe": {
			window: []row{at(1, "a", tried(9*time.Second)), at(2, "a"), at(3, "b", after(time.Second)), at(4, "b"), at(5, "c"), at(6, "d")},
			number: numberState{unknowns: 8}, send: []int64{5},
		},
		"or where there is no other": {
			window: []row{at(1, "a"), at(2, "b")}, number: numberState{unknowns: 7}, send: []int64{1},
		},
		"and nothing new that waits": {
			window: []row{at(1, "a", tried(9*time.Second)), at(2, "b", after(time.Second))}, number: numberState{unknowns: 8},
			send: []int64{1},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.number.lease = testLease
			if test.number.limit == 0 {
				test.number.limit = 20
			}
			got := choose(test.window, test.firsts, test.number, testNow)
			assert.Equal(t, test.send, got.send, "send")
			assert.Equal(t, test.end, got.end, "end")
			assert.Equal(t, test.hold, got.hold, "hold")
		})
	}
}

func TestChooseSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	window := []row{at(1, "a", after(9*time.Second)), at(2, "b", after(4*time.Second)), at(3, "b")}
	got := choose(window, nil, numberState{limit: 20}, testNow)
	assert.True(t, got.waits)
	assert.Equal(t, testNow.Add(4*time.Second), got.later)
	assert.False(t, choose(nil, nil, numberState{limit: 20}, testNow).waits)
}

func TestOvertaking(t *testing.T) {
	t.Parallel()
	window := []row{at(1, "a"), at(2, "b"), at(3, "a"), at(4, "b"), at(5, "a"), at(6, "a")}
	got := overtaking(window, []int64{1, 2, 3, 4, 5}, map[int64]bool{1: true, 2: true, 4: true, 5: true})
	assert.Equal(t, []int64{5}, got, "3 was locked")
}

// modelChoose says the same as choose, rule by rule and slowly: for each row alone it asks
// all the others.
func modelChoose(window []row, firsts map[chain]int64, n numberState, now time.Time) (send, end, hold []int64) {
	tooLate := func(r row) bool {
		passed := !r.deliverUntil.IsZero() && !r.deliverUntil.After(now)
		doubtful := !r.firstAt.IsZero() && !r.firstAt.After(now.Add(n.lease-23*time.Hour))
		return passed || doubtful
	}
	mine := func(r row) bool { return !r.ours && !r.locked }
	held := func(r row) bool { return r.firstAt.IsZero() && n.holds[r.template] }
	may := func(r row) bool {
		first, before := firsts[r.chain]
		due := !r.notBefore.After(now) || n.unknowns >= 5 && !r.firstAt.IsZero()
		return mine(r) && !tooLate(r) && !held(r) && due && !n.blocked[r.chain] && (!before || first > r.id)
	}
	earlier := func(r row) (rows []row) { // that r waits for if they are not sent with it
		for _, e := range window {
			if e.chain == r.chain && e.id < r.id && !e.ours && (e.locked || !tooLate(e) && !held(e)) {
				rows = append(rows, e)
			}
		}
		return rows
	}
	free := func(r row) bool {
		return may(r) && !slices.ContainsFunc(earlier(r), func(e row) bool { return !may(e) })
	}
	var again, fresh []row
	for _, r := range window {
		switch {
		case mine(r) && tooLate(r):
			end = append(end, r.id)
		case mine(r) && held(r):
			hold = append(hold, r.id)
		case n.unknowns < 5 && free(r) && len(earlier(r)) < 5 && len(send) < n.limit:
			send = append(send, r.id)
		case n.unknowns >= 5 && may(r) && len(earlier(r)) == 0 && r.firstAt.IsZero():
			fresh = append(fresh, r)
		case n.unknowns >= 5 && may(r) && len(earlier(r)) == 0:
			again = append(again, r)
		}
	}
	slices.SortStableFunc(again, func(a, b row) int { return a.notBefore.Compare(b.notBefore) })
	probes := slices.Concat(again, fresh)
	if n.unknowns%4 == 0 && len(fresh) > 0 {
		probes = fresh
	}
	if n.unknowns >= 5 && n.limit > 0 && len(probes) > 0 {
		send = []int64{probes[0].id}
	}
	return send, end, hold
}

// randomNumber draws a window and a number from a small world, in which rules meet often.
func randomNumber(rnd *rand.Rand) ([]row, map[chain]int64, numberState) {
	often := func(percent int) bool { return rnd.IntN(100) < percent }
	recipient := func() string { return string(rune('a' + rnd.IntN(1+rnd.IntN(8)))) }
	window := make([]row, rnd.IntN(40))
	for i := range window {
		r := at(int64(i+10), recipient(), of([]string{"", "x", "y"}[rnd.IntN(3)]))
		r.priority = int16(rnd.IntN(3))
		r.ours, r.locked = often(10), often(5)
		if often(20) {
			after(time.Duration(rnd.IntN(9)-4) * time.Second)(&r)
		}
		if often(10) {
			r.deliverUntil = testNow.Add(time.Duration(rnd.IntN(3)-1) * time.Second)
		}
		if often(20) {
			tried([]time.Duration{time.Second, 22 * time.Hour, 23*time.Hour - testLease, 24 * time.Hour}[rnd.IntN(4)])(&r)
		}
		window[i] = r
	}
	slices.SortFunc(window, func(a, b row) int { return (int(a.priority)-int(b.priority))*1000 + int(a.id-b.id) })
	n := numberState{
		lease: testLease, limit: rnd.IntN(25), unknowns: rnd.IntN(12),
		holds: map[string]bool{"x": often(30)}, blocked: map[chain]bool{},
	}
	firsts := map[chain]int64{}
	for range rnd.IntN(3) {
		firsts[chain{int16(rnd.IntN(3)), recipient()}] = int64(rnd.IntN(10))
		n.blocked[chain{int16(rnd.IntN(3)), recipient()}] = true
	}
	return window, firsts, n
}

// checkChoice compares choose with its model.
func checkChoice(t *testing.T, rnd *rand.Rand) {
	t.Helper()
	window, firsts, n := randomNumber(rnd)
	before := slices.Clone(window)
	got := choose(window, firsts, n, testNow)
	send, end, hold := modelChoose(window, firsts, n, testNow)
	world := fmt.Sprintf("\nwindow %+v\nfirsts %v\nnumber %+v", window, firsts, n)
	assert.Equal(t, send, got.send, "send"+world)
	assert.Equal(t, end, got.end, "end"+world)
	assert.Equal(t, hold, got.hold, "hold"+world)
	assert.Equal(t, before, window, "choose changed the window")
}

func TestChooseLikeItsModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20_000) {
		checkChoice(t, rand.New(rand.NewPCG(seed, 1)))
		if t.Failed() {
			return
		}
	}
}

func FuzzChoose(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) { checkChoice(t, rand.New(rand.NewPCG(a, b))) })
}

// TestOvertakingKeepsOrder draws what other transactions lock: of what goes out, nothing
// is later than a chosen one of its chain that does not.
func TestOvertakingKeepsOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2_000) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		window, firsts, n := randomNumber(rnd)
		chosen := choose(window, firsts, n, testNow).send
		taken := map[int64]bool{}
		for _, id := range chosen {
			if rnd.IntN(4) > 0 {
				taken[id] = true
			}
		}
		goes := maps.Clone(taken)
		for _, id := range overtaking(window, chosen, taken) {
			delete(goes, id)
		}
		byID := map[int64]row{}
		for _, r := range window {
			byID[r.id] = r
		}
		for _, id := range chosen {
			missing := slices.ContainsFunc(chosen, func(e int64) bool {
				return byID[e].chain == byID[id].chain && e < id && !goes[e]
			})
			assert.Equal(t, taken[id] && !missing, goes[id], "seed %d, row %d", seed, id)
		}
	}
}
