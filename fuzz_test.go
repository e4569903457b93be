package pilotstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// fuzzClient returns a client of that kind whose only attempt is answered by answer.
func fuzzClient(tb testing.TB, scope scopeSet, baseURL string, answer roundTrip) *Client {
	tb.Helper()
	o, err := newOptions([]Option{WithBaseURL(baseURL), WithHTTPClient(&http.Client{Transport: answer}), WithRetry(RetryPolicy{})})
	require.NoError(tb, err)
	return newCore(o).client(scope, APIKey(privateKey), "")
}

// firstScope returns one of the kinds of clients that an operation is for.
func firstScope(scopes scopeSet) scopeSet { return scopes & -scopes }

// Whatever an id is, it is refused or it is one segment of the path, the same
// after decoding, and nothing else of the URL is another.
func FuzzPath(f *testing.F) {
	var table []operation
	for _, op := range operationTable(f) {
		if strings.Contains(op.route, "{") {
			table = append(table, op)
		}
	}
	require.NotEmpty(f, table)
	bases := []string{"https://api.example", "http://127.0.0.1:8080/v1/", "https://api.example/a%2Fb%20c/v1", "https://[2001:db8::1]/x"}
	for i, id := range []string{
		"msg_1", "wamid.HBgM/x+y==", "120363@g.us", "id#x?y", "a b", " a ", "../numbers", "..", ".", "...", "%2e%2e", "%2F", "%", "%zz",
		"a/../../b", `..\..`, "//evil.example/", "https://evil.example", "@evil.example", ":80", "a;b", "a,b", "a&b=c", "é", "\u2025", "\u202e",
		"\xff\xfe", "\x00", "a\nb", "\u0085", "send", "Send", "send/", "settings", "check", "{id}", "}", "", "+5511987650432", strings.Repeat("x", 300),
	} {
		f.Add(uint8(i), uint8(i), id, "form_1")
		f.Add(uint8(i+7), uint8(i+1), "page_1", id)
	}
	f.Fuzz(func(t *testing.T, which, base uint8, id, second string) {
		op := table[int(which)%len(table)]
		ids := params{id, second}[:strings.Count(op.route, "{")]
		baseURL := bases[int(base)%len(bases)]
		var sent *http.Request
		client := fuzzClient(t, firstScope(op.scopes), baseURL, func(req *http.Request) (*http.Response, error) {
			sent = req
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
		})
		_, err := client.run(t.Context(), &op, input{path: ids}, nil)
		if err != nil {
			var refused *ValidationError
			require.ErrorAs(t, err, &refused)
			require.Nil(t, sent, "refused after it was sent")
			return
		}
		require.NotNil(t, sent)
		require.Equal(t, op.method, sent.Method)
		parsed, err := url.Parse(sent.URL.String())
		require.NoError(t, err)
		requireRoute(t, parsed, baseURL, op.route, ids)
		onWire, err := url.ParseRequestURI(sent.URL.RequestURI())
		require.NoError(t, err)
		require.Equal(t, parsed.EscapedPath(), onWire.EscapedPath())
		require.Empty(t, onWire.Host)
	})
}

// requireRoute checks that u is the route below the base URL with the ids in it.
func requireRoute(t *testing.T, u *url.URL, baseURL, route string, ids params) {
	t.Helper()
	base, err := url.Parse(baseURL)
	require.NoError(t, err)
	require.Equal(t, base.Scheme, u.Scheme)
	require.Equal(t, base.Host, u.Host)
	require.Nil(t, u.User)
	require.Empty(t, u.RawQuery)
	require.False(t, u.ForceQuery)
	require.Empty(t, u.Fragment)
	require.Empty(t, u.Opaque)
	prefix := strings.TrimSuffix(strings.TrimSuffix(base.EscapedPath(), "/"), "/v1")
	path, found := strings.CutPrefix(u.EscapedPath(), prefix)
	require.True(t, found, u.EscapedPath())
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	require.Len(t, got, len(want), path)
	for i, segment := range want {
		if !strings.HasPrefix(segment, "{") {
			require.Equal(t, segment, got[i])
			continue
		}
		plain, err := url.PathUnescape(got[i])
		require.NoError(t, err)
		require.Equal(t, ids[0], plain)
		require.NotContains(t, []string{"", ".", ".."}, plain)
		require.NotContains(t, neighbors(route), plain)
		require.NotRegexp(t, `[^A-Za-z0-9%._~-]`, got[i], "a reserved character stays")
		ids = ids[1:]
	}
}

var onlyDigits = regexp.MustCompile(`^[0-9]{1,9}$`)

