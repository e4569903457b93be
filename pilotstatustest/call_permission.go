package pilotstatustest

import (
	"net/http"
	"time"
)

// What a person has allowed.
const (
	callsForbidden = "no_permission"
	callsForNow    = "temporary"
	callsForEver   = "permanent"
)

const (
	// callPermissionLife is how long a temporary permission lasts.
	callPermissionLife = 7 * 24 * time.Hour

	// callWindow is the time in which calls and requests to one person are counted.
	callWindow         = 24 * time.Hour
	callWindowText     = "PT24H"
	defaultMaxStarts   = 100
	defaultMaxRequests = 2
)

func callPermissionRoutes() []route {
	return []route{
		{
			op: "Calls.Permission", method: http.MethodGet, path: "/v1/calls/permissions",
			scope: scopeNumber, status: http.StatusOK, handle: withCalls(getCallPermission, providerMeta),
		},
		{
			op: "Calls.RequestPermission", method: http.MethodPost, path: "/v1/calls/permissions/request",
			scope: scopeNumber, status: http.StatusOK, body: true, handle: withCalls(requestCallPermission, providerMeta),
		},
	}
}

// callee is a person who is called from a number.
type callee struct {
	allowed  string    // "" is callsForbidden
	expires  time.Time // of callsForNow, in whole seconds
	starts   []time.Time
	requests []time.Time
}

// callee returns the person with a phone, however it is written.
func (d *dialer) callee(phone string) *callee {
	phone = onlyDigits(phone)
	p := d.people[phone]
	if p == nil {
		p = &callee{}
		d.people[phone] = p
	}
	return p
}

// permission is what the person allows now.
func (p *callee) permission(now time.Time) string {
	if p.allowed == "" || p.allowed == callsForNow && !now.Before(p.expires) {
		return callsForbidden
	}
	return p.allowed
}

// start counts a call to a person, unless it is not allowed.
func (d *dialer) start(phone string, now time.Time) *failure {
	p := d.callee(phone)
	if p.permission(now) == callsForbidden {
		return &failure{
			status: http.StatusBadRequest, code: "META_CALL_PERMISSION_REQUIRED",
			text: "(#138006) The person has not allowed calls from this number",
		}
	}
	if recently(p.starts, now) >= d.maxStarts {
		return &failure{status: http.StatusBadRequest, text: "Too many calls to this person"}
	}
	p.starts = append(p.starts, now)
	return nil
}

// recently counts the times in the last callWindow.
func recently(times []time.Time, now time.Time) int {
	var n int
	for _, t := range times {
		if t.After(now.Add(-callWindow)) {
			n++
		}
	}
	return n
}

// callPermissionAnswer is the answer of Calls.Permission.
type callPermissionAnswer struct {
	Permission permissionStatus     `json:"permission"`
	Actions    []callActionPossible `json:"actions,omitempty"`
}

type permissionStatus struct {
	Status  string `json:"status"`
	Expires *int64 `json:"expiration_time,omitempty"` // Unix seconds
}

// callActionPossible says whether something can be done now.
type callActionPossible struct {
	Name     string      `json:"action_name"`
	Possible bool        `json:"can_perform_action"`
	Limits   []callUsage `json:"limits"`
}

type callUsage struct {
	Period  string `json:"time_period"`
	Allowed int    `json:"max_allowed"`
	Used    int    `json:"current_usage"`
}

func getCallPermission(c *call) (any, *failure) {
	to := c.query.Get("to")
	if !isPhone(to) {
		return nil, invalid("to is %q", to)
	}
	now, d := c.state.clock.now(), c.state.calls.dialer(c.number)
	p := d.callee(to)
	out := callPermissionAnswer{Permission: permissionStatus{Status: p.permission(now)}}
	if out.Permission.Status == callsForNow {
		seconds := p.expires.Unix()
		out.Permission.Expires = &seconds
	}
	if !c.state.calls.sparse {
		requests, starts := recently(p.requests, now), recently(p.starts, now)
		out.Actions = []callActionPossible{
			{"send_call_permission_request", requests < d.maxRequests, []callUsage{{callWindowText, d.maxRequests, requests}}},
			{
				"start_call", out.Permission.Status != callsForbidden && starts < d.maxStarts,
				[]callUsage{{callWindowText, d.maxStarts, starts}},
			},
		}
	}
	return out, nil
}

// callRequestAnswer is the answer of Calls.RequestPermission.
type callRequestAnswer struct {
	MessageID string `json:"messageId"`
}

func requestCallPermission(c *call) (any, *failure) {
	var in struct {
		To   string  `json:"to"`
		Text *string `json:"text"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if !isPhone(in.To) {
		return nil, invalid("to is no phone")
	}
	now, d := c.state.clock.now(), c.state.calls.dialer(c.number)
	p := d.callee(in.To)
	if recently(p.requests, now) >= d.maxRequests {
		return nil, &failure{
			status: http.StatusBadRequest, code: "META_CALL_PERMISSION_REQUEST_LIMIT",
			text: "(#138009) Too many permission requests to this person",
		}
	}
	p.requests = append(p.requests, now)
	return callRequestAnswer{externalID(c.state.newID("callreq"))}, nil
}
