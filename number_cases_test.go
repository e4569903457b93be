package pilotstatus

func numberCases() []operationCase { return nil }