// Whatever Retry-After says, the wait is no negative one.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"", "0", "-5", "1", "3600", "9223372037", "9223372036", "99999999999999999999", "1.5", ".5", "5.", ".", "1.2.3", "1e9", "+5", "0x10", "1_0",
		"NaN", "Inf", "-Inf", " 7 ", "7 8", "soon", "٣", "0.0000000001", strings.Repeat("9", 400), strings.Repeat("0", 400) + "1",
		"Wed, 04 Nov 2026 12:30:00 GMT", "Wednesday, 04-Nov-26 12:30:00 GMT", "Wed Nov  4 12:30:00 2026", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Sat, 01 Jan 0000 00:00:00 GMT", "Wed, 04 Nov 2026 12:30:00 +0300", "2026-11-04T12:30:00Z",
	} {
		f.Add(value, int64(1793795400), 2.5)
		f.Add(value, int64(-1), -1.0)
	}
	f.Fuzz(func(t *testing.T, value string, now int64, inBody float64) {
		at := time.Unix(now%(1<<38), 0)
		wait := parseRetryAfter(value, at)
		require.GreaterOrEqual(t, wait, time.Duration(0))
		require.Equal(t, wait, parseRetryAfter(" "+value+"\t", at), "blanks around it change nothing")
		if trimmed := strings.TrimSpace(value); onlyDigits.MatchString(trimmed) {
			seconds, err := strconv.Atoi(trimmed)
			require.NoError(t, err)
			require.Equal(t, time.Duration(seconds)*time.Second, wait)
		}
		fromBody := secondsToDuration(inBody)
		require.GreaterOrEqual(t, fromBody, time.Duration(0))
		if inBody >= 1 {
			require.GreaterOrEqual(t, fromBody, time.Second)
		}
		policy, err := RetryPolicy{MaxRetries: 3}.withDefaults()
		require.NoError(t, err)
		for n := range 70 {
			require.GreaterOrEqual(t, policy.wait(n+1, wait), max(wait, policy.MinWait))
		}
	})
}

// fuzzCalls are calls whose answers have all the shapes there are.
func fuzzCalls() []func(context.Context, *Client) error {
	type ctx = context.Context
	return []func(ctx, *Client) error{
		func(ctx ctx, c *Client) error { _, err := MessagesService{c}.Send(ctx, testSend()); return err },
		func(ctx ctx, c *Client) error { _, err := MessagesService{c}.Get(ctx, "msg_1"); return err },
		func(ctx ctx, c *Client) error { _, err := MessagesService{c}.Cancel(ctx, "msg_1"); return err },
		func(ctx ctx, c *Client) error { _, err := ContactsService{c}.Check(ctx, privatePhone); return err },
		func(ctx ctx, c *Client) error { _, err := KeyService{c}.List(ctx); return err },
		func(ctx ctx, c *Client) error { _, err := KeyService{c}.Rotate(ctx); return err },
		func(ctx ctx, c *Client) error { _, err := APIKeysService{c}.List(ctx); return err },
		func(ctx ctx, c *Client) error { _, err := NumbersService{c}.List(ctx); return err },
		func(ctx ctx, c *Client) error {
			_, err := NumbersService{c}.Get(ctx, "num_1", GetNumberOptions{})
			return err
		},
		func(ctx ctx, c *Client) error { _, err := PairingService{c}.Info(ctx, "tok"); return err },
		func(ctx ctx, c *Client) error {
			var out map[string]any
			return c.Do(ctx, Request{Method: http.MethodGet, Path: "/v1/x"}, &out)
		},
	}
}

