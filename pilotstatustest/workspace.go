package pilotstatustest

func workspaceRoutes() []route { return nil }

// workspaceState is to be written.
type workspaceState struct{}
