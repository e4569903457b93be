package emulator

import "net/http"

const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
		"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// What the API answers can hold anything, by a fault also HTML.
	dataPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"
)

// asData makes an answer one in which nothing runs, whatever it holds.
func asData(h http.Header) {
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Content-Security-Policy"] = []string{dataPolicy}
	h["Cross-Origin-Resource-Policy"] = []string{"same-origin"}
}

// asPage makes an answer one of the page, which has scripts and styles of its own.
func asPage(h http.Header) {
	h["Content-Security-Policy"] = []string{pagePolicy}
	h["Referrer-Policy"] = []string{"no-referrer"}
}
