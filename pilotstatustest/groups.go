package pilotstatustest

func groupRoutes() []route { return nil }

// groupState is to be written.
type groupState struct{}
