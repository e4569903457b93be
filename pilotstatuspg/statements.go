package pilotstatuspg

// statements are the SQL texts of an outbox, written for the default schema and then
// rewritten for the schema in use. Every name is qualified: they work with an empty
// search_path. None has a * in it, so that a new column changes no result.
type statements struct {
	version string
}

func statementsIn(schema string) statements {
	in := func(statement string) string { return inSchema(statement, schema) }
	return statements{
		version: in(versionSQL),
	}
}

// versionSQL reads what Migrate made.
const versionSQL = `SELECT version, oldest FROM pilotstatus.meta`
