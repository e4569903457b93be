package pilotstatustest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The API cannot bring a workspace to one number here.
func TestWorkspaceOfOneNumber(t *testing.T) {
	t.Parallel()
	s := newState(clock{})
	c := &call{state: s, key: s.tenantKey}
	n, refused := c.leadNumber(nil)
	assert.Nil(t, n)
	assert.Equal(t, "NUMBER_REQUIRED", refused.code)
	assert.Empty(t, s.pageBlocker())

	s.numbers = s.numbers[:1]
	n, refused = c.leadNumber(nil)
	assert.Nil(t, refused)
	assert.Equal(t, "num_1", n.id, "the only one need not be named")
	assert.Equal(t, "NO_OFFICIAL_NUMBER", s.pageBlocker())
}
