package emulator

import (
	"net/http"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func faultRoutes() []route {
	return []route{
		{
			id: "listFaults", method: http.MethodGet, path: "/faults",
			summary: "The faults that wait for requests.", answer: []pilotstatustest.ActiveFault{},
			handle: func(q *request) (any, error) { return q.tenant.Engine.Faults(), nil },
		},
		{
			id: "addFault", method: http.MethodPost, path: "/faults",
			summary: "Breaks coming requests, chosen by operation, number, recipient, template or key; also limits a rate, or is a dial.",
			body:    pilotstatustest.Fault{}, answer: pilotstatustest.ActiveFault{}, status: http.StatusCreated,
			handle: addFault,
		},
		{
			id: "removeFault", method: http.MethodDelete, path: "/faults/{fault}",
			summary: "Ends a fault.", answer: []pilotstatustest.ActiveFault{},
			handle: removeFault,
		},
		{
			id: "clearFaults", method: http.MethodDelete, path: "/faults",
			summary: "Ends all faults.", answer: []pilotstatustest.ActiveFault{},
			handle: func(q *request) (any, error) {
				q.tenant.Engine.ClearFaults()
				return q.tenant.Engine.Faults(), nil
			},
		},
	}
}

func addFault(q *request) (any, error) {
	var in pilotstatustest.Fault
	if err := q.read(&in); err != nil {
		return nil, err
	}
	ops := takes{only: pilotstatustest.Operations()}
	if want := ops.instead(q, in.Op); in.Op != "" && want != "" {
		return nil, invalid("op is %q and must be %s", in.Op, want)
	}
	id, err := q.tenant.Engine.InjectFault(in)
	if err != nil {
		return nil, err
	}
	for _, f := range q.tenant.Engine.Faults() {
		if f.ID == id {
			return f, nil
		}
	}
	return pilotstatustest.ActiveFault{Fault: in, ID: id}, nil // it was used up in between
}

func removeFault(q *request) (any, error) {
	if !q.tenant.Engine.RemoveFault(q.PathValue("fault")) {
		return nil, failf(http.StatusNotFound, "NO_SUCH_FAULT", "there is no fault %q; it may have been used up", q.PathValue("fault"))
	}
	return q.tenant.Engine.Faults(), nil
}
