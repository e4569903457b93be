package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	requestTimeout = 10 * time.Second
	maxRequest     = 1 << 20 // bytes
)

// routes returns the API of this service. It lets everybody in: put it behind the login
// that your other services have. The path of the webhook proves its deliveries itself.
func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.json(s.postOrder))
	mux.HandleFunc("GET /orders", s.json(s.listOrders))
	mux.HandleFunc("GET /orders/{id}", s.json(s.getOrder))
	mux.HandleFunc("POST /codes", s.json(s.postCode))
	mux.HandleFunc("POST /campaigns", s.json(s.postCampaign))
	mux.HandleFunc("GET /health", s.json(s.health))
	mux.Handle(webhookPath, s.webhook)
	return mux
}

// endpoint returns the status and the JSON of an answer.
type endpoint func(r *http.Request) (status int, body any, err error)

// json answers requests with what an endpoint returns.
func (s *service) json(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		status, body, err := e(r)
		if err != nil {
			status, body = s.problem(r, err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(body); err != nil {
			s.logger.WarnContext(ctx, "the answer was not written", slog.Any("error", err))
		}
	}
}

// problem returns the answer to an error. The details of what is wrong here stay here.
func (s *service) problem(r *http.Request, err error) (status int, body any) {
	var refused *refusal
	var invalid *pilotstatus.ValidationError
	switch {
	case errors.As(err, &refused):
		status = refused.status
	case errors.As(err, &invalid): // of Enqueue, as for a phone number that cannot be one
		status = http.StatusBadRequest
	default:
		s.logger.ErrorContext(r.Context(), "a request failed", slog.String("pattern", r.Pattern), slog.Any("error", err))
		return http.StatusServiceUnavailable, map[string]string{"error": "try again later; repeat a POST with the same Idempotency-Key"}
	}
	return status, map[string]string{"error": err.Error()}
}

// refusal is an error that is the client's.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, text string) error { return &refusal{status, text} }

// readJSON reads the body of a request. An unknown field is an error, so that a typing
// mistake does not go unnoticed.
func readJSON(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body may have %d bytes", tooLarge.Limit))
	case err != nil:
		return refuse(http.StatusBadRequest, "the body is not the JSON that is wanted: "+err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, "the body is more than one JSON value")
	}
	return nil
}

// clientKey returns the Idempotency-Key of a request, which a client repeats until it gets
// an answer.
func clientKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if !isText(key, 200) {
		return "", refuse(http.StatusBadRequest, "the header Idempotency-Key must have 1 to 200 characters")
	}
	return key, nil
}

// isText reports whether PostgreSQL can store a text, and whether it has 1 to limit
// characters.
func isText(text string, limit int) bool {
	return strings.TrimSpace(text) != "" && utf8.RuneCountInString(text) <= limit &&
		utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

func statusOf(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}
