package pilotstatus

import (
	"iter"
)

// NoticePIIRelayOnly is the documented notice of why something is missing in an answer:
// the number keeps no personal data.
const NoticePIIRelayOnly = "PII_RELAY_ONLY"

// Page is one page of a list. Rows move from page to page while new ones arrive,
// so that a walk over the pages may meet a row twice: tell them apart by their ids.
type Page[T any] struct {
	Items []T `json:"items"` // the rows, in the order of the API

	// Total is how many rows the API counts on all pages. It is 0 where the API does
	// not say, and [InboxService.Unread] counts something else: do not loop on it.
	Total      int64 `json:"total"`
	Page       int   `json:"page"` // the number of this page, from 1
	PageSize   int   `json:"pageSize"`
	TotalPages int   `json:"totalPages"`

	// Notice is [NoticePIIRelayOnly] where the number keeps no personal data, which is
	// then missing in the rows, or the rows are. Otherwise it is "".
	Notice string `json:"notice"`
}

// identified is a row of a list that has an id, by which it is known again.
type identified[T any] interface {
	*T
	rowID() string
}

// allRows returns the rows of a list that comes in parts. fetch returns part n; last
// is the row that the part before ended with, nil at first. The list ends with an
// empty part, and with one that begins and ends like the part before: the API did
// not go on. A short part ends nothing, because the API may have cut its size.
func allRows[T any, R identified[T]](fetch func(n int, last *T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		var edges [2]string
		for n := 0; ; n++ {
			rows, err := fetch(n, last)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			before := edges
			last = &rows[len(rows)-1]
			edges = [2]string{R(&rows[0]).rowID(), R(last).rowID()}
			if n > 0 && edges == before {
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}
