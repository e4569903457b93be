package pilotstatus

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLooseTakesWhatFits(t *testing.T) {
	t.Parallel()
	type inner struct {
		Name  string `json:"name"`
		Count int    `json:"count"`
	}
	type answer struct {
		Text loose[string]   `json:"text"`
		Flag loose[*bool]    `json:"flag"`
		List loose[[]string] `json:"list"`
		In   loose[inner]    `json:"in"`
		Last string          `json:"last"`
	}
	read := func(text string) answer {
		var a answer
		require.NoError(t, json.Unmarshal([]byte(text), &a), text)
		assert.Equal(t, "z", a.Last, "what follows is read: "+text)
		a.Last = ""
		return a
	}
	assert.Equal(t, answer{
		Text: loose[string]{"a"}, Flag: loose[*bool]{Ptr(false)}, List: loose[[]string]{[]string{"b"}}, In: loose[inner]{inner{"c", 2}},
	}, read(`{"text":"a","flag":false,"list":["b"],"in":{"name":"c","count":2},"last":"z"}`))
	for _, text := range []string{
		`{"text":1,"flag":"yes","list":{"b":1},"in":[],"last":"z"}`,
		`{"text":{},"flag":0,"list":["b",1],"in":{"name":"c","count":"2"},"last":"z"}`,
		`{"text":null,"flag":null,"list":null,"in":null,"last":"z"}`,
		`{"text":"a","text":1,"last":"z"}`,
		`{"last":"z"}`,
	} {
		assert.Equal(t, answer{}, read(text), text)
	}
}
