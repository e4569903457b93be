package emulator

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A flood of notices is counted, and the count comes with the next window.
func TestNoticesAreBounded(t *testing.T) {
	t.Parallel()
	var said []string
	n := notices{tell: func(text string) { said = append(said, text) }}
	for i := range 50 {
		n.say(strconv.Itoa(i))
	}
	assert.Len(t, said, maxNotices)
	n.began = n.began.Add(-2 * noticeWindow)
	n.say("later")
	assert.Equal(t, []string{"30 more requests or deliveries failed", "later"}, said[maxNotices:])
}
