package pilotstatus

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What nobody may read in an error, a log or a printout. The characters around the
// telling part of each are those that URLs and JSON escape.
const (
	privateKey    = "ps_live_KEYQWERTY0123456789abcd"
	privateKeyID  = "KEYIDQWERTY/+1="
	privatePhone  = "+5511987650432"
	privateBody   = "Oi \"Zuleika\" & <família>, (às 9h)!\nTudo bem?\tAté já"
	privateName   = "Ântonio Vilmarzinho!"
	privateID     = "wamid.HBgMSGIDQ/+x8=="
	privateNumber = "num_NUMERIDQ"
	privateToken  = "tok'PAIRTOKQ~/=(1)"
	privateRetry  = "order-IDEMPOTQ+77"
	privateCursor = "cur/CURSORQ="
)

func privateValues() []string {
	return []string{
		privateKey, privateKeyID, privatePhone, privateBody, privateName,
		privateID, privateNumber, privateToken, privateRetry, privateCursor,
	}
}

// tellingParts are the parts of the private values that survive any escaping.
func tellingParts() []string {
	return []string{
		"KEYQWERTY", "KEYIDQWERTY", "Zuleika", "Tudo bem", "Vilmarzinho",
		"HBgMSGIDQ", "NUMERIDQ", "PAIRTOKQ", "IDEMPOTQ", "CURSORQ",
	}
}

// phoneDigits is what all ways of writing the phone number have in common.
const phoneDigits = "987650432"

// leaks returns what a text gives away: private values as they are, in hexadecimal,
// in base64 or as the lists of numbers that fmt makes of bytes.
func leaks(text string) []string {
	var found []string
	lower := strings.ToLower(text)
	for part, forms := range leakForms() {
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(lower, form) }) {
			found = append(found, part)
		}
	}
	slices.Sort(found)
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
	if strings.Contains(digits, phoneDigits) {
		found = append(found, "the phone number")
	}
	return found
}

// leakForms returns, for each telling part, what to look for in lower-case text.
var leakForms = sync.OnceValue(func() map[string][]string {
	forms := map[string][]string{}
	for _, part := range append(tellingParts(), phoneDigits) {
		for _, form := range dumpForms(part) {
			forms[part] = append(forms[part], strings.ToLower(form))
		}
	}
	return forms
})

// dumpForms returns a text as printers of bytes show it.
func dumpForms(text string) []string {
	var decimal, literal []string
	for i := range len(text) {
		decimal = append(decimal, strconv.Itoa(int(text[i])))
		literal = append(literal, fmt.Sprintf("0x%x", text[i]))
	}
	forms := []string{
		text, hex.EncodeToString([]byte(text)),
		strings.Join(decimal, " "), strings.Join(literal, ", "), strings.Join(decimal, ","),
	}
	// In base64 the first and the last character also hold bits of the neighbors.
	for offset, skip := range []int{0, 2, 3} {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + text))
		if (offset+len(text))%3 != 0 {
			encoded = encoded[:len(encoded)-1]
		}
		forms = append(forms, encoded[skip:])
	}
	return forms
}

// printouts returns everything that fmt, encoding/json and slog make of a value: as
// it is, dereferenced, in a struct, and wrapped where it is an error.
func printouts(value any) string {
	var b strings.Builder
	printAll(&b, value)
	printAll(&b, struct{ Value any }{value})
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct {
		printAll(&b, v.Elem().Interface())
	}
	if err, ok := value.(error); ok {
		printAll(&b, fmt.Errorf("wrapped: %w", err))
		printAll(&b, fmt.Errorf("wrapped twice: %w", fmt.Errorf("wrapped: %w", err)))
	}
	return b.String()
}

func printAll(b *strings.Builder, value any) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
		fmt.Fprintf(b, verb+"\n", value)
	}
	fmt.Fprintln(b, value)
	if data, err := json.Marshal(value); err != nil {
		fmt.Fprintln(b, err.Error())
	} else {
		fmt.Fprintln(b, string(data))
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(b, nil), slog.NewJSONHandler(b, nil)} {
		slog.New(handler).Error("message", "value", value, slog.Group("group", slog.Any("value", value)))
	}
}

// printFew is printAll for tests that print thousands of values.
func printFew(b *strings.Builder, value any) {
	fmt.Fprintf(b, "%v\n%#v\n", value, value)
	if data, err := json.Marshal(value); err == nil {
		fmt.Fprintln(b, string(data))
	}
	slog.New(slog.NewJSONHandler(b, nil)).Error("message", "value", value)
}

// requireNoLeak fails where a printout of the value gives something away.
func requireNoLeak(t *testing.T, value any) {
	t.Helper()
	text := printouts(value)
	require.Empty(t, leaks(text), "%T prints\n%s", value, leakyLines(text))
}

