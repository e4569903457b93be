package pilotstatustest

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDocumentSize(t *testing.T) {
	t.Parallel()
	for size, ok := range map[int]bool{0: false, 1: true, 10 << 20: true, 10<<20 + 1: false} {
		text := "data:image/png;base64," + base64.StdEncoding.EncodeToString(make([]byte, size))
		assert.Equal(t, ok, checkDocument(text) == nil, size)
	}
}
