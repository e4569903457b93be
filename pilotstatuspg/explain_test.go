package pilotstatuspg

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
)

// planNode is a part of a plan.
type planNode struct {
	Type  string     `json:"Node Type"`
	Table string     `json:"Relation Name"`
	Hit   int        `json:"Shared Hit Blocks"`
	Read  int        `json:"Shared Read Blocks"`
	Plans []planNode `json:"Plans"`
}

// scansMessages reports whether the plan reads the whole table of messages, or of contacts.
func (n planNode) scansMessages() bool {
	if n.Type == "Seq Scan" && (n.Table == "message" || n.Table == "contact" || n.Table == "unconfirmed" || n.Table == "receipt") {
		return true
	}
	for _, part := range n.Plans {
		if part.scansMessages() {
			return true
		}
	}
	return false
}

// explain runs a statement with its generic plan, in a transaction that is rolled back.
func explain(t *testing.T, conn *pgx.Conn, statement string, args ...string) planNode {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { assert.NoError(t, tx.Rollback(t.Context())) }()
	_, err = tx.Exec(t.Context(), "PREPARE explained AS "+statement)
	require.NoError(t, err)
	defer func() {
		_, err := tx.Exec(t.Context(), "DEALLOCATE explained")
		assert.NoError(t, err)
	}()
	execute := "EXECUTE explained"
	if len(args) > 0 {
		execute += "(" + strings.Join(args, ", ") + ")"
	}
	var text string
	require.NoError(t, tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+execute).Scan(&text))
	var plans []struct{ Plan planNode }
	require.NoError(t, json.Unmarshal([]byte(text), &plans))
	return plans[0].Plan
}

// TestPlansReadIndexes has the statements of Run under four kinds of statistics: none
// reads the table of messages, nor many pages of its indexes.
func TestPlansReadIndexes(t *testing.T) {
	t.Parallel()
	const fill = `
INSERT INTO pilotstatus.message (number_id, key, wire_key, recipient, body, body_hash, state, settled_at, not_before)
SELECT 'n' || i % 20, 'k' || i, 'k' || i, 'r' || i % 1000, '', '',
	CASE WHEN i % 10 = 0 THEN 'pending' WHEN i % 10 = 1 THEN 'scheduled' ELSE 'accepted' END,
	CASE WHEN i % 10 > 1 THEN now() END, CASE WHEN i % 10 = 1 THEN now() + interval '1 day' ELSE 'epoch' END
FROM generate_series(1, 40000) i`
	analyze := "ANALYZE pilotstatus.message"
	// A server of its own: a snapshot of another test would keep VACUUM from its work.
	server, err := pgserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	pool := newPool(t, server.DSN)
	for name, steps := range map[string][]string{
		"never analyzed":          {fill},
		"analyzed while empty":    {analyze, fill},
		"analyzed while full":     {fill, "UPDATE pilotstatus.message SET state = 'pending' WHERE state = 'accepted'", analyze, "UPDATE pilotstatus.message SET state = 'accepted' WHERE id % 10 <> 0", "VACUUM pilotstatus.message"},
		"nearly all are accepted": {fill, "UPDATE pilotstatus.message SET state = 'accepted' WHERE id % 130 <> 0", "VACUUM ANALYZE pilotstatus.message"},
	} {
		t.Run(name, func(t *testing.T) {
			schema := strings.ReplaceAll(name, " ", "_")
			require.NoError(t, Migrate(t.Context(), pool, schema))
			outbox, err := New(Options{Schema: schema})
			require.NoError(t, err)
			s := &story{T: t, outbox: outbox, pool: pool}
			for _, step := range append([]string{"ALTER TABLE pilotstatus.message SET (autovacuum_enabled = false)"}, steps...) {
				s.exec(step)
			}
			s.exec("INSERT INTO pilotstatus.number (number_id, lease) SELECT 'n' || i, 7 FROM generate_series(0, 19) i")
			s.exec("UPDATE pilotstatus.message SET fallback = 'x', fallback_template = 'x' WHERE open AND id % 4 = 0")
			s.exec("UPDATE pilotstatus.reconcile SET lease = 7")
			s.exec(`INSERT INTO pilotstatus.unconfirmed (message_id, number_id, accepted_id, settled_at, check_at)
				SELECT id, number_id, key, now(), now() + make_interval(mins => (id % 100 - 50)::int) FROM pilotstatus.message`)
			s.exec(`INSERT INTO pilotstatus.contact (contact, number_id, last_inbound_at)
				SELECT 'r' || i, 'n' || j, now() FROM generate_series(1, 1000) i, generate_series(0, 19) j`)
			s.exec("INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at) VALUES ('n1', 'x', '', now())")
			conn, err := pgx.Connect(t.Context(), s.pool.Config().ConnString())
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, conn.Close(t.Context())) })
			_, err = conn.Exec(t.Context(), settings)
			require.NoError(t, err)
			ids := value[string](t, s.pool, s.outbox.in(`SELECT 'ARRAY[' || string_agg(m.id::text, ',') || ']::bigint[]' FROM
				(SELECT id FROM pilotstatus.message WHERE open AND number_id = 'n10' ORDER BY id LIMIT 20) m`))
			for statement, args := range map[string][]string{
				listSQL:          {"180", "900"},
				dueSQL:           {"1000"},
				unholdSQL:        {"1000"},
				leaseSQL:         {"'n10'", "8", "30", "180", "3600", "900"},
				windowSQL:        {"'n10'", "7", "0", "0", "0", "100", "2"},
				takeSQL:          {"'n10'", "7", "30", ids, fmt.Sprintf("array_fill(true, ARRAY[cardinality(%s)])", ids), "900"},
				reconcileLookSQL: {"7", "3600", "0", "20", "'{READ}'"},
				reconcileDueSQL:  {"10", "'{n3}'", "'{READ}'", "3600"},
				reconcileNextSQL: {"4711", "false", "60"},
				contactSQL:       {"'r10'", "'n10'", "now()"},
				windowOpenSQL:    {"'r10'", "'n10'"},
				probeSQL:         {"'n10'", "'x'", "7"},
				heldNowSQL:       {"'n10'", ids, "7"},
				finishSQL: {
					"'n10'", "7", ids, "array_fill('accepted'::text, ARRAY[20])", "array_fill('a'::text, ARRAY[20])", "array_fill(''::text, ARRAY[20])",
					"array_fill(0::float8, ARRAY[20])", "array_fill(1::smallint, ARRAY[20])", "30", "0", "3600", "''", "60", "false", "0",
				},
			} {
				plan := explain(t, conn, s.outbox.in(statement), args...)
				assert.False(t, plan.scansMessages(), statement)
				assert.LessOrEqual(t, plan.Hit+plan.Read, 600, "pages of "+statement)
			}
		})
	}
}
