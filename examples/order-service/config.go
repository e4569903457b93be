package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// config is what differs between one run of the service and another.
type config struct {
	addr           string        // where to listen
	attemptTimeout time.Duration // of a request to the API
	every          time.Duration // the pace of the number, 0 for none

	dsn        string
	deployment string // who sends, as in "production"
	numberID   string // the API's id of the number that it sends from, the one in its events
	secret     string // that the deliveries are signed with
	number     *pilotstatus.NumberClient
}

// readEnvironment reads what no command line should show.
func (c *config) readEnvironment() (err error) {
	for _, variable := range []struct {
		name  string
		value *string
	}{
		{"DATABASE_URL", &c.dsn},
		{"DEPLOYMENT", &c.deployment},
		{"PILOT_STATUS_NUMBER_ID", &c.numberID},
		{"PILOT_STATUS_WEBHOOK_SECRET", &c.secret},
	} {
		if *variable.value = os.Getenv(variable.name); *variable.value == "" {
			err = errors.Join(err, fmt.Errorf("set %s", variable.name))
		}
	}
	if err != nil {
		return err
	}
	c.number, err = pilotstatus.NumberClientFromEnv()
	return err
}
