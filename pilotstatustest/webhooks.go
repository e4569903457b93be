package pilotstatustest

func webhookRoutes() []route { return nil }

// webhookState is to be written.
type webhookState struct{}