// leakyLines returns the lines of a printout that give something away.
func leakyLines(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if len(leaks(line)) > 0 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// What finds leaks finds them: a plain struct leaks in every one of the ways.
func TestLeakFinder(t *testing.T) {
	t.Parallel()
	type plain struct{ Value any }
	for _, value := range privateValues() {
		assert.NotEmpty(t, leaks(fmt.Sprintf("%v", plain{value})), value)
		for _, verb := range []string{"%v", "%#v", "%x", "%X", "%d"} {
			assert.NotEmpty(t, leaks(fmt.Sprintf(verb, plain{[]byte(value)})), "%s of %s", verb, value)
		}
		for _, prefix := range []string{"", "x", "xy"} {
			data, err := json.Marshal(plain{[]byte(prefix + value + "tail")})
			require.NoError(t, err)
			assert.NotEmpty(t, leaks(string(data)), "%s of %s", data, value)
		}
		for name, escape := range escapes() {
			assert.NotEmpty(t, leaks(escape(value)), "%s of %s", name, value)
		}
	}
	for _, phone := range writtenPhones() {
		assert.NotEmpty(t, leaks(phone))
	}
	assert.Empty(t, leaks("Messages.Send: 400 VALIDATION_ERROR: [redacted] (0xc0000a1b2c)"))
}

// escapes returns the ways in which an answer may repeat what it was sent.
func escapes() map[string]func(string) string {
	goJSON := func(text string) string {
		quoted, _ := json.Marshal(text)
		return string(quoted[1 : len(quoted)-1])
	}
	scriptJSON := func(text string) string {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(text)
		return strings.Trim(strings.TrimSpace(b.String()), `"`)
	}
	asciiJSON := func(text string) string {
		var b strings.Builder
		for _, r := range scriptJSON(text) {
			if r < 0x80 {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		}
		return b.String()
	}
	scriptURI := strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*")
	return map[string]func(string) string{
		"as it is":           strings.Clone,
		"JSON by Go":         goJSON,
		"JSON by JavaScript": scriptJSON,
		"JSON in ASCII":      asciiJSON,
		"path segment":       url.PathEscape,
		"query":              url.QueryEscape,
		"segment without +":  escapeSegment,
		"encodeURIComponent": func(text string) string { return scriptURI.Replace(escapeSegment(text)) },
		"lower-case percent": lowerPercent,
		"in quotes":          strconv.Quote,
	}
}

// lowerPercent escapes like a URL, with the digits a to f in lower case.
func lowerPercent(text string) string {
	escaped := []byte(escapeSegment(text))
	for i := 0; i+2 < len(escaped); i++ {
		if escaped[i] == '%' {
			copy(escaped[i+1:i+3], bytes.ToLower(escaped[i+1:i+3]))
		}
	}
	return string(escaped)
}

func writtenPhones() []string {
	return []string{
		privatePhone, "5511987650432", "+55 (11) 98765-0432", "55 11 98765.0432", "+55 11 9 8765 0432",
		"(11)98765\u20110432", "55\u00a011\u00a098765\u00a00432", "0055-11-98765-0432", "whatsapp:5511987650432@s.whatsapp.net",
	}
}

// bothCredentials are both kinds of credential.
func bothCredentials() map[string]Credential {
	return map[string]Credential{"key": APIKey(privateKey), "key id": APIKeyID(privateKeyID)}
}

// privateCalls are calls that carry all there is to hide.
func privateCalls() map[string]func(context.Context, Credential, ...Option) error {
	send := func(ctx context.Context, cred Credential, content Content, opts []Option) error {
		client, err := NewNumberClient(cred, opts...)
		if err != nil {
			return err
		}
		_, err = client.Messages.Send(ctx, SendRequest{
			To: Phone(privatePhone), Content: content, IdempotencyKey: privateRetry,
		})
		return err
	}
	return map[string]func(context.Context, Credential, ...Option) error{
		"send a template": func(ctx context.Context, cred Credential, opts ...Option) error {
			return send(ctx, cred, TemplateContent{
				ID: "welcome", Variables: map[string]string{"name": privateName, "text": privateBody},
			}, opts)
		},
		"send a text": func(ctx context.Context, cred Credential, opts ...Option) error {
			return send(ctx, cred, TextContent{Body: privateBody, Buttons: []TextButton{ReplyButton(privateName)}}, opts)
		},
		"send variables with names of the API": func(ctx context.Context, cred Credential, opts ...Option) error {
			return send(ctx, cred, TemplateContent{
				ID: "welcome", Variables: map[string]string{"type": privateName, "language": privateBody},
			}, opts)
		},
		"get a message": func(ctx context.Context, cred Credential, opts ...Option) error {
			client, err := NewNumberClient(cred, opts...)
			if err != nil {
				return err
			}
			_, err = client.Messages.Get(ctx, privateID)
			return err
		},
		"cancel a message": func(ctx context.Context, cred Credential, opts ...Option) error {
			client, err := NewNumberClient(cred, opts...)
			if err != nil {
				return err
			}
			_, err = client.Messages.Cancel(ctx, privateID)
			return err
		},
		"check through a view": func(ctx context.Context, cred Credential, opts ...Option) error {
			client, err := NewTenantClient(cred, opts...)
			if err != nil {
				return err
			}
			knownKind(client.Client)
			_, err = client.Number(privateNumber).Contacts.Check(ctx, privatePhone)
			return err
		},
		"get a number": func(ctx context.Context, cred Credential, opts ...Option) error {
			client, err := NewTenantClient(cred, opts...)
			if err != nil {
				return err
			}
			_, err = client.Numbers.Get(ctx, privateNumber, GetNumberOptions{Refresh: true})
			return err
		},
		"pair": func(ctx context.Context, _ Credential, opts ...Option) error {
			client, err := NewPublicClient(opts...)
			if err != nil {
				return err
			}
			_, err = client.Pairing.Info(ctx, privateToken)
			return err
		},
		"rotate the key": func(ctx context.Context, cred Credential, opts ...Option) error {
			client, err := NewTenantClient(cred, opts...)
			if err != nil {
				return err
			}
			knownKind(client.Client)
			_, err = client.Key.Rotate(ctx)
			return err
		},
		"do": func(ctx context.Context, cred Credential, opts ...Option) error {
			client, err := NewNumberClient(cred, opts...)
			if err != nil {
				return err
			}
			var out struct {
				ID int `json:"id"`
			}
			return client.Do(ctx, Request{
				Method: http.MethodPost, Path: "/v1/leads/" + url.PathEscape(privateID), Query: url.Values{"cursor": {privateCursor}},
				Body: map[string]any{"note": privateBody}, Retry: RetryKeyed, IdempotencyKey: privateRetry,
			}, &out)
		},
	}
}

// sentBy returns the private values that a call of privateCalls knows: an error can
// hide no others. The phone number is told by its digits and hidden everywhere.
func sentBy(call string, cred string) []string {
	values := map[string][]string{
		"send a template":                      {privateName, privateBody, privateRetry},
		"send a text":                          {privateName, privateBody, privateRetry},
		"send variables with names of the API": {privateName, privateBody, privateRetry},
		"get a message":                        {privateID},
		"cancel a message":                     {privateID},
		"check through a view":                 {privateNumber},
		"get a number":                         {privateNumber},
		"pair":                                 {privateToken},
		"do":                                   {privateID, privateCursor, privateBody, privateRetry},
	}[call]
	switch {
	case call == "pair":
	case cred == "key":
		values = append(values, privateKey)
	default:
		values = append(values, privateKeyID)
	}
	return values
}

// echoes returns answers that repeat a text wherever an answer has room for it.
func echoes(status int, text string) map[string]httpmock.Responder {
	encode := func(value any) string {
		data, _ := json.Marshal(value)
		return string(data)
	}
	answer := func(contentType, body string) httpmock.Responder {
		return func(req *http.Request) (*http.Response, error) {
			resp := httpmock.NewStringResponse(status, body)
			resp.Header = http.Header{"Content-Type": {contentType}, "X-Echo": {text}}
			resp.Request = req
			return resp, nil
		}
	}
	const isJSON = "application/json"
	page := "<html><title>" + text + "</title></html>"
	return map[string]httpmock.Responder{
		"error":        answer(isJSON, encode(map[string]any{"error": "no " + text + ".", "code": "VALIDATION_ERROR", "details": []string{text}})),
		"message":      answer(isJSON, encode(map[string]any{"message": text, "code": "TENANT_SCOPE_NOT_ALLOWED"})),
		"errorMessage": answer(isJSON, encode(map[string]any{"errorMessage": text + text, "code": "NUMBER_SCOPE_NOT_ALLOWED"})),
		"code":         answer(isJSON, encode(map[string]any{"error": "no", "code": text})),
		"nested":       answer(isJSON, encode(map[string]any{"error": map[string]any{"message": text, "code": text, "details": text}})),
		"in JSON":      answer(isJSON, encode(map[string]any{"error": encode(map[string]string{"received": text})})),
		"details":      answer(isJSON, encode(map[string]any{"id": "", "details": text, "declineCode": text, "currency": text})),
		"broken JSON":  answer(isJSON, `{"id":"`+text),
		"wrong types":  answer(isJSON, `{"id":{"a":`+encode(text)+`},"cancelled":`+encode(text)+`,"data":`+encode(text)+`}`),
		"text":         answer("text/plain", text),
		"content type": answer("text/plain; echo="+text, text),
		"HTML":         answer("text/html", page),
		"HTML as JSON": answer(isJSON, page),
	}
}

// Whatever an answer repeats of a call, with whatever status, is in no error, in
// nothing that a logger or an observer gets to see, and the credential is not in
// the raw parts of an error either.
func TestErrorsHideWhatTheAPIRepeats(t *testing.T) {
	t.Parallel()
	statuses := []int{
		http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden,
		http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable,
	}
	for callName, call := range privateCalls() {
		t.Run(callName, func(t *testing.T) {
			t.Parallel()
			problems := map[string]string{} // the first of each shape
			for credName, cred := range bothCredentials() {
				text := strings.Join(append(sentBy(callName, credName), writtenPhones()...), " | ")
				for _, status := range statuses {
					if credName == "key id" && status >= http.StatusUnauthorized {
						continue // what differs between the credentials is not the status
					}
					for shape, responder := range echoes(status, text) {
						problem := noise(t, responder, func(opts ...Option) error { return call(t.Context(), cred, opts...) })
						if problem != "" {
							problems[shape] = fmt.Sprintf("%s, %d: %s", credName, status, problem)
						}
					}
				}
			}
			for shape, problem := range problems {
				assert.Empty(t, problem, shape)
			}
		})
	}
}

// The same in every escaped form, at the place that an error shows.
func TestErrorsHideEscapedForms(t *testing.T) {
	t.Parallel()
	for name, escape := range escapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var problems []string
			for callName, call := range privateCalls() {
				for credName, cred := range bothCredentials() {
					var texts []string
					for _, value := range sentBy(callName, credName) {
						texts = append(texts, escape(value))
					}
					responder := echoes(http.StatusBadRequest, strings.Join(texts, " | "))["error"]
					problem := noise(t, responder, func(opts ...Option) error { return call(t.Context(), cred, opts...) })
					if problem != "" {
						problems = append(problems, callName+", "+credName+": "+problem)
					}
				}
			}
			slices.Sort(problems)
			require.Empty(t, strings.Join(problems, "\n"))
		})
	}
}

