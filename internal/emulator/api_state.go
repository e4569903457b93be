package emulator

import (
	"net/http"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// stateRoutes are the operations on the emulator as a whole.
func stateRoutes() []route {
	return []route{
		{
			id: "ready", method: http.MethodGet, path: "/ready", global: true,
			summary: "Whether it is ready. Until the seed and the webhooks are in place it answers 503.",
			answer:  readyView{},
			handle:  func(*request) (any, error) { return readyView{Emulator: "pilotstatus-emulator", Ready: true}, nil },
		},
		{
			id: "getLosses", method: http.MethodGet, path: "/losses",
			summary: "How much was dropped so far to keep no more than -keep and -keep-bytes.",
			answer:  pilotstatustest.Losses{},
			handle:  func(q *request) (any, error) { return q.tenant.Engine.Lost(), nil },
		},
		{
			id: "getSnapshot", method: http.MethodGet, path: "/snapshot",
			summary: "The state of the tenant with its keys, as a file that -seed and createTenant take.",
			handle: func(q *request) (any, error) {
				q.w.Header().Set("Content-Type", "application/json")
				q.w.Header().Set("Cache-Control", "no-store")
				_, _ = q.w.Write(q.tenant.Engine.Snapshot())
				return streamed{}, nil
			},
		},
		{
			id: "listUnknown", method: http.MethodGet, path: "/unknown",
			summary: "Calls, members and values that the emulator did not know. A test can say that there are none.",
			answer:  []pilotstatustest.UnknownUse{},
			handle:  func(q *request) (any, error) { return unknown(q), nil },
		},
		{
			id: "clearUnknown", method: http.MethodDelete, path: "/unknown",
			summary: "Forgets what was not known.", answer: []pilotstatustest.UnknownUse{},
			handle: func(q *request) (any, error) {
				q.tenant.Engine.ClearUnknown()
				return unknown(q), nil
			},
		},
		{
			id: "openAPI", method: http.MethodGet, path: "/openapi.json", global: true,
			summary: "The description of this API.",
			handle:  serveOpenAPI,
		},
	}
}

// unknown is a list also where it is empty.
func unknown(q *request) []pilotstatustest.UnknownUse {
	return append([]pilotstatustest.UnknownUse{}, q.tenant.Engine.Unknown()...)
}

// readyView is how an emulator shows that it is one.
type readyView struct {
	Emulator string
	Ready    bool
}

func serveOpenAPI(q *request) (any, error) {
	q.w.Header().Set("Content-Type", "application/json")
	_, _ = q.w.Write(q.emulator.config.OpenAPI)
	return streamed{}, nil
}
