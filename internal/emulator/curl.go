package emulator

import (
	"net/http"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// Curl is a shell line that does a request again. It names the variables that the emulator
// prints in place of the key.
func Curl(r *pilotstatustest.Request, t *Tenant) string {
	line := []string{"curl"}
	if r.Method != http.MethodGet {
		line = append(line, "-X", quote(r.Method))
	}
	path := r.Path
	if r.RawQuery != "" {
		path += "?" + r.RawQuery
	}
	line = append(line, `"$PILOT_STATUS_BASE_URL"`+quote(path))
	for _, name := range []string{"Content-Type", "Idempotency-Key", "X-Whatsapp-Number-Id", "X-Api-Key-Id"} {
		for _, value := range r.Header[name] {
			line = append(line, "-H", quote(name+": "+value))
		}
	}
	if key := r.Header.Get("X-Api-Key"); key != "" {
		variable := "$PILOT_STATUS_API_KEY"
		if key == t.Engine.TenantKey() {
			variable = "$PILOT_STATUS_TENANT_API_KEY"
		}
		line = append(line, "-H", `"X-Api-Key: `+variable+`"`)
	}
	if len(r.Body) > 0 {
		line = append(line, "--data-binary", quote(text(r.Body)))
	}
	return strings.Join(line, " ")
}

// quote makes a word of a shell line.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
