package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// maxPeople is how many people a campaign may have. They are enqueued in one transaction.
const maxPeople = 10_000

// newCampaign is the body of POST /campaigns.
type newCampaign struct {
	Name   string   `json:"name"` // unique
	People []person `json:"people"`
}

// person is who gets a campaign.
type person struct {
	Phone string `json:"phone"`
	Name  string `json:"name"`
}

func (c *newCampaign) check() error {
	if !isText(c.Name, 100) {
		return refuse(http.StatusBadRequest, "name must have 1 to 100 characters")
	}
	if len(c.People) == 0 || len(c.People) > maxPeople {
		return refuse(http.StatusBadRequest, "people must be 1 to 10,000")
	}
	known := make(map[string]bool, len(c.People))
	for i := range c.People {
		p := &c.People[i]
		p.Phone = plain(p.Phone)
		contact := contactOf(p.Phone)
		switch {
		case !isText(p.Name, 100):
			return refuse(http.StatusBadRequest, "the name of a person must have 1 to 100 characters")
		case known[contact]:
			return refuse(http.StatusBadRequest, "a phone number is there twice")
		}
		known[contact] = true
		if err := checkPhone(p.Phone); err != nil {
			return err
		}
	}
	return nil
}

// postCampaign enqueues a message to many people, behind all others. A name that is known
// is the same campaign, and nobody gets it twice.
func (s *service) postCampaign(r *http.Request) (status int, body any, err error) {
	var wanted newCampaign
	if err := readJSON(r, &wanted); err != nil {
		return 0, nil, err
	}
	if err := wanted.check(); err != nil {
		return 0, nil, err
	}
	id, created, err := s.createCampaign(r.Context(), wanted)
	return statusOf(created), map[string]int64{"id": id}, err
}

const insertCampaign = `
INSERT INTO campaign (name, people)
VALUES ($1, $2)
ON CONFLICT (name) DO NOTHING
RETURNING id`

func (s *service) createCampaign(ctx context.Context, c newCampaign) (id int64, created bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, insertCampaign, c.Name, len(c.People)).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) { // the name is known
			return tx.QueryRow(ctx, "SELECT id FROM campaign WHERE name = $1", c.Name).Scan(&id)
		}
		if err != nil {
			return err
		}
		created = true
		requests := make([]pilotstatus.SendRequest, len(c.People))
		for i, p := range c.People {
			requests[i] = campaignMessage(id, i, p)
		}
		_, err = s.outbox.EnqueueMany(ctx, tx, s.numberID, requests, pilotstatuspg.WithPriority(pilotstatuspg.Bulk))
		return err
	})
	return id, created, err
}
