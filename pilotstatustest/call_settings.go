package pilotstatustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

func callSettingRoutes() []route {
	const path = "/v1/calls/settings"
	return []route{
		{
			op: "Calls.Settings", method: http.MethodGet, path: path,
			scope: scopeNumber, status: http.StatusOK, handle: withCalls(getCallSettings, providerMeta),
		},
		{
			op: "Calls.UpdateSettings", method: http.MethodPut, path: path,
			scope: scopeNumber, status: http.StatusOK, body: true, optional: true, handle: withCalls(updateCallSettings, providerMeta),
		},
	}
}

// callSettings is Meta's own object, of which nothing but the outermost names is
// looked at.
type callSettings map[string]json.RawMessage

// defaultCallSettings has calls switched on, as they are when a number connects.
func defaultCallSettings() callSettings {
	return callSettings{
		"status":                     json.RawMessage(`"ENABLED"`),
		"call_icon_visibility":       json.RawMessage(`"DEFAULT"`),
		"callback_permission_status": json.RawMessage(`"ENABLED"`),
		"call_hours":                 json.RawMessage(`{"status":"DISABLED"}`),
	}
}

// callSettingsAnswer is the answer of Calls.Settings.
type callSettingsAnswer struct {
	Calling callSettings `json:"calling"`
}

func getCallSettings(c *call) (any, *failure) {
	return callSettingsAnswer{c.state.calls.dialer(c.number).settings}, nil
}

// callsUpdatedAnswer is the answer of Calls.UpdateSettings.
type callsUpdatedAnswer struct {
	Success bool `json:"success"`
}

// updateCallSettings merges what is given; null counts as not given.
func updateCallSettings(c *call) (any, *failure) {
	given, err := readCallSettings(c.body)
	if err != nil {
		return nil, invalid("%v", err)
	}
	maps.Copy(c.state.calls.dialer(c.number).settings, given)
	return callsUpdatedAnswer{true}, nil
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
