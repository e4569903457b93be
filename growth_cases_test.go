package pilotstatus

func growthCases() []operationCase { return nil }