// noise makes a call that must fail and returns what is wrong with what comes of it:
// what the error, the log and the observer give away, and which fields of the error
// still hold the credential.
func noise(t *testing.T, responder httpmock.Responder, call func(...Option) error) string {
	t.Helper()
	m := newMockAPI(t)
	m.RegisterNoResponder(responder)
	var seen strings.Builder
	err := call(m.options([]Option{
		WithRetry(RetryPolicy{MaxRetries: 1, MinWait: time.Nanosecond, MaxWait: time.Microsecond}),
		WithLogger(slog.New(slog.NewJSONHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		WithObserver(func(_ context.Context, a Attempt) { printFew(&seen, a) }),
	})...)
	require.NotEmpty(t, m.Requests())
	return noiseOf(err, seen.String())
}

// noiseOf is noise for an error and what was printed on the way to it.
func noiseOf(err error, seen string) string {
	var b strings.Builder
	b.WriteString(seen)
	if err != nil { // a call may take the answer for a good one
		printFew(&b, err)
	}
	text := b.String()
	if found := leaks(text); len(found) > 0 {
		line, _, _ := strings.Cut(leakyLines(text), "\n")
		return fmt.Sprintf("%s leak, as in: %s", found, line)
	}
	for name, value := range rawFields(err) {
		if strings.Contains(value, "KEYQWERTY") || strings.Contains(value, "KEYIDQWERTY") {
			return "the credential is in the field " + name + ": " + value
		}
	}
	return ""
}

// rawFields returns the fields of an error that no printer shows.
func rawFields(err error) map[string]string {
	fields := map[string]string{}
	var apiErr *APIError
	if errors.As(err, &apiErr) {
		fields["Body"], fields["Details"], fields["Header"] = string(apiErr.Body), string(apiErr.Details), fmt.Sprint(apiErr.Header)
		fields["Message"], fields["Code"] = apiErr.Message, string(apiErr.Code)
	}
	var payment *PaymentError
	if errors.As(err, &payment) {
		fields["DeclineCode"], fields["Currency"] = payment.DeclineCode, payment.Currency
	}
	var decode *DecodeError
	if errors.As(err, &decode) {
		fields["Body"], fields["Header"], fields["ContentType"] = string(decode.Body), fmt.Sprint(decode.Header), decode.ContentType
		fields["Err"] = decode.Err.Error()
	}
	var transport *TransportError
	if errors.As(err, &transport) {
		fields["Err"] = transport.Err.Error()
	}
	return fields
}

// A transport may put whole requests into its errors.
func TestErrorsHideWhatTransportsSay(t *testing.T) {
	t.Parallel()
	dump := func(req *http.Request) string {
		var body []byte
		if req.Body != nil {
			body, _ = io.ReadAll(req.Body)
		}
		return fmt.Sprintf("%s %s %v %s", req.Method, req.URL, req.Header, body)
	}
	failures := map[string]func(*http.Request) (*http.Response, error){
		"url.Error": func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: req.URL.String() + "?key=" + privateKey, Err: syscall.ECONNRESET}
		},
		"wrapped url.Error": func(req *http.Request) (*http.Response, error) {
			inner := &url.Error{Op: "Get", URL: req.URL.String(), Err: &url.Error{Op: "Get", URL: req.URL.String(), Err: io.EOF}}
			return nil, fmt.Errorf("proxy: %w", inner)
		},
		"dump": func(req *http.Request) (*http.Response, error) { return nil, errors.New(dump(req)) },
		"refuse": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		},
		"body breaks": func(req *http.Request) (*http.Response, error) {
			broken := io.MultiReader(strings.NewReader(`{"id":"`), &failingReader{errors.New(dump(req))})
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(broken)}, nil
		},
		"nothing": func(*http.Request) (*http.Response, error) { return nil, nil }, //nolint:nilnil // a broken transport
		"both": func(req *http.Request) (*http.Response, error) {
			return httpmock.NewStringResponse(http.StatusOK, dump(req)), errors.New(dump(req))
		},
	}
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for callName, call := range privateCalls() {
				for credName, cred := range bothCredentials() {
					var seen strings.Builder
					err := call(t.Context(), cred,
						WithBaseURL(testBase), WithHTTPClient(&http.Client{Transport: roundTrip(failure)}),
						WithRetry(RetryPolicy{MaxRetries: 1, MinWait: time.Nanosecond, MaxWait: time.Microsecond}),
						WithLogger(slog.New(slog.NewTextHandler(&seen, nil))),
						WithObserver(func(_ context.Context, a Attempt) { printAll(&seen, a) }))
					require.Error(t, err)
					assert.Empty(t, noiseOf(err, seen.String()), "%s, %s", callName, credName)
				}
			}
		})
	}
}

// roundTrip is a RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type failingReader struct{ err error }

func (r *failingReader) Read([]byte) (int, error) { return 0, r.err }

// The causes of an error stay without URLs, and are found.
func TestTransportCausesHaveNoURL(t *testing.T) {
	t.Parallel()
	for callName, call := range privateCalls() {
		fail := func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: req.URL.String(), Err: syscall.ECONNRESET}
		}
		err := call(t.Context(), APIKey(privateKey), WithBaseURL(testBase),
			WithHTTPClient(&http.Client{Transport: roundTrip(fail)}), WithRetry(RetryPolicy{}))
		require.ErrorIs(t, err, syscall.ECONNRESET, callName)
		var withURL *url.Error
		require.NotErrorAs(t, err, &withURL, callName)
		var transport *TransportError
		require.ErrorAs(t, err, &transport, callName)
		require.NotContains(t, printouts(transport.Err), "api.example", callName)
	}
}

