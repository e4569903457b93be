package pilotstatustest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecodeTakesExactNames(t *testing.T) {
	t.Parallel()
	type part struct {
		Plain int `json:"plain"`
	}
	var v struct {
		part

		Optional *int   `json:"optional,omitempty"`
		Inner    part   `json:"inner"`
		List     []part `json:"list"`
		hidden   int
	}
	require.NoError(t, decode([]byte(` {"plain":1,"optional":2,"Plain":3,"":5,"hidden":6,"inner":{"Plain":7},"list":[{"PLAIN":8}]}`), &v))
	assert.Equal(t, 1, v.Plain)
	assert.Equal(t, 2, value(v.Optional))
	assert.Zero(t, v.hidden+v.Inner.Plain+v.List[0].Plain)
	require.NoError(t, decode([]byte(`{"plain":null}`), &v))
	assert.Equal(t, 1, v.Plain)
	for _, wrong := range []string{"", "null", "[]", "{", `{"plain":1}{}`} {
		require.Error(t, decode([]byte(wrong), &v), wrong)
	}
	require.ErrorContains(t, decode([]byte(`{"optional":"2"}`), &v), ".optional ")
}
