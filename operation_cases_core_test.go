package pilotstatus

// coreCases are the cases of messages, keys, numbers that can be read, contacts and
// pairing pages.
func coreCases() []operationCase {
	return []operationCase{
		{
			op: "Messages.Send", args: []any{testSend()}, path: "/v1/messages/send",
			body: `{"destinationNumber":"+5511999990000","templateId":"onboarding-test","variables":{"name":"Joana"}}`,
		},
		{op: "Messages.Get", args: []any{"wamid.a/b"}, path: "/v1/messages/wamid.a%2Fb"},
		{
			op: "Messages.Cancel", args: []any{"msg_1", "msg_2"}, path: "/v1/messages/cancel",
			body: `{"messageIds":["msg_1","msg_2"]}`, renamed: map[string][]string{
				"cancelled": {"Canceled", "CanceledCount"}, "failed": {"Failed"}, "notFound": {"NotFoundCount"},
			},
		},
		{
			op: "Contacts.Check", args: []any{"+5511900001234"}, path: "/v1/numbers/check",
			body: `{"numbers":["+5511900001234"]}`,
		},
		{op: "Key.List", path: "/v1/api-keys"},
		{op: "Key.Rotate", path: "/v1/api-keys/regenerate"},
		{op: "APIKeys.List", path: "/v1/api-keys"},
		{op: "Numbers.List", path: "/v1/numbers"},
		{op: "Numbers.Get", args: []any{"num 1", GetNumberOptions{Refresh: true}}, path: "/v1/numbers/num%201?refresh=1"},
		{op: "Pairing.Info", args: []any{"tok/en"}, path: "/v1/remote-pairing/tok%2Fen"},
	}
}
