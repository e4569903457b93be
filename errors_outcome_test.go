package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"net/http"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outcomeRow is an error and what it says of its call.
type outcomeRow struct {
	err        error
	want       OutcomeKind
	retryAfter time.Duration // 0: the API named none
}

// outcomeRows are all error types, in every state that makes a difference.
func outcomeRows() []outcomeRow {
	answer := func(status int, code ErrorCode) *APIError {
		return &APIError{Op: "X", StatusCode: status, Code: code, RetryAfter: time.Second}
	}
	rows := []outcomeRow{
		{nil, OutcomeAccepted, 0},
		{errors.New("foreign"), OutcomeUnknown, 0},
		{context.DeadlineExceeded, OutcomeUnknown, 0},
		{CodeNumberBlocked, OutcomeUnknown, 0},
		{&MalformedEventError{}, OutcomeUnknown, 0},

		{&ValidationError{Field: "To"}, OutcomeNotSent, 0},
		{&KeyUnavailableError{}, OutcomeNotSent, 0},
		{&KeyCheckError{}, OutcomeNotSent, 0},
		{&KeyCheckError{Op: "Key.Rotate", Err: &APIError{StatusCode: 503, RetryAfter: time.Second}}, OutcomeNotSent, time.Second},
		{&MessageEndedError{Status: MessageStatusFailed}, OutcomeAccepted, 0},
		{&MissingEventsError{Events: []EventName{"message.snet"}}, OutcomeAccepted, 0},

		{&TenantScopeError{&APIError{Code: CodeTenantScopeNotAllowed}}, OutcomeNotSent, 0},
		{&NumberScopeError{&APIError{Code: CodeNumberScopeNotAllowed}}, OutcomeNotSent, 0},
		{&TenantScopeError{answer(403, CodeTenantScopeNotAllowed)}, OutcomeRefused, time.Second},
		{&NumberScopeError{answer(403, CodeNumberScopeNotAllowed)}, OutcomeRefused, time.Second},
		{&UnauthorizedError{answer(401, "")}, OutcomeRefused, time.Second},
		{&NotFoundError{answer(404, "")}, OutcomeRefused, time.Second},
		{&RateLimitError{answer(429, "")}, OutcomeRefused, time.Second},
		{&PaymentError{APIError: answer(402, "")}, OutcomeRefused, time.Second},

		{&DecodeError{StatusCode: 202, Body: []byte(`{`)}, OutcomeAccepted, 0},
		{&DecodeError{StatusCode: 202, Body: []byte(`<html>`)}, OutcomeUnknown, 0},
		{&DecodeError{StatusCode: 202, Err: &causes{answer(409, CodeNumberBlocked), io.ErrUnexpectedEOF}}, OutcomeAccepted, time.Second},
		{&DecodeError{}, OutcomeUnknown, 0},

		{&TransportError{Err: syscall.ECONNRESET}, OutcomeUnknown, 0},
		{&TransportError{Err: syscall.ECONNREFUSED, unsent: true}, OutcomeNotSent, 0},
		{&TransportError{Err: &causes{context.Canceled, answer(429, "")}, unsent: true}, OutcomeNotSent, time.Second},
		{&TransportError{Err: &causes{context.Canceled, answer(503, "")}}, OutcomeUnknown, time.Second},
		{&TransportError{Err: &ValidationError{}}, OutcomeUnknown, 0},

		{&OutcomeUnknownError{Err: answer(400, "")}, OutcomeUnknown, time.Second},
		{&OutcomeUnknownError{Err: &DecodeError{StatusCode: 202}}, OutcomeUnknown, 0},
		{&OutcomeUnknownError{}, OutcomeUnknown, 0},
		{&WaitError{Err: context.Canceled, Last: answer(429, "")}, OutcomeUnknown, time.Second},
		{&WaitError{Err: &ValidationError{}}, OutcomeUnknown, 0},

		// Two errors in one.
		{fmt.Errorf("%w, %w", errors.New("foreign"), answer(400, "")), OutcomeRefused, time.Second},
		{fmt.Errorf("%w, %w", answer(400, ""), &NotFoundError{answer(404, "")}), OutcomeRefused, time.Second},
		{fmt.Errorf("%w, %w", &ValidationError{}, answer(400, "")), OutcomeUnknown, time.Second},
		{fmt.Errorf("%w, %w", &OutcomeUnknownError{}, &ValidationError{}), OutcomeUnknown, 0},
		{fmt.Errorf("%w, %w", &APIError{StatusCode: 400}, &OutcomeUnknownError{Err: answer(429, "")}), OutcomeUnknown, time.Second},

		// Nothing in it, nothing said.
		{(*APIError)(nil), OutcomeUnknown, 0},
		{&NotFoundError{}, OutcomeUnknown, 0},
		{&TenantScopeError{}, OutcomeUnknown, 0},
		{&NumberScopeError{}, OutcomeUnknown, 0},
		{(*TransportError)(nil), OutcomeUnknown, 0},
		{(*DecodeError)(nil), OutcomeUnknown, 0},
		{(*OutcomeUnknownError)(nil), OutcomeUnknown, 0},
		{(*WaitError)(nil), OutcomeUnknown, 0},
	}
	for status, want := range map[int]OutcomeKind{
		0: OutcomeUnknown, 101: OutcomeUnknown, 200: OutcomeUnknown, 307: OutcomeRefused, 400: OutcomeRefused, 408: OutcomeUnknown,
		409: OutcomeRefused, 422: OutcomeRefused, 429: OutcomeRefused, 499: OutcomeRefused, 500: OutcomeUnknown, 501: OutcomeRefused,
		502: OutcomeUnknown, 503: OutcomeUnknown, 504: OutcomeUnknown, 505: OutcomeUnknown, 520: OutcomeUnknown, 599: OutcomeUnknown,
	} {
		rows = append(rows, outcomeRow{answer(status, ""), want, time.Second})
	}
	for _, code := range []ErrorCode{CodeProviderNotConfigured, CodeAdsNotConfigured, CodeEvolutionAPIKeyMissing} {
		rows = append(rows, outcomeRow{answer(503, code), OutcomeRefused, time.Second})
	}
	return rows
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for i, row := range outcomeRows() {
		for _, err := range []error{row.err, fmt.Errorf("job: %w", row.err), fmt.Errorf("%w, %w", row.err, errors.New("foreign"))} {
			if row.err == nil && err != nil {
				continue
			}
			assert.Equal(t, row.want, Outcome(err), "%d %T %v", i, row.err, err)
			after, ok := RetryAfter(err)
			assert.Equal(t, row.retryAfter, after, "%d %T %v", i, row.err, err)
			assert.Equal(t, row.retryAfter > 0, ok, "%d %T %v", i, row.err, err)
		}
	}
	assert.Zero(t, OutcomeUnknown)
	for kind, text := range map[OutcomeKind]string{
		OutcomeUnknown: "unknown", OutcomeNotSent: "not sent", OutcomeRefused: "refused", OutcomeAccepted: "accepted", 9: "OutcomeKind(9)",
	} {
		assert.Equal(t, text, kind.String())
	}
}