// Whatever an answer is made of, the call ends in a decoded answer or in an error
// of the right type, and what the error shows and keeps has no key in it.
func FuzzErrorBody(f *testing.F) {
	for i, body := range []string{
		"", "null", "{}", "[]", "7", `""`, "true", "{", "[", `{"id":`, `{"id":"msg_1"}`, `{"id":7}`, `[{"id":"a"}]`, `[{"keyId":"a","key":null}]`,
		`{"data":[{"id":"a"}]}`, `{"data":null}`, `{"cancelled":1}`, `{"cancelled":["a"],"failed":[{"id":"b","reason":"no"}]}`, `{"cancelled":-1.5}`,
		`{"error":"no","code":"NOT_FOUND","details":{"a":1}}`, `{"error":{"message":"no","code":"X","details":[]}}`, `{"error":{"error":{"error":"no"}}}`,
		`{"error":["a"],"message":"b","code":7}`, `{"errorMessage":"no","retryAfterSeconds":1e400}`, `{"retryAfterSeconds":"5","error":null}`,
		`{"declineCode":"decline","currency":"BRL","proratedTotal":"7"}`, "<html><body>no</body></html>", "<?xml version=\"1.0\"?>", "  <!doctype html>",
		"\ufeff{\"error\":\"no\"}", "plain text", "\xff\xfe\x00", `{"error":"` + strings.Repeat("x", 300) + `"}`, strings.Repeat("[", 200), "{\"error\":\"a\\u0000b\"}",
		`{"error":"","code":"","message":" "}`, "NaN", `{"createdAt":"x","id":"a","settings":7}`, `{"error":"\ud800"}`, `{"ERROR":"no","Code":"X"}`,
	} {
		f.Add(uint16(i*17), uint8(i), []byte(body), "application/json", uint32(len(body)/2))
		f.Add(uint16(0), uint8(i), []byte(body), "text/html; charset=utf-8", uint32(0))
	}
	f.Add(uint16(103), uint8(0), []byte(`{"declineCode":"x"}`), "application/json", uint32(17)) // 402
	calls := fuzzCalls()
	scopes := []scopeSet{
		forNumber, forNumber, forNumber, forNumber, forNumber, forNumber, forTenant, forTenant, forTenant, forPublic, forNumber,
	}
	f.Fuzz(func(t *testing.T, status uint16, which uint8, body []byte, contentType string, at uint32) {
		code := 299 + int(status)%301
		if code == 299 {
			code = http.StatusOK
		}
		position := int(at) % (len(body) + 1)
		body = append(bytes.Clone(body[:position]), append([]byte(privateKey), body[position:]...)...)
		call := int(which) % len(calls)
		client := fuzzClient(t, scopes[call], "https://api.example", func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: code, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)),
			}, nil
		})
		if scopes[call] == forPublic {
			client.cred, client.private = APIKey(privateKey), func() []string { return []string{privateKey} }
		}
		err := calls[call](t.Context(), client)
		if err == nil {
			require.Equal(t, http.StatusOK, code)
			return
		}
		require.LessOrEqual(t, keptOf(t, err, code), maxErrorBody)
		require.NotEmpty(t, err.Error())
		data, jsonErr := json.Marshal(err)
		require.NoError(t, jsonErr)
		fields := rawFields(err)
		fields["Error()"], fields["JSON"] = err.Error(), string(data)
		for name, value := range fields {
			require.NotContains(t, value, "KEYQWERTY", name)
		}
	})
}

// keptOf checks the error that stands for an answer and returns how many bytes of
// the answer it keeps.
func keptOf(t *testing.T, err error, status int) int {
	t.Helper()
	var decode *DecodeError
	if status == http.StatusOK {
		require.ErrorAs(t, err, &decode)
		require.Equal(t, status, decode.StatusCode)
		require.Error(t, decode.Err)
		return len(decode.Body)
	}
	apiErr := requireAnswer(t, err)
	require.Equal(t, status, apiErr.StatusCode)
	require.GreaterOrEqual(t, apiErr.RetryAfter, time.Duration(0))
	require.Equal(t, 1, apiErr.Attempts)
	require.NotErrorAs(t, err, &decode, "both refused and accepted")
	return len(apiErr.Body)
}

// Whatever stands in the place of a time, the answer around it decodes, its text is
// kept and comes out as it went in.
func FuzzTimestamp(f *testing.F) {
	for _, data := range []string{
		"null", `""`, `"`, "", `"2026-11-04T12:30:00Z"`, `"2026-11-04T12:30:00.215-03:00"`, `"2026-11-04T12:30:00,5Z"`, `"2026-11-04T12:30:60Z"`,
		`"2026-11-04T24:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`, `"0001-01-01T00:00:00Z"`, `"2026-11-04T12:30:00\u005a"`,
		`"a\"b"`, `"\ud800"`, "\"\xff\"", "1762259400", "-1.5e300", "true", "{}", `["2026-11-04T12:30:00Z"]`, `{"a":"b"}`, "\"\u2028<>&\"", `"\`, "nul",
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		at := Timestamp{text: "before", Time: time.Unix(1, 0)}
		require.NoError(t, at.UnmarshalJSON(data))
		_, err := json.Marshal(at)
		require.NoError(t, err)

		var answer struct {
			At Timestamp `json:"at"`
			ID string    `json:"id"`
		}
		if !json.Valid(data) {
			return
		}
		require.NoError(t, json.Unmarshal([]byte(`{"at":`+string(data)+`,"id":"x"}`), &answer))
		require.Equal(t, "x", answer.ID)
		var text string
		if json.Unmarshal(data, &text) == nil && utf8.Valid(data) {
			require.Equal(t, text, answer.At.Text())
			if parsed, err := time.Parse(time.RFC3339, text); err == nil {
				require.True(t, answer.At.Time.Equal(parsed))
			}
		}
		if !utf8.ValidString(answer.At.Text()) {
			return // JSON has no form for it
		}
		encoded, err := json.Marshal(answer.At)
		require.NoError(t, err)
		var again Timestamp
		require.NoError(t, json.Unmarshal(encoded, &again))
		require.Equal(t, answer.At.Text(), again.Text())
		require.True(t, answer.At.Time.Equal(again.Time) || text == "")
	})
}