// Input that is refused here is not repeated by the refusal.
func TestValidationErrorsDoNotRepeatTheInput(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant, public := m.number(t), m.tenant(t), m.public(t)
	send := func(r SendRequest) error {
		_, err := number.Messages.Send(t.Context(), r)
		return err
	}
	text := TextContent{Body: privateBody}
	constructor := func(cred Credential, opts ...Option) error {
		_, err := NewNumberClient(cred, opts...)
		return err
	}
	do := func(r Request) error { return number.Do(t.Context(), r, nil) }
	_, badID := number.Messages.Get(t.Context(), privateID+"\n")
	_, badToken := public.Pairing.Info(t.Context(), privateToken+"\x00")
	_, badView := tenant.Number(privateNumber+" x").Contacts.Check(t.Context(), privatePhone)
	_, badOpen := tenant.OpenNumber(t.Context(), privateNumber+"\t")
	_, badCancel := number.Messages.Cancel(t.Context(), privateID, privateID+"\r")
	_, badCheck := tenant.Number(privateNumber).Contacts.Check(t.Context(), slices.Repeat([]string{privatePhone}, 21)...)
	for name, err := range map[string]error{
		"recipient":       send(SendRequest{To: Phone(privatePhone + "\n"), Content: text}),
		"pointer":         send(SendRequest{To: Phone(privatePhone), Content: &text}),
		"buttons":         send(SendRequest{To: Phone(privatePhone), Content: TextContent{Body: privateBody, Buttons: slices.Repeat([]TextButton{ReplyButton(privateName)}, 4)}}),
		"media type":      send(SendRequest{To: Phone(privatePhone), Content: MediaContent{Source: "https://example.com/" + privateName}}),
		"idempotency":     send(SendRequest{To: Phone(privatePhone), Content: text, IdempotencyKey: privateRetry + "\n"}),
		"extra clash":     send(SendRequest{To: Phone(privatePhone), Content: text, Extra: map[string]any{"text": privateBody}}),
		"extra function":  send(SendRequest{To: Phone(privatePhone), Content: text, Extra: map[string]any{"x": func() {}, "y": privateBody}}),
		"extra marshaler": send(SendRequest{To: Phone(privatePhone), Content: text, Extra: map[string]any{"x": failingMarshaler{}}}),
		"card template":   send(SendRequest{To: Phone(privatePhone), Content: CarouselContent{Cards: []CarouselCard{{Body: privateBody}}, CardTemplate: json.RawMessage(privateBody)}}),
		"flow data":       send(SendRequest{To: Phone(privatePhone), Content: FlowContent{FlowID: "f", Data: map[string]any{privateName: failingMarshaler{}}}}),
		"id":              badID,
		"token":           badToken,
		"view":            badView,
		"open":            badOpen,
		"cancel":          badCancel,
		"check":           badCheck,
		"do path":         do(Request{Method: http.MethodGet, Path: "/v2/" + privateID}),
		"do query":        do(Request{Method: http.MethodGet, Path: "/v1/leads?phone=" + privatePhone}),
		"do escape":       do(Request{Method: http.MethodGet, Path: "/v1/leads/" + privateID + "%zz"}),
		"do method":       do(Request{Method: privateID, Path: "/v1/leads"}),
		"do body":         do(Request{Method: http.MethodPost, Path: "/v1/leads", Body: map[string]any{privateName: failingMarshaler{}}}),
		"key blank":       constructor(APIKey(privateKey + " ")),
		"key prefix":      constructor(APIKey(privateKeyID)),
		"key id":          constructor(APIKeyID(privateKeyID + "\n")),
		"URL password":    constructor(APIKey(privateKey), WithBaseURL("https://user:"+privateKey+"@api.example")),
		"URL query":       constructor(APIKey(privateKey), WithBaseURL("https://api.example/?key="+privateKey)),
		"URL garbage":     constructor(APIKey(privateKey), WithBaseURL("https://"+privateKey+"%zz\n")),
		"URL path":        constructor(APIKey(privateKey), WithBaseURL(defaultBaseURL+"/"+privateKey)),
		"user agent":      constructor(APIKey(privateKey), WithUserAgent(privateKey+"\n")),
	} {
		var refused *ValidationError
		require.ErrorAs(t, err, &refused, name)
		requireNoLeak(t, err)
	}
	assert.Empty(t, m.Requests())
}

// failingMarshaler fails with a text that nobody may read.
type failingMarshaler struct{}

func (failingMarshaler) MarshalJSON() ([]byte, error) {
	return nil, errors.New(privateBody + privateKey)
}

// TestErrorsHideUnusualInput has errors of the API's answers to inputs whose
// shape makes masking hard.
func TestErrorsHideUnusualInput(t *testing.T) {
	t.Parallel()
	flow := func(data map[string]any) SendRequest {
		return SendRequest{To: Phone(privatePhone), Content: FlowContent{FlowID: "flow", CTA: "Go", Data: data}}
	}
	for name, r := range map[string]SendRequest{
		"blanks at the ends":      {To: Phone(privatePhone), Content: TextContent{Body: "  " + privateBody + "\n"}},
		"flow data":               flow(map[string]any{"a": map[string]any{"b": []any{privateBody}}}),
		"flow data by API's name": flow(map[string]any{"mode": privateBody, "action": privateBody}),
		"extra":                   {To: Phone(privatePhone), Content: TextContent{Body: "x"}, Extra: map[string]any{"new": map[string]any{"purpose": privateBody}}},
		"label":                   {To: Phone(privatePhone), Content: TextContent{Body: "x"}, Labels: []string{privateBody}},
		"row id":                  {To: Phone(privatePhone), Content: ListContent{Body: "x", Sections: []ListSection{{Rows: []ListRow{{ID: privateBody}}}}}},
		"card":                    {To: Phone(privatePhone), Content: CarouselContent{Cards: []CarouselCard{{Media: map[string]string{"type": privateBody}}}}},
		"card template":           {To: Phone(privatePhone), Content: CarouselContent{Cards: []CarouselCard{{}}, CardTemplate: json.RawMessage(`"` + "Zuleika, Tudo bem" + `"`)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMockAPI(t)
			echo := strings.TrimSpace(privateBody)
			if name == "card template" {
				echo = "Zuleika, Tudo bem"
			}
			m.RegisterNoResponder(echoes(http.StatusBadRequest, echo)["error"])
			_, err := m.number(t).Messages.Send(t.Context(), r)
			var apiErr *APIError
			require.ErrorAs(t, err, &apiErr)
			requireNoLeak(t, err)
		})
	}
}

// A message that is withheld stays in its field, and only the credential is cut out of
// the fields.
func TestFieldsKeepWhatIsWithheld(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	client, err := NewNumberClient(APIKey(privateKey), m.options(nil)...)
	require.NoError(t, err)
	m.RegisterNoResponder(jsonResponder(http.StatusBadRequest,
		`{"error":"variable name is `+privateName+`, at most 100 characters","code":"VALIDATION_ERROR","details":{"key":"`+privateKey+`","limit":100}}`,
		"X-Request-Id", "req-7", "X-Echo", "a "+privateKey+" b"))
	_, err = client.Messages.Send(t.Context(), SendRequest{
		To: Phone(privatePhone), Content: TemplateContent{ID: "t", Variables: map[string]string{"name": privateName}},
	})
	require.EqualError(t, err, "Messages.Send: 400 VALIDATION_ERROR: (message withheld)")
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, "variable name is "+privateName+", at most 100 characters", apiErr.Message, "the field has it")
	assert.JSONEq(t, `{"key":"[redacted]","limit":100}`, string(apiErr.Details))
	assert.JSONEq(t, `{"error":"variable name is `+privateName+`, at most 100 characters","code":"VALIDATION_ERROR",`+
		`"details":{"key":"[redacted]","limit":100}}`, string(apiErr.Body))
	assert.Equal(t, "req-7", apiErr.Header.Get("X-Request-Id"))
	assert.Equal(t, "a [redacted] b", apiErr.Header.Get("X-Echo"))
}

// A credential across the border of what is kept of a body is cut out whole,
// wherever the border falls in it.
func TestCredentialIsCutAtTheBorderOfALargeBody(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{}
	for offset := 0; offset <= len(privateKey); offset += 3 {
		bodies["border "+strconv.Itoa(offset)] = strings.Repeat("x", maxErrorBody-offset) + privateKey + strings.Repeat("y", 1000)
		bodies["end of what is read "+strconv.Itoa(offset)] = strings.Repeat("x", maxErrorBody+errorBodySlack-offset) + privateKey + "y"
	}
	bodies["many"] = strings.Repeat(privateKey+" ", 5000)
	bodies["many, shifted"] = "shift " + strings.Repeat(privateKey+"  ", 5000)
	bodies["many, then one at the end"] = strings.Repeat(privateKey, 300) + strings.Repeat("x", maxErrorBody+errorBodySlack-300*len(privateKey)-8) + privateKey
	for _, status := range []int{http.StatusBadRequest, http.StatusOK} {
		for name, body := range bodies {
			m := newMockAPI(t)
			client, err := NewNumberClient(APIKey(privateKey), m.options([]Option{WithRetry(RetryPolicy{})})...)
			require.NoError(t, err)
			m.RegisterNoResponder(jsonResponder(status, body))
			_, err = client.Messages.Get(t.Context(), "msg_1")
			var kept []byte
			var apiErr *APIError
			var decode *DecodeError
			switch {
			case errors.As(err, &apiErr):
				kept = apiErr.Body
			case errors.As(err, &decode):
				kept = decode.Body
			}
			require.LessOrEqual(t, len(kept), maxErrorBody, name)
			require.NotEmpty(t, kept, name)
			for length := 8; length <= len(privateKey); length++ {
				require.False(t, bytes.Contains(kept, []byte(privateKey[:length])), "%d, %s: the first %d bytes of the key", status, name, length)
			}
		}
	}
}

