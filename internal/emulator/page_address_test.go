package emulator

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// An id of a tenant leads nowhere else.
func TestAnAddressOfATenantLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	for _, id := range []string{"https:evil.example", "%5C%5Cevil.example", "javascript:alert(1)", "%2F%2Fevil.example", ""} {
		got := w.do(http.MethodGet, "/t/"+id, "")
		assert.Equal(t, http.StatusNotFound, got.Code, id)
		assert.Empty(t, got.Header().Get("Location"), id)
	}
}
