package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func numberRoutes() []route {
	act := func(id, action, summary string, do func(*pilotstatustest.Number)) route {
		return route{
			id: id, method: http.MethodPost, path: "/numbers/{number}/" + action, summary: summary,
			answer: pilotstatustest.NumberInfo{},
			handle: func(q *request) (any, error) {
				n, err := q.pathNumber()
				if err != nil {
					return nil, err
				}
				do(q.tenant.Engine.Number(n.ID))
				return q.pathNumber()
			},
		}
	}
	return []route{
		{
			id: "listNumbers", method: http.MethodGet, path: "/numbers",
			summary: "The numbers with their state and keys.", answer: []pilotstatustest.NumberInfo{},
			handle: func(q *request) (any, error) { return q.tenant.Engine.Numbers(), nil },
		},
		{
			id: "getNumber", method: http.MethodGet, path: "/numbers/{number}",
			summary: "One number.", answer: pilotstatustest.NumberInfo{},
			handle: func(q *request) (any, error) { return q.pathNumber() },
		},
		act("scanNumber", "scan", "Scans the QR code: the number connects.", scan),
		act("scanSecond", "scan-second", "Scans the code of the second device of a dual number.", (*pilotstatustest.Number).ScanSecondary),
		act("expireCode", "expire", "Ends the QR code that is shown; connecting again shows another.", (*pilotstatustest.Number).ExpireQR),
		act("disconnectNumber", "disconnect", "Ends the connection, as a logout on the phone does.", (*pilotstatustest.Number).Disconnect),
		act("blockNumber", "block", "Stops sending because the number is unpaid.", (*pilotstatustest.Number).BlockUnpaid),
		act("unblockNumber", "unblock", "Ends the block.", (*pilotstatustest.Number).Unblock),
		{
			id: "setNumberCharge", method: http.MethodPost, path: "/numbers/{number}/charge",
			summary: "Sets what becomes of the next charges of the number.",
			body:    chargeBody{}, answer: pilotstatustest.NumberInfo{},
			handle: setCharge,
		},
		{
			id: "reportHealth", method: http.MethodPost, path: "/numbers/{number}/health",
			summary: "Tells webhooks that take all events how healthy the number is.",
			body:    healthBody{}, answer: pilotstatustest.NumberInfo{},
			handle: reportHealth,
		},
	}
}

// scan scans the code of a number, and then that of its second device.
func scan(n *pilotstatustest.Number) {
	n.Connect()
	n.ScanSecondary()
}

// chargeBody is the body of setNumberCharge.
type chargeBody struct {
	Code string // PAYMENT_FAILED, INSUFFICIENT_FUNDS, PAYMENT_PROVIDER_ERROR or PAYMENT_IN_PROGRESS; "": paid
}

func setCharge(q *request) (any, error) {
	n, err := q.pathNumber()
	if err != nil {
		return nil, err
	}
	var in chargeBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	q.tenant.Engine.Number(n.ID).ChargeOutcome(in.Code)
	if n, err = q.pathNumber(); err == nil && n.NextCharge != in.Code {
		return nil, invalid("code is %q and must be PAYMENT_FAILED, INSUFFICIENT_FUNDS, PAYMENT_PROVIDER_ERROR, "+
			"PAYMENT_IN_PROGRESS or empty", in.Code)
	}
	return n, err
}

// healthBody is the body of reportHealth.
type healthBody struct {
	Event string // number.health_degraded, number.health_shadowban, number.health_blocked or number.recovered
}

func reportHealth(q *request) (any, error) {
	n, err := q.pathNumber()
	if err != nil {
		return nil, err
	}
	var in healthBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	if !slices.Contains(healthEvents(), in.Event) {
		return nil, invalid("event is %q and must be one of: %s", in.Event, strings.Join(healthEvents(), " "))
	}
	q.tenant.Engine.Number(n.ID).ReportHealth(in.Event)
	return q.pathNumber()
}

// pathNumber finds the number that the path names.
func (q *request) pathNumber() (pilotstatustest.NumberInfo, error) {
	return q.numberNamed(q.PathValue("number"))
}

func (q *request) numberNamed(id string) (pilotstatustest.NumberInfo, error) {
	var known []string
	for _, n := range q.tenant.Engine.Numbers() {
		if n.ID == id {
			return n, nil
		}
		known = append(known, n.ID)
	}
	return pilotstatustest.NumberInfo{}, failf(http.StatusNotFound, "NO_SUCH_NUMBER",
		"there is no number %q; there are: %s", id, strings.Join(known, " "))
}