// Every exported error type has its row, so that a new one is thought of.
func TestOutcomeKnowsEveryErrorType(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, row := range outcomeRows() {
		if e := reflect.TypeOf(row.err); e != nil {
			rows[strings.TrimPrefix(strings.TrimLeft(e.String(), "*"), "pilotstatus.")] = true
		}
	}
	for _, name := range exportedMethods(t, "Error") {
		assert.True(t, rows[name], "%s has no row in outcomeRows", name)
	}
}

// exportedMethods returns the exported types that declare a method of that name.
func exportedMethods(t *testing.T, method string) []string {
	t.Helper()
	var types []string
	for _, file := range packageFiles(t) {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != method {
				continue
			}
			receiver := f.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			if name, ok := receiver.(*ast.Ident); ok && name.IsExported() {
				types = append(types, name.Name)
			}
		}
	}
	require.NotEmpty(t, types)
	return types
}

// packageFiles parses the files of this package, without its tests.
func packageFiles(t *testing.T) []*ast.File {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // no build tags here
	require.NoError(t, err)
	var files []*ast.File
	for _, file := range packages["pilotstatus"].Files {
		files = append(files, file)
	}
	return files
}

// The proof that nothing was sent covers all attempts of a call.
func TestOutcomeOfLostCalls(t *testing.T) {
	t.Parallel()
	refuse := func(context.Context) error { return errors.New("full") }
	for name, test := range map[string]struct {
		exchanges []exchange
		option    Option
		want      map[RetryClass]OutcomeKind
	}{
		"dial failures":            {[]exchange{{err: errDial}}, nil, map[RetryClass]OutcomeKind{RetrySafe: OutcomeNotSent, RetryKeyed: OutcomeNotSent, RetryNever: OutcomeNotSent, RetryUnsent: OutcomeNotSent}},
		"resets":                   {[]exchange{{err: errReset}}, nil, map[RetryClass]OutcomeKind{RetrySafe: OutcomeUnknown, RetryKeyed: OutcomeUnknown, RetryNever: OutcomeUnknown, RetryUnsent: OutcomeUnknown}},
		"reset, then dial failure": {[]exchange{{err: errReset}, {err: errDial}}, nil, map[RetryClass]OutcomeKind{RetrySafe: OutcomeUnknown, RetryKeyed: OutcomeUnknown}},
		"503, then dial failure":   {[]exchange{{status: 503}, {err: errDial}}, nil, map[RetryClass]OutcomeKind{RetrySafe: OutcomeUnknown, RetryKeyed: OutcomeUnknown}},
		"429, then dial failure":   {[]exchange{{status: 429}, {err: errDial}}, nil, map[RetryClass]OutcomeKind{RetrySafe: OutcomeNotSent, RetryKeyed: OutcomeNotSent, RetryUnsent: OutcomeNotSent}},
		"limiter":                  {nil, WithLimiter(limiterFunc(refuse)), map[RetryClass]OutcomeKind{RetrySafe: OutcomeNotSent, RetryKeyed: OutcomeNotSent, RetryNever: OutcomeNotSent}},
		"400":                      {[]exchange{{status: 400}}, nil, map[RetryClass]OutcomeKind{RetrySafe: OutcomeRefused, RetryKeyed: OutcomeRefused, RetryNever: OutcomeRefused, RetryUnsent: OutcomeRefused}},
		"503, then 400":            {[]exchange{{status: 503}, {status: 400}}, nil, map[RetryClass]OutcomeKind{RetryKeyed: OutcomeUnknown, RetrySafe: OutcomeRefused}},
		"half an answer, then 400": {[]exchange{{status: 202, body: `{"id":"ms`}, {status: 400}}, nil, map[RetryClass]OutcomeKind{RetryKeyed: OutcomeAccepted}},
		"HTML":                     {[]exchange{{status: 200, body: `<html>`}}, nil, map[RetryClass]OutcomeKind{RetryKeyed: OutcomeUnknown, RetryNever: OutcomeUnknown}},
	} {
		for class, want := range test.want {
			m := newMockAPI(t)
			op := classes[class]
			if test.exchanges != nil {
				script(m, op.method, op.path, test.exchanges)
			}
			var opts []Option
			if test.option != nil {
				opts = append(opts, test.option)
			}
			err := op.call(t.Context(), m.number(t, opts...))
			require.Error(t, err)
			assert.Equal(t, want, Outcome(err), "%s, %s: %v", name, class, err)
		}
	}
}

