package emulator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A body that would grow by its indentation, or has very many parts, is cut before.
func TestAHostileBodyIsCut(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), "[" + strings.Repeat("[],", 300_000) + "[]]",
	} {
		shown := 0
		for _, one := range pretty([]byte(body), nil) {
			shown += len(one.Text)
		}
		assert.Less(t, shown, 2*maxShown)
	}
}
