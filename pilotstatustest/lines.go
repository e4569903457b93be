package pilotstatustest

func lineRoutes() []route { return nil }

// lineState is to be written.
type lineState struct{}
