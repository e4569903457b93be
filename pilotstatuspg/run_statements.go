package pilotstatuspg

// runStatements are the SQL texts of Run for the schema in use; see statements.
type runStatements struct {
	deploy                        string
	list, make, due, unhold       string
	lease, window, take, probe    string
	finish, hold, release, reHold string
	heldNow                       string
}

func runStatementsIn(schema string) runStatements {
	in := func(statement string) string { return inSchema(statement, schema) }
	return runStatements{
		deploy: in(deploySQL),
		list:   in(listSQL), make: in(makeSQL), due: in(dueSQL), unhold: in(unholdSQL),
		lease: in(leaseSQL), window: in(windowSQL), take: in(takeSQL), probe: in(probeSQL),
		finish: in(finishSQL), hold: in(holdSQL), release: in(releaseSQL), reHold: in(reHoldSQL),
		heldNow: in(heldNowSQL),
	}
}
