package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// form is a form that was sent.
type form struct {
	url.Values

	request *http.Request
}

// sentence is an error for people.
func sentence(err error) string {
	text := strings.TrimPrefix(err.Error(), "pilotstatustest: ")
	if text == "" {
		return "It was refused."
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// redirect leads to an address that is relative to that of the request. [http.Redirect]
// would make it absolute, and a prefix before the page is not known here.
func redirect(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(status)
}