// Clients, views, cores, credentials and options, by pointer and by value, with all
// that hangs on them.
func TestClientsPrintNoSecret(t *testing.T) {
	t.Parallel()
	for _, cred := range bothCredentials() {
		m := newMockAPI(t)
		opts := m.options([]Option{WithUserAgent("orders/2.1")})
		number, err := NewNumberClient(cred, opts...)
		require.NoError(t, err)
		tenant, err := NewTenantClient(cred, opts...)
		require.NoError(t, err)
		public, err := NewPublicClient(opts...)
		require.NoError(t, err)
		view, broken := tenant.Number(privateNumber), tenant.Number(privateNumber+"\n")
		type holder struct {
			Client any
			hidden any
		}
		values := map[string]any{
			"number": number, "tenant": tenant, "view": view, "broken view": broken, "public": public,
			"number core": number.Client, "tenant core": tenant.Client, "view core": view.Client,
			"messages": number.Messages, "contacts": view.Contacts, "key": tenant.Key, "pairing": tenant.Pairing,
			"credential": cred, "credential by pointer": &cred, "options": opts, "option": opts[0],
			"auth transport": number.transport, "core": number.core,
			"in fields": holder{number, number}, "values in fields": holder{*number, *number}, "cores in fields": holder{*number.Client, *number.Client},
			"credential in fields": holder{cred, cred}, "credentials": []Credential{cred}, "map": map[string]any{"a": cred, "b": *tenant},
			"zero number": &NumberClient{}, "zero core": &Client{}, "nil core": (*Client)(nil), "zero credential": Credential{},
		}
		for name, value := range values {
			if name == "core" { // it holds a lock, so by pointer only
				var b strings.Builder
				printAll(&b, value)
				require.Empty(t, leaks(b.String()), name)
				continue
			}
			text := printouts(value)
			require.Empty(t, leaks(text), "%s prints\n%s", name, leakyLines(text))
		}
	}
}

func TestClientsPrintTheirKindAndHost(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant, public := m.number(t), m.tenant(t), m.public(t)
	for text, value := range map[string]any{
		"pilotstatus: number client for api.example": number,
		"pilotstatus: tenant client for api.example": tenant,
		"pilotstatus: public client for api.example": public,
		"pilotstatus: number view for api.example":   tenant.Number("num_1"),
		"pilotstatus: zero client":                   &Client{},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			assert.Equal(t, text, fmt.Sprintf(verb, value), verb)
		}
		data, err := json.Marshal(value)
		require.NoError(t, err)
		assert.JSONEq(t, strconv.Quote(text), string(data))
		var b strings.Builder
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "value", value)
		assert.Contains(t, b.String(), strconv.Quote(text))
	}
	assert.Equal(t, "pilotstatus: number client for api.example", fmt.Sprint(*number), "by value")
	assert.Equal(t, "pilotstatus: zero client", (*Client)(nil).String())
}

// The keys in answers are no more readable than the client's own.
func TestAnswersPrintNoKey(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, `[{"numberId":"num_1","keyId":"`+privateKeyID+`","key":"`+privateKey+`","keyLast4":"abcd","revealable":true}]`)
	m.answer(http.MethodPost, "/v1/api-keys/regenerate", http.StatusOK, `{"id":"`+privateKeyID+`","key":"`+privateKey+`","scope":"tenant"}`)
	keys, err := m.tenant(t).APIKeys.List(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.Equal(t, privateKey, keys[0].Key.Reveal())
	require.Equal(t, privateKeyID, keys[0].KeyID.Reveal())
	rotated, err := m.tenant(t).Key.Rotate(t.Context())
	require.NoError(t, err)
	require.Equal(t, privateKey, rotated.Key.Reveal())
	for _, value := range []any{
		keys, keys[0], &keys[0], keys[0].Credential(), rotated, *rotated, rotated.Credential(),
		KeyInfo{ID: NewSecret(privateKeyID)}, []KeyInfo{{ID: NewSecret(privateKeyID)}}, map[string]NumberKey{"a": keys[0]},
		struct{ key NumberKey }{keys[0]}, struct{ key *RotatedKey }{rotated},
	} {
		requireNoLeak(t, value)
	}

	// A number whose key is not shown, and one that is not there.
	hidden := newMockAPI(t)
	hidden.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, `[{"numberId":"`+privateNumber+`","keyId":"`+privateKeyID+`","key":null}]`)
	for _, id := range []string{privateNumber, privateNumber + "2"} {
		_, err = hidden.tenant(t).OpenNumber(t.Context(), id)
		var unavailable *KeyUnavailableError
		require.ErrorAs(t, err, &unavailable)
		assert.Equal(t, id, unavailable.NumberID)
		requireNoLeak(t, err)
	}
}

// Whoever logs a context, or the call itself, sees nothing of what is sent.
func TestContextsPrintNothing(t *testing.T) {
	t.Parallel()
	for callName, call := range privateCalls() {
		var mu sync.Mutex
		var seen strings.Builder
		asked := map[string]int{}
		look := func(who string, ctx context.Context) {
			mu.Lock()
			defer mu.Unlock()
			asked[who]++
			printAll(&seen, ctx)
		}
		fail := func(req *http.Request) (*http.Response, error) {
			look("transport", req.Context())
			return httpmock.NewStringResponse(http.StatusServiceUnavailable, ""), nil
		}
		ctx := ContextWithAttemptTimeout(t.Context(), time.Minute)
		err := call(ctx, APIKey(privateKey), WithBaseURL(testBase), fastRetries(),
			WithHTTPClient(&http.Client{Transport: roundTrip(fail)}),
			WithLimiter(limiterFunc(func(ctx context.Context) error { look("limiter", ctx); return nil })),
			WithObserver(func(ctx context.Context, _ Attempt) { look("observer", ctx) }),
			WithLogger(slog.New(contextHandler{func(ctx context.Context) { look("logger", ctx) }})))
		require.Error(t, err)
		require.Len(t, asked, 4, callName)
		require.Empty(t, leaks(seen.String()), "%s\n%s", callName, seen.String())
	}
}

// limiterFunc is a Limiter made of a function.
type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

// contextHandler is a log handler that hands on the context of every record.
type contextHandler struct{ see func(context.Context) }

func (h contextHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h contextHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h contextHandler) WithGroup(string) slog.Handler            { return h }
func (h contextHandler) Handle(ctx context.Context, _ slog.Record) error {
	h.see(ctx)
	return nil
}

