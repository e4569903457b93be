package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"
)

// newOrder is the body of POST /orders.
type newOrder struct {
	Phone string `json:"phone"`
	Name  string `json:"name"`
	Item  string `json:"item"`
}

func (o *newOrder) check() error {
	o.Phone = plain(o.Phone)
	switch {
	case !isText(o.Name, 100):
		return refuse(http.StatusBadRequest, "name must have 1 to 100 characters")
	case !isText(o.Item, 200):
		return refuse(http.StatusBadRequest, "item must have 1 to 200 characters")
	}
	return checkPhone(o.Phone)
}

// postOrder answers 201 for a new order, and 200 with the same order for a key that it
// knows: a client that got no answer repeats its request.
func (s *service) postOrder(r *http.Request) (status int, body any, err error) {
	key, err := clientKey(r)
	if err != nil {
		return 0, nil, err
	}
	var wanted newOrder
	if err := readJSON(r, &wanted); err != nil {
		return 0, nil, err
	}
	if err := wanted.check(); err != nil {
		return 0, nil, err
	}
	id, created, err := s.createOrder(r.Context(), key, wanted)
	if err != nil {
		return 0, nil, err
	}
	o, err := s.order(r.Context(), id)
	if err != nil {
		return 0, nil, err
	}
	return statusOf(created), o, nil
}

const insertOrder = `
INSERT INTO orders (client_key, phone, name, item, contact)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_key) DO NOTHING
RETURNING id, confirmation_key`

const sameOrder = `
SELECT id
FROM orders
WHERE client_key = $1 AND phone = $2 AND name = $3 AND item = $4`

// createOrder writes an order and its confirmation, both or none of it.
func (s *service) createOrder(ctx context.Context, key string, o newOrder) (id int64, created bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var messageKey string
		err := tx.QueryRow(ctx, insertOrder, key, o.Phone, o.Name, o.Item, contactOf(o.Phone)).Scan(&id, &messageKey)
		if errors.Is(err, pgx.ErrNoRows) { // the key is known
			err = tx.QueryRow(ctx, sameOrder, key, o.Phone, o.Name, o.Item).Scan(&id)
			if errors.Is(err, pgx.ErrNoRows) {
				return refuse(http.StatusConflict, "the Idempotency-Key was used for another order")
			}
			return err
		}
		if err != nil {
			return err
		}
		created = true
		_, err = s.outbox.Enqueue(ctx, tx, s.numberID, confirmation(id, messageKey, o))
		return err
	})
	return id, created, err
}
