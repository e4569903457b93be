package main

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// pageSize is how many orders GET /orders returns at most.
const pageSize = 50

// order is an order as the API of this service shows it.
type order struct {
	ID           int64     `json:"id"`
	Phone        string    `json:"phone"`
	Name         string    `json:"name"`
	Item         string    `json:"item"`
	CreatedAt    time.Time `json:"createdAt"`
	Confirmation delivery  `json:"confirmation"`
	Replies      []reply   `json:"replies"`
}

// delivery is where a message is: in the outbox first, and later at the API and the phone.
type delivery struct {
	State   pilotstatuspg.State       `json:"state,omitempty"`   // of the outbox: pending, accepted and so on
	Status  pilotstatus.MessageStatus `json:"status,omitempty"`  // of the API: SENT, DELIVERED, READ or FAILED
	Failure pilotstatus.FailureCode   `json:"failure,omitempty"` // of FAILED
}

// reply is a message of the customer.
type reply struct {
	Kind      string    `json:"kind"` // text, image and so on
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"createdAt"`
}

// getOrder answers GET /orders/{id}.
func (s *service) getOrder(r *http.Request) (status int, body any, err error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, nil, refuse(http.StatusNotFound, "no such order")
	}
	o, err := s.order(r.Context(), id)
	return http.StatusOK, o, err
}

// listOrders answers GET /orders?before=: the newest orders first, before the one with
// that id.
func (s *service) listOrders(r *http.Request) (status int, body any, err error) {
	before := int64(math.MaxInt64)
	if text := r.URL.Query().Get("before"); text != "" {
		if before, err = strconv.ParseInt(text, 10, 64); err != nil {
			return 0, nil, refuse(http.StatusBadRequest, "before must be the id of an order")
		}
	}
	orders, err := s.orders(r.Context(), "o.id < $2 ORDER BY o.id DESC LIMIT $3", before, pageSize)
	return http.StatusOK, map[string]any{"orders": orders}, err
}

func (s *service) order(ctx context.Context, id int64) (*order, error) {
	orders, err := s.orders(ctx, "o.id = $2", id)
	switch {
	case err != nil:
		return nil, err
	case len(orders) == 0:
		return nil, refuse(http.StatusNotFound, "no such order")
	}
	return &orders[0], nil
}

// The view delivery is the outbox's, for joins such as this one. It has a message for as long
// as Options.KeepMessages says; the order stays.
const selectOrders = `
SELECT o.id, o.phone, o.name, o.item, o.created_at,
       coalesce(d.state, ''), coalesce(d.status, ''), coalesce(d.failure, '')
FROM orders o
LEFT JOIN pilotstatus.delivery d ON d.number_id = $1 AND d.key = o.confirmation_key
WHERE `

// orders reads the orders that a condition chooses, with what became of their confirmations
// and what their customers wrote.
func (s *service) orders(ctx context.Context, condition string, args ...any) ([]order, error) {
	rows, err := s.pool.Query(ctx, selectOrders+condition, append([]any{s.numberID}, args...)...)
	if err != nil {
		return nil, err
	}
	orders, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (order, error) {
		o := order{Replies: []reply{}}
		err := row.Scan(&o.ID, &o.Phone, &o.Name, &o.Item, &o.CreatedAt,
			&o.Confirmation.State, &o.Confirmation.Status, &o.Confirmation.Failure)
		return o, err
	})
	if err != nil {
		return nil, err
	}
	return orders, s.addReplies(ctx, orders)
}

const selectReplies = `
SELECT order_id, kind, text, created_at
FROM reply
WHERE order_id = ANY($1)
ORDER BY created_at, message_id`

func (s *service) addReplies(ctx context.Context, orders []order) error {
	ids, byID := make([]int64, len(orders)), make(map[int64]*order, len(orders))
	for i := range orders {
		ids[i], byID[orders[i].ID] = orders[i].ID, &orders[i]
	}
	rows, err := s.pool.Query(ctx, selectReplies, ids)
	if err != nil {
		return err
	}
	var id int64
	var r reply
	_, err = pgx.ForEachRow(rows, []any{&id, &r.Kind, &r.Text, &r.CreatedAt}, func() error {
		byID[id].Replies = append(byID[id].Replies, r)
		return nil
	})
	return err
}
