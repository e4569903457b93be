package pilotstatustest

func inboxRoutes() []route { return nil }

// inboxState is to be written.
type inboxState struct{}
