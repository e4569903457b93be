package emulator

import (
	"net/http"
	"slices"
)

// routes is the table of the JSON API.
func routes() []route {
	all := slices.Concat(
		stateRoutes(), messageRoutes(), fileRoutes(), waitRoutes(), personRoutes(), groupRoutes(), callRoutes(),
		numberRoutes(), templateRoutes(),
		faultRoutes(), clockRoutes(), webhookRoutes(), deliveryRoutes(), requestRoutes(), eventRoutes(), tenantRoutes(),
	)
	return append(all, route{
		id: "listOperations", method: http.MethodGet, path: "/operations", global: true,
		summary: "What there is: the operations of this API.",
		answer:  []operationView{},
		handle:  func(*request) (any, error) { return operations(all), nil },
	})
}

// operationView is an operation as the list shows it.
type operationView struct {
	Method  string
	Path    string // below the address of the emulator; of a tenant also below its own
	Summary string
	Query   []string
}

func operations(all []route) []operationView {
	views := make([]operationView, len(all))
	for i, r := range all {
		views[i] = operationView{Method: r.method, Path: apiPath + r.path, Summary: r.summary, Query: []string{}}
		for _, p := range r.query {
			views[i].Query = append(views[i].Query, p.name)
		}
	}
	return views
}