// A call is the context of its carrier request.
func TestCallPrintsItsOperationOnly(t *testing.T) {
	t.Parallel()
	client, err := NewNumberClient(APIKey(privateKey))
	require.NoError(t, err)
	request := SendRequest{To: Phone(privatePhone), Content: TextContent{Body: privateBody}, IdempotencyKey: privateRetry}
	encoded, err := EncodeSend(request)
	require.NoError(t, err)
	c, err := client.newCall(t.Context(), opMessagesSend, input{path: params{}, encoded: encoded.Body, key: privateRetry}, nil)
	require.NoError(t, err)
	require.Contains(t, string(c.body), "Zuleika")
	c.private()
	child, cancel := context.WithCancel(c)
	defer cancel()
	for _, ctx := range []context.Context{c, child, context.WithValue(c, callOptionsKey{}, 1)} {
		var b strings.Builder
		printAll(&b, ctx)
		assert.Empty(t, leaks(b.String()), b.String())
	}
	assert.Equal(t, "pilotstatus.call(Messages.Send)", fmt.Sprintf("%+v", c))
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	const body = `{"error":"message","code":"TENANT_SCOPE_NOT_ALLOWED"}`
	page := func(status int) httpmock.Responder {
		return func(*http.Request) (*http.Response, error) {
			resp := httpmock.NewStringResponse(status, "<!doctype html><h1>Hello</h1>")
			resp.Header.Set("Content-Type", "text/html; charset=utf-8")
			return resp, nil
		}
	}
	const htmlText = "received an HTML page, which is not from the API; the base URL may be wrong, the API is at https://pilotstatus.com.br"
	for name, test := range map[string]struct {
		answer httpmock.Responder
		want   string
	}{
		"code and message": {jsonResponder(403, body), "Messages.Get: 403 TENANT_SCOPE_NOT_ALLOWED: message"},
		"no message":       {jsonResponder(403, `{"code":"PERMISSION_DENIED"}`), "Messages.Get: 403 PERMISSION_DENIED: Forbidden"},
		"no code":          {jsonResponder(400, `{"error":"the body is too long"}`), "Messages.Get: 400: the body is too long"},
		"empty body":       {jsonResponder(404, ""), "Messages.Get: 404: Not Found"},
		"unknown status":   {jsonResponder(599, ""), "Messages.Get: 599 (4 attempts)"},
		"redirect":         {jsonResponder(307, "", "Location", "https://elsewhere.example/"), "Messages.Get: 307: Temporary Redirect"},
		"attempts":         {jsonResponder(503, `{"error":"busy","code":"BUSY"}`), "Messages.Get: 503 BUSY: busy (4 attempts)"},
		"wait":             {jsonResponder(429, `{"error":"slow down","code":"RATE_LIMITED"}`, "Retry-After", "90"), "Messages.Get: 429 RATE_LIMITED: slow down (retry after 1m30s)"},
		"wait in the body": {jsonResponder(429, `{"error":"slow down","retryAfterSeconds":0.0005}`), "Messages.Get: 429: slow down (retry after 500µs) (4 attempts)"},
		"HTML":             {page(404), "Messages.Get: 404: " + htmlText},
		"HTML after tries": {page(502), "Messages.Get: 502: " + htmlText + " (4 attempts)"},
		"HTML for success": {page(200), "Messages.Get: 200 with an answer that is not the API's (text/html; charset=utf-8): it is an HTML page; the base URL may be wrong, the API is at https://pilotstatus.com.br"},
		"broken JSON":      {jsonResponder(200, `{"id":]`), "Messages.Get: 200, accepted, but its answer cannot be read (application/json): jsontext: invalid character ']' after object value (expecting ',' or '}') after offset 6"},
		"truncated JSON":   {jsonResponder(200, `{"id":"msg`), "Messages.Get: 200, accepted, but its answer cannot be read (application/json): it ends early: unexpected EOF"},
		"empty success":    {jsonResponder(200, ""), "Messages.Get: 200, accepted, but its answer cannot be read (application/json): the answer is empty"},
		"another answer":   {jsonResponder(200, `{"ok":true}`), "Messages.Get: 200, accepted, but its answer cannot be read (application/json): the answer has no \"id\""},
		"a code of digits": {jsonResponder(400, `{"error":"refused","code":"131047"}`), "Messages.Get: 400: refused"},
		"no connection": {
			httpmock.NewErrorResponder(&url.Error{Op: "Get", URL: testBase, Err: syscall.ECONNREFUSED}),
			"Messages.Get: connection refused (4 attempts)",
		},
	} {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodGet, testBase+"/v1/messages/msg_abc", test.answer)
		_, err := m.number(t).Messages.Get(t.Context(), "msg_abc")
		require.EqualError(t, err, test.want, name)
		for _, word := range []string{"giving up", "api.example", "/v1/", "\n"} {
			require.NotContains(t, err.Error(), word, name)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			require.Equal(t, test.want, fmt.Sprintf(verb, err), "%s: every verb", name)
		}
	}
}

func TestErrorTextsOfSends(t *testing.T) {
	t.Parallel()
	send := func(answers ...httpmock.Responder) error {
		m := newMockAPI(t)
		m.sequence(http.MethodPost, "/v1/messages/send", answers...)
		_, err := m.number(t).Messages.Send(t.Context(), testSend())
		return err
	}
	require.EqualError(t, send(jsonResponder(403, `{"error":"message","code":"TENANT_SCOPE_NOT_ALLOWED"}`)),
		"Messages.Send: 403 TENANT_SCOPE_NOT_ALLOWED: message")
	require.EqualError(t, send(jsonResponder(503, `{"error":"busy","code":"BUSY"}`)),
		"Messages.Send: outcome unknown, the API may have processed the call; call again with the same idempotency key to settle it: "+
			"503 BUSY: busy (4 attempts)")
	require.EqualError(t, send(jsonResponder(503, ""), jsonResponder(400, `{"error":"at most 25000"}`)),
		"Messages.Send: outcome unknown, the API may have processed the call; call again with the same idempotency key to settle it: "+
			"400: at most 25000 (2 attempts)")
	require.EqualError(t, send(jsonResponder(503, "", "Retry-After", "30")),
		"Messages.Send: outcome unknown, the API may have processed the call; call again with the same idempotency key to settle it: "+
			"503: Service Unavailable (retry after 30s)")
	require.EqualError(t, send(httpmock.NewErrorResponder(syscall.ECONNRESET)),
		"Messages.Send: outcome unknown, the API may have processed the call; call again with the same idempotency key to settle it: "+
			"connection reset by peer (4 attempts)")
}

// What a message says does not reach the parts of an error that are not the API's
// own words.
func TestCutsSpareOperationAndStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/messages/send", status, `{"error":"no"}`)
		_, err := m.number(t).Messages.Send(t.Context(), SendRequest{
			To: Phone(privatePhone), Content: TextContent{Body: "Send", Footer: "Messages", Buttons: []TextButton{ReplyButton("200"), ReplyButton("400")}},
		})
		require.Error(t, err)
		assert.Contains(t, err.Error(), fmt.Sprintf("Messages.Send: %d", status))
	}
}

func TestErrorsAsJSONAndLog(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_abc", 429, `{"error":"call +55 11 98765-0432","code":"RATE_LIMITED","retryAfterSeconds":90}`)
	_, err := m.number(t).Messages.Get(t.Context(), "msg_abc")
	data, jsonErr := json.Marshal(err)
	require.NoError(t, jsonErr)
	assert.JSONEq(t, `{"op":"Messages.Get","status":429,"code":"RATE_LIMITED","message":"(message withheld)","attempts":1,"retryAfterSeconds":90}`, string(data))

	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Error("x", "err", err)
	var record map[string]any
	require.NoError(t, json.Unmarshal([]byte(b.String()), &record))
	assert.Equal(t, map[string]any{
		"op": "Messages.Get", "status": 429., "code": "RATE_LIMITED", "message": "(message withheld)",
		"attempts": 1., "retry_after": float64(90 * time.Second),
	}, record["err"])

	for _, plain := range []error{
		&DecodeError{Op: "X", StatusCode: 200}, &TransportError{Op: "X"}, &OutcomeUnknownError{Op: "X"}, &KeyUnavailableError{Reason: "no"}, &WaitError{Op: "X"},
	} {
		data, jsonErr = json.Marshal(plain)
		require.NoError(t, jsonErr)
		text, jsonErr := json.Marshal(plain.Error())
		require.NoError(t, jsonErr)
		assert.JSONEq(t, `{"error":`+string(text)+`}`, string(data))
	}
}

