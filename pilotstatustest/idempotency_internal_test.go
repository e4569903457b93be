package pilotstatustest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)
	keys := repeatState{places: map[digest]int{}, limit: 3}
	add := func(name byte, at time.Time) {
		keys.add(remembered{key: digest{name}, receipt: receipt{at: at.UnixMilli()}}, at)
	}
	known := func(now time.Time) (names string) {
		for name := byte('a'); name <= 'z'; name++ {
			if first := keys.find(digest{name}, now); first != nil {
				assert.Equal(t, digest{name}, first.key)
				names += string(rune(name))
			}
		}
		return names
	}
	for name := byte('a'); name <= 'e'; name++ {
		add(name, start)
	}
	assert.Equal(t, "cde", known(start), "the oldest are dropped")
	assert.Len(t, keys.first, 3)
	assert.Len(t, keys.places, 3)

	later := start.Add(keyLife)
	assert.Empty(t, known(later))
	add('d', later)
	assert.Len(t, keys.first, 1, "what has expired is dropped too")
	assert.Len(t, keys.places, 1)
	assert.Equal(t, "d", known(later))
}

// A key that was used again is not dropped with its first use.
func TestAKeyIsDroppedWithItsLastUse(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)
	keys := repeatState{places: map[digest]int{}, limit: 3}
	for _, one := range []remembered{
		{key: digest{'b'}, receipt: receipt{at: now.UnixMilli()}},
		{key: digest{'a'}, receipt: receipt{at: now.Add(-2 * keyLife).UnixMilli()}}, // was held for long
		{key: digest{'a'}, receipt: receipt{at: now.UnixMilli(), serial: 7}},
		{key: digest{'c'}, receipt: receipt{at: now.UnixMilli()}},
	} {
		keys.add(one, now)
	}
	assert.Nil(t, keys.find(digest{'b'}, now))
	assert.Equal(t, 7, keys.find(digest{'a'}, now).serial)
}
