package pilotstatus

import (
	"iter"
)

// NoticePIIRelayOnly is the documented notice of a [Page] with missing data: the number
// keeps no personal data.
const NoticePIIRelayOnly = "PII_RELAY_ONLY"

// Page is one page of a list. New rows shift the others from page to page, so a walk over
// the pages may return a row twice: identify rows by their ids.
type Page[T any] struct {
	Items []T `json:"items"` // the rows, in the order of the API

	// Total is the API's count of rows on all pages, or 0 if the API does not return it.
	// [InboxService.Unread] counts something else: do not loop on Total.
	Total      int64 `json:"total"`
	Page       int   `json:"page"` // the number of this page, from 1
	PageSize   int   `json:"pageSize"`
	TotalPages int   `json:"totalPages"`

	// Notice is [NoticePIIRelayOnly] if the number keeps no personal data: either the rows
	// lack that data, or the rows are missing. Otherwise it is "".
	Notice string `json:"notice"`
}

// identified is a row of a list with an id.
type identified[T any] interface {
	*T
	rowID() string
}

// allRows returns the rows of a list with pages. fetch returns page n; last is the last row
// of the previous page, nil at first. The list ends with an empty page, or with a page that
// begins and ends like the previous one, because the API then does not advance. A short
// page does not end the list, because the API may have reduced the page size.
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
