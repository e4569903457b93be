package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// postCode sends an access code. It goes before all that is queued, and it is not sent when
// it is no longer of use.
func (s *service) postCode(r *http.Request) (status int, body any, err error) {
	key, err := clientKey(r)
	if err != nil {
		return 0, nil, err
	}
	var wanted struct {
		Phone string `json:"phone"`
	}
	if err := readJSON(r, &wanted); err != nil {
		return 0, nil, err
	}
	phone := plain(wanted.Phone)
	if err := checkPhone(phone); err != nil {
		return 0, nil, err
	}
	id, created, err := s.createCode(r.Context(), key, phone)
	return statusOf(created), map[string]int64{"id": id}, err
}

const insertCode = `
INSERT INTO access_code (client_key, phone, hash, expires_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (client_key) DO NOTHING
RETURNING id`

// createCode keeps the hash of a code for the login that asks for it, and enqueues the
// code. The outbox holds it in clear until Options.KeepBodies after it was sent. The login
// must limit the attempts, because a million codes are soon tried.
func (s *service) createCode(ctx context.Context, key, phone string) (id int64, created bool, err error) {
	number, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return 0, false, err
	}
	code := fmt.Sprintf("%06d", number)
	hash, expires := sha256.Sum256([]byte(code)), time.Now().Add(codeLifetime)
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, insertCode, key, phone, hash[:], expires).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) { // the key is known: its code is on the way
			err = tx.QueryRow(ctx, "SELECT id FROM access_code WHERE client_key = $1 AND phone = $2", key, phone).Scan(&id)
			if errors.Is(err, pgx.ErrNoRows) {
				return refuse(http.StatusConflict, "the Idempotency-Key was used for another phone")
			}
			return err
		}
		if err != nil {
			return err
		}
		created = true
		_, err = s.outbox.Enqueue(ctx, tx, s.numberID, accessCode(id, phone, code, expires),
			pilotstatuspg.WithPriority(pilotstatuspg.Urgent))
		return err
	})
	return id, created, err
}
