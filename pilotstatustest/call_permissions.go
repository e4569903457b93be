package pilotstatustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

func callPermissionRoutes() []route {
	meta := func(op, pattern string, handle handler) route {
		return on(op, pattern, scopeNumber, withCalls(handle, providerMeta))
	}
	ask := with(body[permissionRequest], requestCallPermission)
	return []route{
		meta("Calls.Permission", "GET /v1/calls/permissions", getCallPermission),
		meta("Calls.RequestPermission", "POST /v1/calls/permissions/request", ask).takesBody(),
		meta("Calls.Settings", "GET /v1/calls/settings", getCallSettings),
		meta("Calls.UpdateSettings", "PUT /v1/calls/settings", updateCallSettings).takesBody().optionalBody(),
	}
}

// withCalls lets a handler run only for numbers of the providers that can do it.
func withCalls(handle handler, providers ...string) handler {
	return func(c *call) (any, *failure) {
		if c.number.dialer.without || !slices.Contains(providers, c.number.provider) {
			return nil, badRequest("FEATURE_NOT_SUPPORTED", "The provider of this number does not support this feature")
		}
		return handle(c)
	}
}

// newDialer returns the call state of a new number.
func newDialer() dialer {
	return dialer{
		people: make(map[string]*callee), settings: defaultCallSettings(),
		maxStarts: defaultMaxStarts, maxRequests: defaultMaxRequests,
	}
}

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
		return badRequest("META_CALL_PERMISSION_REQUIRED", "(#138006) The person has not allowed calls from this number")
	}
	if recently(p.starts, now) >= d.maxStarts {
		return badRequest("", "Too many calls to this person")
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
	now, d := c.state.clock.now(), &c.number.dialer
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

// permissionRequest is the body of Calls.RequestPermission.
type permissionRequest struct {
	To   string  `json:"to"`
	Text *string `json:"text"`
}

func requestCallPermission(c *call, in *permissionRequest) (any, *failure) {
	if !isPhone(in.To) {
		return nil, invalid("to is no phone")
	}
	now, d := c.state.clock.now(), &c.number.dialer
	p := d.callee(in.To)
	if recently(p.requests, now) >= d.maxRequests {
		return nil, badRequest("META_CALL_PERMISSION_REQUEST_LIMIT", "(#138009) Too many permission requests to this person")
	}
	p.requests = append(p.requests, now)
	return map[string]any{"messageId": externalID(c.state.newID("callreq"))}, nil
}

// defaultCallSettings has calls switched on, as they are when a number connects.
func defaultCallSettings() callSettings {
	return callSettings{
		"status":                     json.RawMessage(`"ENABLED"`),
		"call_icon_visibility":       json.RawMessage(`"DEFAULT"`),
		"callback_permission_status": json.RawMessage(`"ENABLED"`),
		"call_hours":                 json.RawMessage(`{"status":"DISABLED"}`),
	}
}

func getCallSettings(c *call) (any, *failure) {
	return map[string]any{"calling": c.number.dialer.settings}, nil
}

// updateCallSettings merges what is given; null counts as not given.
func updateCallSettings(c *call) (any, *failure) {
	given, err := readCallSettings(c.body)
	if err != nil {
		return nil, invalid("%v", err)
	}
	maps.Copy(c.number.dialer.settings, given)
	return map[string]any{"success": true}, nil
}

func readCallSettings(body []byte) (callSettings, error) {
	given := callSettings{}
	if len(body) == 0 {
		return given, nil
	}
	if err := json.Unmarshal(body, &given); err != nil {
		return nil, err
	}
	if given == nil {
		return nil, errors.New("not an object")
	}
	if _, ok := given["sip"]; ok {
		return nil, errors.New("sip cannot be set")
	}
	known := map[string][]string{
		"status": {"ENABLED", "DISABLED"}, "call_icon_visibility": {"DEFAULT", "DISABLE_ALL"},
		"callback_permission_status": {"ENABLED", "DISABLED"},
		"call_hours":                 nil, "voicemail": nil, // objects
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		values, ok := known[name]
		if !ok || string(given[name]) == "null" {
			delete(given, name)
			continue
		}
		if err := checkCallSetting(given[name], values); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return given, nil
}

// checkCallSetting wants one of the values, or an object where there are none.
func checkCallSetting(raw json.RawMessage, values []string) error {
	if values == nil {
		var object map[string]json.RawMessage
		return json.Unmarshal(raw, &object)
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	if !slices.Contains(values, text) {
		return fmt.Errorf("%q is not one of %v", text, values)
	}
	return nil
}
