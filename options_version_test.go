package pilotstatus_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// The newest entry of the changelog is that of this version.
func TestVersionIsTheNewestOfTheChangelog(t *testing.T) {
	t.Parallel()
	changelog, err := os.ReadFile("CHANGELOG.md")
	require.NoError(t, err)
	newest := regexp.MustCompile(`(?m)^## \[?(\d+\.\d+\.\d+\S*?)\]?(?: |$)`).FindSubmatch(changelog)
	require.NotNil(t, newest, "the changelog has no entry")
	assert.Equal(t, pilotstatus.Version, string(newest[1]))
}
