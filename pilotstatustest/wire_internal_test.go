package pilotstatustest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecodeTakesExactNames(t *testing.T) {
	t.Parallel()
	var v struct {
		Plain    int  `json:"plain"`
		Optional *int `json:"optional,omitempty"`
		NoTag    int
		hidden   int
	}
	require.NoError(t, decode([]byte(`{"plain":1,"optional":2,"Plain":3,"NoTag":4,"":5,"hidden":6}`), &v))
	assert.Equal(t, 1, v.Plain)
	assert.Equal(t, 2, value(v.Optional))
	assert.Zero(t, v.NoTag+v.hidden)
	require.Error(t, decode([]byte(`null`), &v))
	require.ErrorContains(t, decode([]byte(`{"optional":"2"}`), &v), "optional: ")
}
