package pilotstatuspg

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
)

// The statements of users' own connections, which have no settings of ours, under four
// kinds of statistics: none reads the whole table of messages, nor many pages.
func TestPlansOfCare(t *testing.T) {
	t.Parallel()
	const open = "(ARRAY['pending', 'scheduled', 'held', 'parked', 'sending'])[1 + i / 50 % 5]"
	server, err := pgserver.Start(t.Context()) // VACUUM shall not wait for other tests
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	pool := newPool(t, server.DSN)
	exec := func(o *Outbox, statement string) {
		_, err := pool.Exec(t.Context(), o.in(statement))
		require.NoError(t, err)
	}
	const settle = `UPDATE pilotstatus.message SET state = 'accepted', settled_at = now() - interval '60 days' WHERE id % 50 <> 0`
	for name, steps := range map[string]func(o *Outbox){
		"never analyzed": func(o *Outbox) {
			fill(t, o, pool, 19, 40_000, "CASE WHEN i % 50 = 0 THEN "+open+" ELSE 'accepted' END")
		},
		"analyzed while empty": func(o *Outbox) {
			exec(o, "ANALYZE pilotstatus.message")
			fill(t, o, pool, 19, 40_000, "CASE WHEN i % 50 = 0 THEN "+open+" ELSE 'accepted' END")
		},
		"analyzed while full": func(o *Outbox) {
			fill(t, o, pool, 19, 40_000, open)
			exec(o, "ANALYZE pilotstatus.message")
			exec(o, settle)
			exec(o, "VACUUM pilotstatus.message")
		},
		"nearly all are accepted": func(o *Outbox) {
			fill(t, o, pool, 19, 40_000, open)
			exec(o, settle)
			exec(o, "VACUUM ANALYZE pilotstatus.message")
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := New(Options{Schema: strings.ReplaceAll(name, " ", "_")})
			require.NoError(t, err)
			require.NoError(t, Migrate(t.Context(), pool, o.Schema()))
			exec(o, `ALTER TABLE pilotstatus.message SET (autovacuum_enabled = false); ALTER TABLE pilotstatus.receipt SET (autovacuum_enabled = false)`)
			steps(o)
			exec(o, `UPDATE pilotstatus.message SET accepted_id = 'msg_' || id WHERE state = 'accepted';
				INSERT INTO pilotstatus.receipt (accepted_id, status) SELECT accepted_id, 'READ' FROM pilotstatus.message WHERE accepted_id <> ''`)
			conn, err := pgx.Connect(t.Context(), server.DSN)
			require.NoError(t, err)
			defer func() { assert.NoError(t, conn.Close(t.Context())) }()
			ids := "ARRAY[50, 100, 150]::bigint[]"
			for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
				_, err := conn.Exec(t.Context(), "RESET ALL; SET plan_cache_mode = "+mode)
				require.NoError(t, err)
				check := func(statements map[string][]string) {
					for statement, args := range statements {
						pages := 200
						switch statement {
						case statsSQL: // 19 numbers, 640 rows that are open, held or parked
							pages = 1500
						case emptySQL, parkOpenSQL: // 30 and 90 rows, and their entries in nine indexes
							pages = 2000
						}
						plan := explain(t, conn, o.in(statement), args...)
						assert.False(t, plan.scansMessages(), mode+statement)
						assert.LessOrEqual(t, plan.Hit+plan.Read, pages, mode+" pages of "+statement)
					}
				}
				check(map[string][]string{
					enqueueSQL: {
						"'num_1'", "'{0}'", "'{k}'", "'{r}'", "'{NULL}'", "'{x}'", "'{x}'", "'{NULL}'", "NULL",
						"'" + o.sequence() + "'", "1", "NULL", "'c'", "true", "'{NULL}'", "NULL",
					},
					knownSQL:          {"'num_1'", "'{a,b}'"},
					getSQL:            {"'num_1'", "'a'"},
					forEventSQL:       {"'msg_77'"},
					cancelSQL:         {"'num_1'", "'a'"},
					keysIDsSQL:        {"'num_1'", "'{a,b}'"},
					wasSentSQL:        {ids, "'msg'"},
					sendAgainSQL:      {ids, "60"},
					dropSQL:           {ids},
					forgetSQL:         {"'phone:17'"},
					parkOpenSQL:       {"'r'", "30"},
					emptySQL:          {"3600", "30"},
					deleteSQL:         {"3600", "30"},
					deleteReceiptsSQL: {"3600", "30"},
				})
				_, err = conn.Exec(t.Context(), strings.ReplaceAll(planSQL, "LOCAL ", ""))
				require.NoError(t, err)
				check(map[string][]string{
					parkedSQL:    {"'num_1'", "0", "100"},
					parkedIDsSQL: {"'num_1'", "0", "100"},
					statsSQL:     {"100"},
				})
			}
		})
	}
}
