package pilotstatustest

import "strconv"

const (
	defaultPageSize = 30
	maxPageSize     = 100
)

// pageAnswer is what stands around the rows of a page.
type pageAnswer struct {
	Total      int     `json:"total"`
	Page       int     `json:"page"`
	PageSize   int     `json:"pageSize"`
	TotalPages int     `json:"totalPages"`
	Notice     *string `json:"notice,omitempty"`
}

// page cuts the page out of rows that the query asks for. A size above the limit is
// cut to it.
func page[T any](c *call, rows []T) ([]T, pageAnswer, *failure) {
	p := pageAnswer{Total: len(rows), Page: 1, PageSize: defaultPageSize}
	if refused := c.queryNumber("page", &p.Page); refused != nil {
		return nil, p, refused
	}
	if refused := c.queryNumber("pageSize", &p.PageSize); refused != nil {
		return nil, p, refused
	}
	p.PageSize = min(p.PageSize, maxPageSize)
	p.TotalPages = (len(rows) + p.PageSize - 1) / p.PageSize
	start := len(rows)
	if p.Page <= p.TotalPages {
		start = (p.Page - 1) * p.PageSize
	}
	cut := rows[start:min(start+p.PageSize, len(rows))]
	return append([]T{}, cut...), p, nil // never null
}

// queryNumber reads a parameter that counts from 1 into n, which stays as it is
// without it.
func (c *call) queryNumber(name string, n *int) *failure {
	if !c.query.Has(name) {
		return nil
	}
	value, err := strconv.Atoi(c.query.Get(name))
	if err != nil || value < 1 {
		return invalid("%s is %q", name, c.query.Get(name))
	}
	*n = value
	return nil
}
