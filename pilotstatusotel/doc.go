// Package pilotstatusotel shows the calls of the package pilotstatus, and the events that it
// receives, as spans and metrics of OpenTelemetry. It follows the semantic conventions
// 1.43.0. Each part is one line:
//
//	number, err := pilotstatus.NewNumberClient(key, pilotstatusotel.Client())
//
//	handler, err := pilotstatus.NewWebhookHandler(pilotstatusotel.Handle(handle), pilotstatus.WithWebhookSecret(secret))
//
//	http.Handle("POST /hooks/pilotstatus", pilotstatusotel.Handler(handler))
//
// [HandleTx] takes the place of [Handle] for the inbox of the package pilotstatuspg, and the
// package pilotstatusotel/outboxotel measures its outbox. The global providers are used,
// unless [WithTracerProvider] and [WithMeterProvider] choose others.
//
// # Calls
//
// Each attempt of a call is a span of kind client with the times of the attempt. Its name is
// the operation, as in "Messages.Send", and its parent is the span of the context of the call.
// Retries are spans beside each other, with http.request.resend_count. There is no span of a
// whole call with the waits between its attempts, because a client tells only of attempts:
// start one around the call where you need it.
//
// Attributes: pilotstatus.operation, http.request.method, url.template, server.address,
// server.port, http.response.status_code and, after a failure, error.type. That is the status,
// or without one "timeout", "canceled", "dns", "transport", "decode" or "_OTHER". The span of
// an error answer also has its code, pilotstatus.error.code. The trace does not go on at the
// API: no header of it is sent.
//
// Metrics:
//
//   - http.client.request.duration, a histogram of seconds with the attributes of the spans.
//     Its count is the number of attempts.
//   - pilotstatus.client.retries, a counter of attempts that another one follows
//   - pilotstatus.client.unknown_outcomes, a counter of calls other than GET whose last attempt
//     ended with an unknown outcome
//   - pilotstatus.client.retry_budget_spent, a counter of calls that ended because the retry
//     budget was spent: raise an alarm
//
// The counters have the attribute pilotstatus.operation.
//
// # Events
//
// [Handle] makes a span of kind consumer of each event that is handled, such as
// "process message.received", and records messaging.process.duration. Both have
// messaging.system "pilotstatus", messaging.operation.name "process" and the name of the event
// as messaging.destination.name: "other" for a name that this version does not know, "meta"
// for an envelope of Meta, and "malformed". An error of handle is error.type "timeout",
// "canceled", "panic", "_OTHER" and so on.
//
// [Handler] makes a span of kind server of each delivery, and records
// http.server.request.duration by the status of the answer: 401 for a wrong proof, 413 for a
// body that is too large, 503 for an event that is being handled. The span of [Handle] is
// inside that one. Trace headers of the sender are not read.
//
// # Limits
//
// No name and no attribute holds a phone number, a text, a key, a token, a path, a query, an
// error text, or the id of a message, a number or a person. server.address and server.port are
// those of your base URL, operations and url.template come from the table of the SDK, all other
// words from lists in this module. Statuses that are not registered have no
// http.response.status_code in metrics, which so have fewer than 200 sets of attributes for an
// operation, however many calls there are: one for each status and kind of error that occurs.
package pilotstatusotel
