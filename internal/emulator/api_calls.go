package emulator

import (
	"net/http"
	"slices"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// callRoutes are what the person at the other end does with a call.
func callRoutes() []route {
	act := func(id, action, status, summary string, do func(*pilotstatustest.Number, string)) route {
		return route{
			id: id, method: http.MethodPost, path: "/calls/{call}/" + action, summary: summary,
			answer: pilotstatustest.Call{},
			handle: func(q *request) (any, error) {
				before, err := q.pathCall()
				if err != nil {
					return nil, err
				}
				do(q.tenant.Engine.Number(before.NumberID), before.ID)
				after, err := q.pathCall()
				if err == nil && (after.Status != status || before.Status == status) {
					return nil, failf(http.StatusConflict, "CALL_IS_"+before.Status,
						"the call %s is %s and %s, and so cannot become %s", before.ID, before.Direction, before.Status, status)
				}
				return after, err
			},
		}
	}
	return []route{
		{
			id: "listCalls", method: http.MethodGet, path: "/calls",
			summary: "The calls, the oldest first. callAsContact begins one, and so does the emulated API.",
			answer:  []pilotstatustest.Call{},
			handle:  func(q *request) (any, error) { return q.tenant.Engine.Calls(), nil },
		},
		act("ringCall", "ring", "RINGING", "The call that the number began rings.", (*pilotstatustest.Number).RingOut),
		act("answerCall", "answer", "ACCEPTED", "The person answers it.", (*pilotstatustest.Number).AnswerCall),
		act("declineCall", "decline", "REJECTED", "The person declines it.", (*pilotstatustest.Number).DeclineCall),
		act("hangUpCall", "hang-up", "COMPLETED", "The person ends a call that was answered.", (*pilotstatustest.Number).HangUp),
		act("missCall", "miss", "MISSED", "Ends a call of a person that nobody answered.", (*pilotstatustest.Number).MissCall),
	}
}

// pathCall finds the call that the path names.
func (q *request) pathCall() (pilotstatustest.Call, error) {
	id := q.PathValue("call")
	all := q.tenant.Engine.Calls()
	i := slices.IndexFunc(all, func(c pilotstatustest.Call) bool { return c.ID == id || c.ExternalID == id })
	if i < 0 {
		return pilotstatustest.Call{}, failf(http.StatusNotFound, "NO_SUCH_CALL", "there is no call %q", id)
	}
	return all[i], nil
}
