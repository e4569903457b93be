package pilotstatus

import (
	"net/url"
)

// queryValues are the parameters of a query. Its methods leave out what is not set, and
// keep the first problem of a value, which ends the call.
type queryValues struct {
	values  url.Values
	problem error
}
