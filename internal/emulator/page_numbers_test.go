package emulator

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of many numbers those in one state can be chosen; few have no such choice.
func TestNumbersByState(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	add := func(i int) {
		w.acted("numbers", "do", "number", "name", fmt.Sprintf("Desk %d", i), "phone", fmt.Sprintf("+120255501%02d", i))
	}
	for i := len(w.fake.Numbers()); i < fewNumbers; i++ {
		add(i)
	}
	require.NotContains(t, w.view("numbers"), `aria-label="State"`)
	add(fewNumbers)
	all := w.fake.Numbers()
	require.Len(t, all, fewNumbers+1)
	w.acted("numbers", "do", "connect", "number", all[4].ID)
	w.acted("numbers", "do", "connect", "number", all[5].ID)
	w.acted("numbers", "do", "disconnect", "number", all[5].ID)
	w.acted("numbers", "do", "block", "number", all[1].ID)

	open, scan := []string{all[0].ID, all[4].ID}, []string{all[2].ID, all[3].ID, all[6].ID, all[7].ID, all[8].ID}
	cards := regexp.MustCompile(`<article [^>]*data-id="([^"]*)"`)
	for state, want := range map[string][]string{"open": open, "scan QR": scan, "closed": {all[5].ID}, "blocked": {all[1].ID}, "nothing": nil} {
		got := w.view(with("numbers", "state", state))
		var ids []string
		for _, one := range cards.FindAllStringSubmatch(got, -1) {
			ids = append(ids, one[1])
		}
		assert.Equal(t, want, ids, state)
		assert.Equal(t, len(want) == 0, strings.Contains(got, "No number is in this state"), state)
		for _, word := range []string{"all 9", "open 2", "scan QR 5", "closed 1", "blocked 1"} {
			assert.Contains(t, got, ">"+word+"</a>", state)
		}
		if len(want) > 0 {
			assert.Regexp(t, `aria-current="true">`+state+" ", got)
		}
	}
	everything := w.view("numbers")
	assert.Len(t, cards.FindAllString(everything, -1), len(all))
	assert.Contains(t, everything, `aria-current="true">all 9</a>`)
	to := with("numbers", "state", "open")
	assert.Equal(t, to, w.acted(to, "do", "disconnect", "number", all[4].ID), "the choice stays")
}

// A code that expired is not shown, and another one is when the service or the page asks.
func TestACodeExpiresByTheForm(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.acted("numbers", "do", "number", "name", "Harbor Bakery", "phone", "+12025550117")
	id := w.fake.Numbers()[2].ID
	code := func() string {
		found := regexp.MustCompile(`<img src="(qr[^"]*)"`).FindStringSubmatch(w.view("numbers"))
		if found == nil {
			return ""
		}
		return found[1]
	}
	first := code()
	require.NotEmpty(t, first)
	assert.Contains(t, w.view("numbers"), `value="expire"`)
	assert.Equal(t, "numbers", w.acted("numbers", "do", "expire", "number", id))
	assert.Empty(t, code())
	got := w.view("numbers")
	assert.Contains(t, got, "No code is shown")
	assert.NotContains(t, got, `value="expire"`)
	assert.Empty(t, w.fake.Numbers()[2].Devices[0].QRCode)
	assert.Equal(t, "scan QR", stateOf(w.fake.Numbers()[2]).Word)
	w.acted("numbers", "do", "show-code", "number", id)
	assert.NotEmpty(t, code())
	assert.NotEqual(t, first, code())
}

// A number that was disconnected says since when.
func TestDisconnectedSince(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	id := w.fake.Numbers()[0].ID
	w.acted("numbers", "do", "disconnect", "number", id)
	at := w.fake.Numbers()[0].Disconnected
	assert.Contains(t, w.view("numbers"), "Disconnected since "+at.UTC().Format("15:04")+".")
	w.acted("numbers", "do", "connect", "number", id)
	assert.NotContains(t, w.view("numbers"), "Disconnected since")
}
