package emulator

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAPhoneIsWrittenInGroups(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+12025550143":         "+1 202 555 0143",
		"+442079460958":        "+44 207 946 0958",
		"+61491570156":         "+61 491 570 156",
		"+5511999998888":       "+55 119 9999 8888",
		"+551130004001":        "+55 113 000 4001",
		"+35312345678":         "+353 1234 5678",
		"+1202":                "+1202",
		"12025550143":          "12025550143",
		"+1202555014x":         "+1202555014x",
		"120363000000001@g.us": "120363000000001@g.us",
		"":                     "",
	} {
		assert.Equal(t, want, phone(text), text)
	}
}

// A phone is found as the page writes it, and in other ways.
func TestAPhoneIsFoundWithItsGroups(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.send("hello", "num_1", `"text":"Hello on 12 05"`)
	for _, query := range []string{"%2B1+202+555+0143", "(202)+555-0143", "2025550143"} {
		assert.Contains(t, w.view("search?q="+query), `data-id="`+w.chat("num_1", hers)+`"`, query)
	}
	assert.Contains(t, w.view("search?q=12+05"), "1 message")
}
