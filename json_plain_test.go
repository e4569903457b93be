package pilotstatus

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plainSeeds are answers to a send; plain says which of them are read without JSON v2.
func plainSeeds() map[string]bool {
	return map[string]bool{
		benchAnswer:  true,
		testAccepted: true,
		" {\r\n\t\"id\" : \"msg_1\" ,\n\"flowToken\":\tnull } ": true,
		`{"id":"msg_1","id":"msg_2"}`:                           true,
		`{"id":"msg_1","unknown":"x","":"y"}`:                   true,
		`{"id":"msg_1","createdAt":"soon"}`:                     true,
		`{"id":"msg_1","createdAt":null,"createdAt":""}`:        true,
		`{"id":"msg_1","id":null}`:                              false,
		`{"ID":"msg_1"}`:                                        false,
		`{"id":"msg_1","count":1}`:                              false,
		`{"id":"msg_1","nested":{"id":"msg_2"}}`:                false,
		`{"id":"msg_\u0031"}`:                                   false,
		`{"id":"msg_1","origin":"Recepção"}`:                    false,
		"{\"id\":\"msg_1\x00\"}":                                false,
		"{\"id\":\"msg_1\",\"origin\":\"\xff\"}":                false,
		`{"id":"msg_1"`:                                         false,
		`{"id":"msg_1",}`:                                       false,
		`{"id":"msg_1"}}`:                                       false,
		`{"id":"msg_1"} {}`:                                     false,
		`{"id":"msg_1","flowToken":nullx}`:                      false,
		`{"id":"msg_1","flowToken":null"x"}`:                    false,
		`{"id":"msg_1" "x":"y"}`:                                false,
		`{"id""msg_1"}`:                                         false,
		"{\"id\":\"msg_1\"\v}":                                  false,
		`{null:"x","id":"msg_1"}`:                               false,
		`{}`:                                                    false,
		`[]`:                                                    false,
		``:                                                      false,
		`null`:                                                  false,
	}
}

// checkPlain compares what an answer is for the plain reader and for JSON v2.
func checkPlain(t *testing.T, text []byte) bool {
	t.Helper()
	plain, want := Accepted{FlowToken: "from before"}, Accepted{}
	if !plain.readPlain(text) {
		return false
	}
	require.NoError(t, unmarshalAnswer(text, &want), "%q", text)
	assert.Equal(t, want, plain, "%q", text)
	return true
}

// What is read plainly is what JSON v2 reads.
func TestPlainAnswers(t *testing.T) {
	t.Parallel()
	for text, plain := range plainSeeds() {
		assert.Equal(t, plain, checkPlain(t, []byte(text)), text)
	}
	long := `{"id":"msg_1","x":"` + strings.Repeat("y", maxPlainObject) + `"}`
	assert.False(t, checkPlain(t, []byte(long)), "it would keep a long text in memory")
}

func FuzzPlainAnswers(f *testing.F) {
	for text := range plainSeeds() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkPlain(t, text) })
}