// An unknown outcome matches itself, contexts and the network, and no answer: neither in
// the last attempt nor before it, however deep.
func TestUnknownOutcomesMatchNoAnswer(t *testing.T) {
	t.Parallel()
	blocked := &APIError{StatusCode: 409, Code: CodeNumberBlocked, RetryAfter: time.Second}
	dial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, inner := range map[string]error{
		"answer":                 blocked,
		"family":                 &NotFoundError{blocked},
		"empty family":           &RateLimitError{},
		"code":                   CodeNumberBlocked,
		"wrapped":                fmt.Errorf("x: %w", blocked),
		"interrupted":            &TransportError{Op: "X", Err: &causes{context.Canceled, &PaymentError{APIError: blocked}}},
		"deep":                   fmt.Errorf("x: %w", &causes{&TransportError{Err: &causes{dial, blocked}}, &TenantScopeError{blocked}}),
		"joined":                 fmt.Errorf("%w %w", dial, &UnauthorizedError{blocked}),
		"accepted, then refused": &DecodeError{StatusCode: 202, Err: &causes{&NumberScopeError{blocked}, io.ErrUnexpectedEOF}},
		"nothing":                nil,
		"nil answer":             (*APIError)(nil),
		"network":                &TransportError{Op: "X", Err: dial},
		"unknown inside":         &OutcomeUnknownError{Err: blocked},
	} {
		for _, err := range []error{
			&OutcomeUnknownError{Op: "X", Err: inner},
			fmt.Errorf("job: %w", &OutcomeUnknownError{Op: "X", Err: inner}),
			&DecodeError{Op: "X", StatusCode: 202, Body: []byte("{"), Err: inner},
		} {
			for _, target := range []any{
				new(*APIError), new(*UnauthorizedError), new(*TenantScopeError), new(*NumberScopeError), new(*NotFoundError),
				new(*RateLimitError), new(*PaymentError), new(ErrorCode),
			} {
				assert.NotErrorAs(t, err, target, "%s: %T", name, target)
			}
			require.NotErrorIs(t, err, CodeNumberBlocked, name)
			require.NotErrorIs(t, err, blocked, name)
			if inner != nil {
				assert.Contains(t, err.Error(), strings.TrimPrefix(inner.Error(), "X: "), "%s: Err has everything", name)
			}
			var transport *TransportError
			if errors.As(err, &transport) {
				require.NotErrorIs(t, transport, CodeNumberBlocked, name)
				require.NotEmpty(t, transport.Error())
			}
			switch name {
			case "interrupted":
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorAs(t, err, &transport)
			case "deep", "joined", "network":
				require.ErrorIs(t, err, syscall.ECONNREFUSED, name)
				var network net.Error
				require.ErrorAs(t, err, &network, name)
			case "accepted, then refused":
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			}
		}
	}
	unknown := &OutcomeUnknownError{Err: blocked}
	require.ErrorIs(t, fmt.Errorf("job: %w", unknown), unknown)
	require.ErrorIs(t, unknown.Err, CodeNumberBlocked)
}

