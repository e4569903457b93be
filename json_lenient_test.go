package pilotstatus

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everyKind is an answer with a member of every kind that answers have.
type everyKind struct {
	ID      string         `json:"id"`
	Status  MessageStatus  `json:"status"`
	Whole   int64          `json:"whole"`
	Count   int            `json:"count"`
	Part    float64        `json:"part"`
	Yes     bool           `json:"yes"`
	Maybe   *bool          `json:"maybe"`
	Length  *int64         `json:"length"`
	Pricing *MetaPricing   `json:"pricing"`
	Engine  *Instance      `json:"engine"` // decodes itself
	Health  NumberHealth   `json:"health"`
	Texts   []string       `json:"texts"`
	Rows    []NumberKeyRef `json:"rows"`
	Key     Secret         `json:"key"`
	At      Timestamp      `json:"at"`
}

func TestMembersOfOtherKinds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]everyKind{
		`"whole":12.0,"count":1e1,"part":1`:                               {Whole: 12, Count: 10, Part: 1},
		`"whole":"12","count":"1.0","part":"1.5"`:                         {Whole: 12, Count: 1, Part: 1.5},
		`"whole":-120e-1,"count":-0`:                                      {Whole: -12},
		`"whole":12.5,"count":"many","part":"much"`:                       {},
		`"whole":1e400,"count":9223372036854775808,"part":1e400`:          {},
		`"whole":9007199254740993.0`:                                      {},
		`"whole":"","count":" 1","part":"0x1p4"`:                          {},
		`"length":12.5,"maybe":"yes","yes":"true"`:                        {},
		`"length":12.0,"maybe":false,"yes":true`:                          {Length: Ptr(int64(12)), Maybe: Ptr(false), Yes: true},
		`"length":null,"maybe":null,"yes":null,"whole":null,"texts":null`: {},
		`"pricing":[],"health":[],"texts":{},"rows":{}`:                   {},
		`"pricing":{"category":7,"type":"regular"}`:                       {Pricing: &MetaPricing{Type: "regular"}},
		`"pricing":"none","health":7,"texts":"a","rows":"b"`:              {},
		`"engine":"none"`:                                                 {},
		`"engine":[],"yes":true`:                                          {Yes: true},
		`"engine":{"status":"OPEN","number":7.5}`:                         {Engine: &Instance{State: ConnectionStateOpen}},
		`"status":7,"yes":1`:                                              {},
		`"texts":["a",7]`:                                                 {},
		`"texts":["a",null]`:                                              {Texts: []string{"a", ""}},
		`"rows":[{"name":"a"},7,{"name":7,"keyLast4":"b"}]`:               {Rows: []NumberKeyRef{{Name: "a"}, {}, {KeyLast4: "b"}}},
		`"key":7,"yes":true`:                                              {Yes: true},
		`"key":{},"at":{},"yes":true,"count":[]`:                          {Yes: true},
	} {
		var got everyKind
		require.NoError(t, unmarshalAnswer([]byte(`{"id":"a",`+text+`}`), &got), text)
		got.At = Timestamp{}
		want.ID = "a"
		assert.Equal(t, want, got, text)
	}
}

// Ids that were written as numbers are ids. Other texts are not made of numbers.
func TestNumbersInPlaceOfIDs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`7`: "7", `7.0`: "7", `1e2`: "100", `7.5`: "", `true`: "", `[7]`: "", `{}`: ""} {
		var got struct {
			ID   string   `json:"leadId"`
			IDs  []string `json:"ids"`
			Name string   `json:"name"`
		}
		require.NoError(t, unmarshalAnswer([]byte(`{"leadId":`+text+`,"name":`+text+`,"ids":["a",8]}`), &got))
		assert.Equal(t, want, got.ID, text)
		assert.Empty(t, got.Name, text)
		assert.Equal(t, []string{"a", "8"}, got.IDs)
	}
}

