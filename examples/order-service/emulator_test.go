package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The emulator begins with the templates of this service.
func TestEmulatorHasTheTemplates(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("emulator.json")
	require.NoError(t, err)
	seed, err := pilotstatustest.ReadSnapshot(text)
	require.NoError(t, err)
	texts := func(s *pilotstatustest.Server) map[string]string {
		found := map[string]string{}
		for _, template := range s.Templates() {
			found[template.Name+" "+template.Category] = pilotstatustest.PlainText(template.Content.Body)
		}
		return found
	}
	fake := pilotstatustest.NewServer(t)
	addTemplates(fake)
	want := texts(fake)
	delete(want, "onboarding-test UTILITY") // of every fake
	assert.Len(t, want, 3)
	assert.Equal(t, want, texts(pilotstatustest.NewServer(t, pilotstatustest.WithSnapshot(seed))))
}