// Each family of answers is found through two wrappings, as itself and as APIError.
func TestErrorFamiliesAreFound(t *testing.T) {
	t.Parallel()
	type family struct {
		status int
		code   ErrorCode
		target any
	}
	for name, test := range map[string]family{
		"unauthorized": {401, "INVALID_API_KEY", new(*UnauthorizedError)},
		"tenant scope": {403, CodeTenantScopeNotAllowed, new(*TenantScopeError)},
		"number scope": {403, CodeNumberScopeNotAllowed, new(*NumberScopeError)},
		"moved status": {400, CodeNumberScopeNotAllowed, new(*NumberScopeError)},
		"not found":    {404, CodeTemplateNotFound, new(*NotFoundError)},
		"rate limit":   {429, CodeRateLimited, new(*RateLimitError)},
		"payment":      {402, CodePaymentFailed, new(*PaymentError)},
		"plain":        {409, CodeIdempotencyKeyReused, new(*APIError)},
		"session":      {401, CodeInvalidSession, new(*APIError)},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/messages/msg_abc", test.status, `{"error":"no","code":"`+string(test.code)+`"}`)
		_, err := m.number(t).Messages.Get(t.Context(), "msg_abc")
		wrapped := fmt.Errorf("job: %w", fmt.Errorf("step: %w", err))
		require.ErrorAs(t, wrapped, test.target, name)
		require.Equal(t, reflect.TypeOf(err), reflect.TypeOf(test.target).Elem(), name)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%t"} {
			require.Equal(t, err.Error(), fmt.Sprintf(verb, err), "%s, %s", name, verb)
			require.Equal(t, err.Error(), fmt.Sprintf(verb, reflect.ValueOf(err).Elem().Interface()), "%s by value, %s", name, verb)
		}
		var apiErr *APIError
		require.ErrorAs(t, wrapped, &apiErr, name)
		require.Equal(t, test.status, apiErr.StatusCode, name)
		require.ErrorIs(t, wrapped, test.code, name)
		require.NotErrorIs(t, wrapped, ErrorCode("ANOTHER"), name)
		require.NotErrorIs(t, wrapped, ErrorCode(""), name)
	}
}

func TestOtherErrorsAreFound(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodPost, "/v1/messages/send", jsonResponder(503, `{"code":"BUSY"}`), jsonResponder(400, `{"code":"REFUSED"}`))
	_, err := m.number(t).Messages.Send(t.Context(), SendRequest{To: Phone(privatePhone), Content: TextContent{Body: "x"}, IdempotencyKey: "order-1"})
	wrapped := fmt.Errorf("job: %w", fmt.Errorf("step: %w", err))
	var unknown *OutcomeUnknownError
	require.ErrorAs(t, wrapped, &unknown)
	assert.Equal(t, "order-1", unknown.IdempotencyKey)
	require.NotErrorIs(t, wrapped, ErrorCode("REFUSED"))
	require.ErrorIs(t, unknown.Err, ErrorCode("REFUSED"))
	apiErr := requireAnswer(t, wrapped)
	assert.Equal(t, 2, apiErr.Attempts)
	assert.Equal(t, "order-1", apiErr.IdempotencyKey)

	_, err = m.number(t).Messages.Send(t.Context(), SendRequest{})
	wrapped = fmt.Errorf("job: %w", fmt.Errorf("step: %w", err))
	var refused *ValidationError
	require.ErrorAs(t, wrapped, &refused)
	assert.Equal(t, "To", refused.Field)

	for _, body := range []string{`{"id":""}`, "", "null", "7", strings.Repeat("[", 20_000), strings.Repeat(`{"id":`, 20_000)} {
		m.answer(http.MethodGet, "/v1/messages/msg_abc", 200, body)
		_, err = m.number(t).Messages.Get(t.Context(), "msg_abc")
		var decode *DecodeError
		require.ErrorAs(t, fmt.Errorf("job: %w", fmt.Errorf("step: %w", err)), &decode)
		assert.True(t, decode.Accepted())
		require.NotErrorAs(t, err, &apiErr)
	}
}

// A context that ends during a wait leaves two causes, both found, on one line.
func TestTwoCausesOnOneLine(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_abc", 503, `{"error":"busy","code":"BUSY"}`)
	ctx, cancel := context.WithCancel(t.Context())
	client := m.number(t, WithRetry(RetryPolicy{MaxRetries: 3, MinWait: time.Minute, MaxWait: time.Minute}),
		WithObserver(func(context.Context, Attempt) { cancel() }))
	_, err := client.Messages.Get(ctx, "msg_abc")
	require.EqualError(t, err, "Messages.Get: context canceled; before that: Messages.Get: 503 BUSY: busy")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, ErrorCode("BUSY"))
	var transport *TransportError
	require.ErrorAs(t, err, &transport)
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.NotContains(t, strings.TrimSuffix(fmt.Sprintf("%v%+v%s", err, err, err), "\n"), "\n")
}

// Zero and nil errors print something, unwrap to nothing and never panic.
func TestZeroErrorsAreSafe(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&APIError{}, &UnauthorizedError{}, &TenantScopeError{}, &NumberScopeError{}, &NotFoundError{}, &RateLimitError{}, &PaymentError{},
		&ValidationError{}, &DecodeError{}, &TransportError{}, &OutcomeUnknownError{}, &KeyUnavailableError{}, &WaitError{}, &MissingEventsError{},
		&KeyCheckError{}, (*KeyCheckError)(nil),
		(*APIError)(nil), (*ValidationError)(nil), (*DecodeError)(nil), (*TransportError)(nil), (*OutcomeUnknownError)(nil),
		(*KeyUnavailableError)(nil), (*WaitError)(nil), (*MissingEventsError)(nil),
	} {
		name := fmt.Sprintf("%T, nil %t", err, reflect.ValueOf(err).IsNil())
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.NotPanics(t, func() {
				assert.NotEmpty(t, err.Error())
				require.NoError(t, errors.Unwrap(err))
				assert.NotErrorIs(t, err, ErrorCode(""))
				assert.NotErrorIs(t, err, CodeTemplateNotFound)
				var apiErr *APIError
				_ = errors.As(err, &apiErr)
				assert.NotContains(t, printouts(err), "PANIC=")
				if !reflect.ValueOf(err).IsNil() {
					assert.NotContains(t, printouts(err), "panicked", "slog catches a panic")
				}
			})
		})
	}
	var decode *DecodeError
	assert.False(t, decode.Accepted())
	assert.False(t, new(DecodeError).Accepted())
}

// attemptLog keeps what an observer is told.
type attemptLog struct{ attempts []Attempt }

func (l *attemptLog) observe(_ context.Context, a Attempt) { l.attempts = append(l.attempts, a) }

func TestObserverSeesEveryAttempt(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodPost, "/v1/messages/send",
		jsonResponder(503, `{"error":"busy","code":"BUSY"}`), httpmock.NewErrorResponder(syscall.ECONNRESET), jsonResponder(202, testAccepted))
	var l attemptLog
	_, err := m.number(t, WithObserver(l.observe)).Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	require.Len(t, l.attempts, 3)
	for i, a := range l.attempts {
		assert.Equal(t, "Messages.Send", a.Op)
		assert.Equal(t, http.MethodPost, a.Method)
		assert.Equal(t, "/v1/messages/send", a.Route)
		assert.Equal(t, "https://api.example", a.Origin)
		assert.Equal(t, i+1, a.Index)
		assert.Positive(t, a.Duration)
		last := i == 2
		assert.Equal(t, !last, a.Retry)
		if last {
			assert.Zero(t, a.Wait)
		} else {
			assert.GreaterOrEqual(t, a.Wait, time.Microsecond)
			assert.LessOrEqual(t, a.Wait, time.Millisecond)
		}
	}
	assert.Equal(t, []int{503, 0, 202}, []int{l.attempts[0].StatusCode, l.attempts[1].StatusCode, l.attempts[2].StatusCode})
	require.ErrorIs(t, l.attempts[0].Err, ErrorCode("BUSY"))
	require.ErrorIs(t, l.attempts[1].Err, syscall.ECONNRESET)
	require.NoError(t, l.attempts[2].Err)
}

