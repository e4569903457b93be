package pilotstatustest

func leadRoutes() []route { return nil }

func adRoutes() []route { return nil }

func pageRoutes() []route { return nil }

// growthState is to be written.
type growthState struct{}
