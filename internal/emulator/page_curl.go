package emulator

import "encoding/json"

// curl is a shell line that asks the JSON API of the tenant for what a form does.
func (v *visit) curl(path string, body any) string {
	line := `curl -X POST "$PILOT_STATUS_BASE_URL/` + v.apiPath() + path + `"`
	if body == nil {
		return line
	}
	text, err := json.Marshal(body)
	if err != nil {
		return ""
	}
	return line + ` -H 'content-type: application/json' -d ` + quote(string(text))
}
