package pilotstatustest

func callRoutes() []route { return nil }

// callState is to be written.
type callState struct{}