// What is no JSON, or another kind as a whole, stays an error, and leaves nothing behind.
func TestAnswersThatAreNotLenient(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `[]`, `7`, `"a"`, `{"id":"a"`, `{"id":"a"}}`, `{"id":"a",}`, `{"whole":12.5,"id":}`, `{id:"a"}`} {
		require.Error(t, unmarshalAnswer([]byte(text), new(everyKind)), text)
	}
	answer := everyKind{Status: MessageStatusRead, Texts: []string{"of the attempt before"}}
	require.NoError(t, unmarshalAnswer([]byte(`{"whole":"x","id":"a"}`), &answer))
	assert.Equal(t, everyKind{ID: "a"}, answer)
}

// Only exact names count, whatever way an answer is read.
func TestNamesOfMembersAreExact(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{`1`, `"odd"`} { // the second one takes the lenient way
		var got everyKind
		text := `{"id":"a","ID":"OTHER","whole":` + odd + `,"Whole":7,"status":"SENT","STATUS":"READ"}`
		require.NoError(t, unmarshalAnswer([]byte(text), &got))
		assert.Equal(t, "a", got.ID)
		assert.Equal(t, MessageStatusSent, got.Status)
		assert.NotEqual(t, int64(7), got.Whole)
	}
}

// One odd member costs neither its row nor those behind it.
func TestOddMembersCostNothingElse(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/calls", http.StatusOK,
		`[{"id":"c1","durationSeconds":12.0},{"id":"c2","durationSeconds":"soon"},{"id":"c3","durationSeconds":3}]`)
	calls, err := m.number(t).Calls.List(t.Context(), ListCallsOptions{})
	require.NoError(t, err)
	require.Len(t, calls, 3)
	assert.Equal(t, "c3", calls[2].ID)

	m.sequence(http.MethodGet, historyPath,
		jsonResponder(http.StatusOK, `{"messages":[{"id":"m1","media":"x","redacted":"no"},{"id":"m2","referral":[],"text":{}}]}`),
		jsonResponder(http.StatusOK, `{"messages":[]}`))
	var ids []string
	for message, err := range m.number(t).Inbox.AllHistory(t.Context(), ListInboxOptions{}) {
		require.NoError(t, err)
		ids = append(ids, message.ID)
	}
	assert.Equal(t, []string{"m1", "m2"}, ids)

	m.answer(http.MethodGet, "/v1/messages/msg_1", http.StatusOK, `{"id":"msg_1","status":"SENT","metaPricing":[]}`)
	message, err := m.number(t).Messages.Get(t.Context(), "msg_1")
	require.NoError(t, err)
	assert.Nil(t, message.MetaPricing)
}

// An array inside of an answer is bounded like a list.
func TestArraysOfTinyElements(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/referrals/summary", http.StatusOK, `{"ads":[`+strings.Repeat(`{},`, maxAnswer/3-10)+`{}]}`)
	_, err := m.number(t).Referrals.Summary(t.Context(), ReferralsSummaryOptions{})
	require.ErrorIs(t, err, ErrResponseTooLarge)
	var numbers struct {
		Values []int64 `json:"values"`
	}
	require.NoError(t, unmarshalAnswer([]byte(`{"values":[`+strings.Repeat(`1,`, maxPlain)+`1]}`), &numbers))
	assert.Len(t, numbers.Values, maxPlain+1)
}

// Growing needs little more than the rows do, whatever the first rows look like.
func TestListsGrowByWhatIsExpected(t *testing.T) {
	t.Parallel()
	for _, first := range []int{10, 100, 1000, 100_000} {
		var l list[[100]byte]
		const size, rest = 1 << 20, 100
		for read := first; read <= size; read += rest {
			require.NoError(t, l.grow(read, size))
			l.items = l.items[:len(l.items)+1]
		}
		assert.LessOrEqual(t, cap(l.items), 4*len(l.items)+16)
	}
}

// The rows of an answer share one budget for the arrays in them, however short each is.
func TestArraysInManyRows(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	const rows, elements = 171, 20_001
	row := `{"id":"n","apiKeys":[` + strings.Repeat(`{},`, elements-1) + `{}]},`
	body := `[` + strings.Repeat(row, rows-1) + row[:len(row)-1] + `]`
	require.Less(t, len(body), maxAnswer+maxPlain)
	m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, body)
	_, err := m.tenant(t).Numbers.List(t.Context())
	if strconv.IntSize == 32 { // an element has half the size
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, ErrResponseTooLarge)
}
