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

// The terminal has no phones, tokens and texts of a request.
func TestNoticesArePrivate(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/messages/send": "/v1/messages/send", "/v1/pairing/pt_SECRETTOKEN/status": "/v1/pairing/…/status",
		"/v1/conversations/+55-11-99999-0001": "/v1/conversations/…", "/v1/messages/%2B5511999990001": "/v1/messages/…",
	} {
		assert.Equal(t, want, bare(path))
	}
	for text, want := range map[string]string{
		`type is "my secret \"words\"", not "reply"`: `type is "…", not "…"`,
		"to +55 (11) 99999-0001 at once":             "to … at once",
		"number 5511999990001":                       "number …",
		"12 of 50":                                   "12 of 50",
	} {
		assert.Equal(t, want, unnamed(text))
	}
	assert.Equal(t, "http://shop.example/hook", BareURL("http://user:pass@shop.example/hook?token=t#x"))
}