// A send whose first answer broke off and that was refused at its repetition was
// accepted: it matches no code.
func TestAcceptedSendsMatchNoRefusal(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	script(m, http.MethodPost, sendPath, []exchange{{status: 202, body: `{"id":"ms`}, {status: 409, code: string(CodeNumberBlocked)}})
	request := testSend()
	request.IdempotencyKey = "order-42"
	_, err := m.number(t).Messages.Send(t.Context(), request)
	isAcceptedUnread(t, err)
	require.NotErrorIs(t, err, CodeNumberBlocked)
	assert.Equal(t, CodeNumberBlocked, requireDecode(t, err).Code)
}

// requireDecode returns the answer in the Err of a DecodeError.
func requireDecode(t *testing.T, err error) *APIError {
	t.Helper()
	var decode *DecodeError
	require.ErrorAs(t, err, &decode)
	answer := answerIn(decode.Err)
	require.NotNil(t, answer)
	return answer
}

// The end of every wait is a *WaitError.
func TestWaitError(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_1", http.StatusServiceUnavailable, `{"error":"later","code":"BUSY"}`)
	m.answer(http.MethodGet, "/v1/numbers/num_1/status", http.StatusServiceUnavailable, `{"error":"later","code":"BUSY"}`)
	for op, wait := range map[string]func(context.Context) error{
		"Messages.Wait": func(ctx context.Context) error {
			_, err := m.number(t).Messages.Wait(ctx, "msg_1", WaitMessageOptions{})
			return err
		},
		"Numbers.WaitConnected": func(ctx context.Context) error {
			_, err := m.tenant(t).Numbers.WaitConnected(ctx, "num_1", WaitConnectedOptions{})
			return err
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := wait(ctx)
			var ended *WaitError
			require.ErrorAs(t, fmt.Errorf("job: %w", err), &ended)
			assert.Equal(t, op, ended.Op)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, ended.Err, context.DeadlineExceeded)
			require.ErrorIs(t, ended.Last, ErrorCode("BUSY"))
			require.ErrorIs(t, err, ErrorCode("BUSY"))
			assert.Equal(t, OutcomeUnknown, Outcome(err))
			require.EqualError(t, err, op+": the wait ended: context deadline exceeded; before that: "+ended.Last.Error())
			assert.NotContains(t, printouts(err), "PANIC=")
		})
	}
}