func TestObserverSeesTheRouteAndNoID(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(200, `{"id":"x"}`))
	var l attemptLog
	client := m.number(t, WithObserver(l.observe))
	_, err := client.Messages.Get(t.Context(), privateID)
	require.NoError(t, err)
	require.NoError(t, client.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/leads/" + url.PathEscape(privateID)}, nil))
	require.Len(t, l.attempts, 2)
	assert.Equal(t, "/v1/messages/{id}", l.attempts[0].Route)
	assert.Empty(t, l.attempts[1].Route)
	assert.Equal(t, "Do", l.attempts[1].Op)
	requireNoLeak(t, l.attempts)

	// What fails before an attempt is no attempt.
	_, err = client.Messages.Get(t.Context(), "..")
	requireValidation(t, err, "id")
	assert.Len(t, l.attempts, 2)
}

func TestLoggerWritesEveryAttempt(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(io.Writer, *slog.HandlerOptions) slog.Handler{
		"text": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
		"JSON": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
	} {
		for level, want := range map[slog.Level]int{slog.LevelDebug: 3, slog.LevelWarn: 2, slog.LevelError: 0} {
			m := newMockAPI(t)
			m.sequence(http.MethodPost, "/v1/messages/send", jsonResponder(503, `{"code":"BUSY"}`), jsonResponder(500, ""), jsonResponder(202, testAccepted))
			var b bytes.Buffer
			_, err := m.number(t, WithLogger(slog.New(handler(&b, &slog.HandlerOptions{Level: level})))).Messages.Send(t.Context(), testSend())
			require.NoError(t, err)
			text := b.String()
			require.Equal(t, want, strings.Count(text, "\n"), "%s\n%s", name, text)
			require.Equal(t, want, strings.Count(text, "Messages.Send")-strings.Count(text, "Messages.Send:"), name)
			if want == 0 {
				continue
			}
			assert.Equal(t, 2, strings.Count(text, "WARN"), name)
			assert.Equal(t, 2, strings.Count(text, "retry_in"), name)
			assert.Equal(t, 2, strings.Count(text, "BUSY"), "%s: once in the error and once as the code", name)
			if level == slog.LevelDebug {
				assert.Equal(t, 1, strings.Count(text, "DEBUG"), name)
			}
		}
	}
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_abc", 503, `{"code":"BUSY"}`)
	var b bytes.Buffer
	_, err := m.number(t, WithRetry(RetryPolicy{}), WithLogger(slog.New(slog.NewJSONHandler(&b, nil)))).Messages.Get(t.Context(), "msg_abc")
	require.Error(t, err)
	var record map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &record))
	assert.Equal(t, "WARN", record["level"])
	assert.Equal(t, "Messages.Get", record["op"])
	assert.InDelta(t, 1, record["attempt"], 0)
	assert.InDelta(t, 503, record["status"], 0)
	assert.Equal(t, err.Error(), record["error"])
	assert.Equal(t, "BUSY", record["code"])
	assert.Contains(t, record, "duration")
	assert.NotContains(t, record, "retry_in")
}

func TestNilLoggerAndObserverAreSafe(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_abc", 503, "")
	var logger *slog.Logger
	var observer func(context.Context, Attempt)
	client := m.number(t, WithLogger(nil), WithLogger(logger), WithObserver(nil), WithObserver(observer), WithLimiter(nil))
	_, err := client.Messages.Get(t.Context(), "msg_abc")
	require.ErrorContains(t, err, "503")
	assert.Len(t, m.Requests(), 4)
}

func TestLimiterIsAskedBeforeEveryAttempt(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodPost, "/v1/messages/send", jsonResponder(503, ""), jsonResponder(503, ""), jsonResponder(202, testAccepted))
	type contextKey struct{}
	ctx := context.WithValue(t.Context(), contextKey{}, "caller")
	var sent []int
	client := m.number(t, WithLimiter(limiterFunc(func(got context.Context) error {
		assert.Same(t, ctx, got)
		_, bounded := got.Deadline()
		assert.False(t, bounded, "the limiter waits outside the attempt timeout")
		sent = append(sent, len(m.Requests()))
		return nil
	})), WithAttemptTimeout(time.Minute))
	_, err := client.Messages.Send(ctx, testSend())
	require.NoError(t, err)
	assert.Equal(t, []int{0, 1, 2}, sent)
}

func TestLimiterEndsTheCall(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	full := errors.New("full for " + privateKey)
	plain := errors.New("full")
	var l attemptLog
	for _, refusal := range []error{plain, fmt.Errorf("limiter: %w", plain)} {
		client := m.number(t, WithObserver(l.observe), WithLimiter(limiterFunc(func(context.Context) error { return refusal })))
		_, err := client.Messages.Send(t.Context(), testSend())
		require.ErrorIs(t, err, plain)
		var transport *TransportError
		require.ErrorAs(t, err, &transport)
		assert.Zero(t, transport.Attempts)
		var unknown *OutcomeUnknownError
		require.NotErrorAs(t, err, &unknown, "nothing was sent")
	}
	client, err := NewNumberClient(APIKey(privateKey), m.options([]Option{WithLimiter(limiterFunc(func(context.Context) error { return full }))})...)
	require.NoError(t, err)
	_, err = client.Messages.Send(t.Context(), testSend())
	require.EqualError(t, err, "Messages.Send: (message withheld)")
	require.ErrorIs(t, err, full)
	requireNoLeak(t, err)
	assert.Empty(t, m.Requests())
	assert.Empty(t, l.attempts, "nothing was attempted")
}

// A limiter that ends a call after its first attempt is not an attempt of its own.
func TestObserverSeesNoAttemptThatWasNotMade(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/messages/send", 503, `{"error":"busy","code":"BUSY"}`)
	full, asked := errors.New("full"), 0
	var l attemptLog
	client := m.number(t, WithObserver(l.observe), WithLimiter(limiterFunc(func(context.Context) error {
		if asked++; asked > 1 {
			return full
		}
		return nil
	})))
	_, err := client.Messages.Send(t.Context(), testSend())
	require.ErrorIs(t, err, full)
	var unknown *OutcomeUnknownError
	require.ErrorAs(t, err, &unknown)
	require.Len(t, m.Requests(), 1)
	require.Len(t, l.attempts, 1)
	assert.Equal(t, 503, l.attempts[0].StatusCode)
}

// The error of a limiter does not make the answer before it forgotten.
func TestLimiterKeepsTheLastAnswer(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/msg_abc", 503, `{"error":"busy","code":"BUSY"}`)
	full, asked := errors.New("full"), 0
	client := m.number(t, WithLimiter(limiterFunc(func(context.Context) error {
		if asked++; asked > 1 {
			return full
		}
		return nil
	})))
	_, err := client.Messages.Get(t.Context(), "msg_abc")
	require.ErrorIs(t, err, full)
	require.ErrorIs(t, err, ErrorCode("BUSY"))
}

// A client writes nothing anywhere but to its logger.
//
//nolint:paralleltest // it replaces the output of the whole process
func TestNothingIsPrinted(t *testing.T) {
	var logged bytes.Buffer
	stdout, stderr, defaultLogger, writer := os.Stdout, os.Stderr, slog.Default(), log.Writer()
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	defer func() {
		os.Stdout, os.Stderr = stdout, stderr
		slog.SetDefault(defaultLogger)
		log.SetOutput(writer)
		_ = file.Close()
	}()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.SetOutput(&logged)
	os.Stdout, os.Stderr = file, file

	for _, responder := range []httpmock.Responder{
		jsonResponder(200, `{"id":"x"}`), jsonResponder(400, `{"error":"no"}`), jsonResponder(503, ""), jsonResponder(307, "", "Location", "/x"),
		jsonResponder(200, "<html>"), jsonResponder(200, "{"), httpmock.NewErrorResponder(syscall.ECONNRESET),
	} {
		m := newMockAPI(t)
		m.RegisterNoResponder(responder)
		for _, call := range privateCalls() {
			_ = call(t.Context(), APIKey(privateKey), m.options(nil)...)
		}
	}
	os.Stdout, os.Stderr = stdout, stderr
	printed, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	assert.Empty(t, string(printed))
	assert.Empty(t, logged.String())
}
