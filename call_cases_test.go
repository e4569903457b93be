package pilotstatus

func callCases() []operationCase { return nil }
