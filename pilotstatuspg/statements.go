package pilotstatuspg

// The SQL of an outbox is written for the schema [DefaultSchema]; [Outbox.in] rewrites it for
// the schema in use. Every name is qualified, so that an empty search_path works, and
// none has a * in it, so that a new column changes no result. Ranges are compared as rows
// and ordered by all columns of their index: the planner then has one way to go.

// versionSQL reads what Migrate made.
const versionSQL = `SELECT version, oldest FROM pilotstatus.meta`
