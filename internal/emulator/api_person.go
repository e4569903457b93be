package emulator

func personRoutes() []route { return nil }
