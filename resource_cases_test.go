package pilotstatus

func resourceCases() []operationCase { return nil }
