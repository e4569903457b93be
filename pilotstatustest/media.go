package pilotstatustest

func mediaRoutes() []route { return nil }

// mediaState is to be written.
type mediaState struct{}
