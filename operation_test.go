package pilotstatus

import (
	"encoding/csv"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The list of the API's operations and the table say the same, row by row.
func TestOperationTable(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/operations.csv")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	rows = rows[1:] // the header

	table := operationTable(t)
	require.Equal(t, len(rows), len(table), "testdata/operations.csv and operation.go have different numbers of rows") //nolint:testifylint // Len prints all of them
	scopes := map[string]scopeSet{
		"number":        forNumber,
		"number+view":   forNumber | forView,
		"both":          forNumber | forTenant,
		"both+view":     forNumber | forTenant | forView,
		"tenant":        forTenant,
		"public+tenant": forPublic, // the tenant client makes these calls without its key
	}
	for i, row := range rows {
		op := table[i]
		assert.Equal(t, row[0], op.name)
		assert.Equal(t, row[1], op.method, op.name)
		assert.Equal(t, row[2], op.route, op.name)
		assert.Equal(t, scopes[row[3]], op.scopes, op.name)
		assert.Equal(t, row[4], op.retry.String(), op.name)
	}
}

// Every operation has a case of its own, so that the tests of all operations call it.
func TestOperationsHaveACase(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{}
	for _, c := range operationCases() {
		cases[c.op] = true
	}
	for _, op := range operationTable(t) {
		assert.True(t, cases[op.name], "%s has no case in operation_cases_….go", op.name)
	}
}

func TestPathEscapesEveryID(t *testing.T) {
	t.Parallel()
	for id, escaped := range map[string]string{
		"msg_1":                 "msg_1",
		"wamid.HBg/x+y==":       "wamid.HBg%2Fx%2By%3D%3D",
		"120363@g.us":           "120363%40g.us",
		"id#x?y":                "id%23x%3Fy",
		"a b":                   "a%20b",
		"..a/numbers":           "..a%2Fnumbers",
		"%2e%2ex":               "%252e%252ex",
		"é":                     "%C3%A9",
		"Sends":                 "Sends",
		strings.Repeat("x", 20): strings.Repeat("x", 20),
	} {
		m := newMockAPI(t)
		m.RegisterNoResponder(jsonResponder(http.StatusOK, `{"id":"msg_1"}`))
		_, err := m.number(t).Messages.Get(t.Context(), id)
		require.NoError(t, err, id)
		assert.Equal(t, testBase+"/v1/messages/"+escaped, m.Requests()[0].URL)
	}
}

func TestPathRefusesWhatIsNoID(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant := m.number(t), m.tenant(t)
	for _, id := range []string{
		"", " ", "\t", ".", "..", "a\nb", "a\x00", "a\u0085b",
		"/", "%20", "%252F", "%2e%2e", "%252E.", "../numbers", "a/../b", "a%2F..", "a%00", "a%250a",
	} {
		_, err := number.Messages.Get(t.Context(), id)
		requireValidation(t, err, "id")
		_, err = tenant.Numbers.Get(t.Context(), id, GetNumberOptions{})
		requireValidation(t, err, "id")
		_, err = tenant.Pairing.Info(t.Context(), id)
		requireValidation(t, err, "token")
	}
	for _, word := range []string{
		"history", "unread", "group", "opt-in", "cancel", "send", "typing",
		"History", "HISTORY", "%68istory", "%2568istory", "his%74ORY", "history%20", " history", "history/", "%2Fhistory",
	} {
		_, err := number.Messages.Get(t.Context(), word)
		requireValidation(t, err, "id")
	}
	for _, word := range []string{"check", "meta", "remote-pairing", "Meta", "remote%2Dpairing", "%2563heck"} {
		_, err := tenant.Numbers.Get(t.Context(), word, GetNumberOptions{})
		requireValidation(t, err, "id")
	}
	assert.Empty(t, m.Requests())
}

// Every word that another route of the table has in the place of an id is refused
// as one.
func TestNeighboursCoverTheTable(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\{[^}]+\}`)
	table := operationTable(t)
	for _, op := range table {
		prefix, _, found := strings.Cut(op.route, "{")
		if !found {
			continue
		}
		for _, other := range table {
			rest, ok := strings.CutPrefix(other.route, prefix)
			word, _, _ := strings.Cut(rest, "/")
			if !ok || word == "" || placeholder.MatchString(word) {
				continue
			}
			assert.Contains(t, neighbors(op.route), word, "%s takes %s for an id", op.name, other.name)
		}
	}
}
