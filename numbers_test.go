package pilotstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumberInputIsChecked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	numbers := m.tenant(t).Numbers
	long := UpdateNumberSettings{MsgRejectCall: Set(strings.Repeat("é", maxMsgRejectCall+1))}
	for _, test := range []struct {
		update UpdateNumberRequest
		field  string
	}{
		{UpdateNumberRequest{}, "UpdateNumberRequest"},
		{UpdateNumberRequest{Settings: UpdateNumberSettings{}}, "UpdateNumberRequest"},
		{UpdateNumberRequest{PIIMode: PIIModeStoreXDays}, "PIIRetentionDays"},
		{UpdateNumberRequest{PIIRetentionDays: -1}, "PIIRetentionDays"},
		{UpdateNumberRequest{PIIMode: PIIModeStoreXDays, PIIRetentionDays: 3651}, "PIIRetentionDays"},
		{UpdateNumberRequest{Settings: long}, "Settings.MsgRejectCall"},
	} {
		_, err := numbers.Update(t.Context(), "num_1", test.update)
		requireValidation(t, err, test.field)
	}
	for field, number := range map[string]CreateNumberRequest{
		"Name":                   {Number: "+5511999990000"},
		"Number":                 {Name: "Sales", Number: " "},
		"Settings.MsgRejectCall": {Name: "Sales", Number: "+5511999990000", Settings: long},
	} {
		_, err := numbers.Create(t.Context(), number)
		requireValidation(t, err, field)
	}
	for field, link := range map[string]CreatePairingLinkRequest{
		"Name":   {Number: "+5511999990000"},
		"Number": {Name: "Sales", Provider: ProviderPilotStatus},
		"Extra":  {Name: "Sales", Number: "+5511999990000", Extra: map[string]any{"sendViaWhatsApp": true}},
	} {
		_, err := numbers.CreatePairingLink(t.Context(), link)
		requireValidation(t, err, field)
	}
	_, err := numbers.CreateMeta(t.Context(), CreateMetaNumberRequest{Extra: map[string]any{"MetaPhoneId": "1"}})
	requireValidation(t, err, "Extra")
	// The words are endpoints, and this one would erase a number.
	for _, id := range []string{"", ".", "..", "meta", "check", "remote-pairing", "a\nb"} {
		requireValidation(t, numbers.Purge(t.Context(), id), "id")
	}
	assert.Empty(t, m.Requests())
}

// What is at a limit is not beyond it, and characters are not bytes.
func TestNumberInputAtTheLimits(t *testing.T) {
	t.Parallel()
	for _, update := range []UpdateNumberRequest{
		{PIIMode: PIIModeStoreXDays, PIIRetentionDays: 1},
		{PIIRetentionDays: 3650},
		{PIIMode: "MODE_OF_TOMORROW"},
		{Settings: UpdateNumberSettings{MsgRejectCall: Set(strings.Repeat("é", maxMsgRejectCall))}},
	} {
		require.NoError(t, update.validate())
	}
}

// Absent, null and false are three things on the wire.
func TestNumberUpdateSendsWhatIsSet(t *testing.T) {
	t.Parallel()
	for want, update := range map[string]UpdateNumberRequest{
		`{"piiMode":"RELAY_ONLY"}`:            {PIIMode: PIIModeRelayOnly},
		`{"piiRetentionDays":30}`:             {PIIRetentionDays: 30},
		`{"settings":{"alwaysOnline":null}}`:  {Settings: UpdateNumberSettings{AlwaysOnline: Null[bool]()}},
		`{"settings":{"alwaysOnline":false}}`: {Settings: UpdateNumberSettings{AlwaysOnline: Set(false)}},
		`{"settings":{"msgRejectCall":""}}`:   {Settings: UpdateNumberSettings{MsgRejectCall: Set("")}},
		`{"settings":{"msgRejectCall":null}}`: {Settings: UpdateNumberSettings{MsgRejectCall: Null[string]()}},
		`{"settings":{"historyImportEnabled":false,"ignoreGroups":null}}`: {
			Settings: UpdateNumberSettings{HistoryImportEnabled: Ptr(false), IgnoreGroups: Null[bool]()},
		},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPatch, "/v1/numbers/num_1", http.StatusOK, `{"id":"num_1"}`)
		updated, err := m.tenant(t).Numbers.Update(t.Context(), "num_1", update)
		require.NoError(t, err)
		assert.Equal(t, "num_1", updated.ID)
		assert.Nil(t, updated.SettingsSync)
		assert.JSONEq(t, want, string(m.Requests()[0].Body))
	}
}

// A row without a state of its own has that of its primary link.
func TestNumberSummaryHasItsState(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]ConnectionState{
		`{"id":"a","state":"OPEN","primaryLink":{"state":"CLOSE"}}`: ConnectionStateOpen,
		`{"id":"a","primaryLink":{"state":"CLOSE"}}`:                ConnectionStateClosed,
		`{"id":"a","state":null,"primaryLink":{"state":"CLOSE"}}`:   ConnectionStateClosed,
		`{"id":"a","state":"OPEN","primaryLink":null}`:              ConnectionStateOpen,
		`{"id":"a","secondaryLink":{"state":"OPEN"}}`:               "",
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, "["+row+"]")
		numbers, err := m.tenant(t).Numbers.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, numbers[0].State, row)
	}
	assert.Error(t, decode([]byte(`[1]`), new(NumberSummary)))
}

// Whether it is done is said, under one name or the other, or the answer is refused.
func TestAnswersThatSayWhetherItIsDone(t *testing.T) {
	t.Parallel()
	answers := func(text string) map[string]func() (bool, error) {
		m := newMockAPI(t)
		m.RegisterNoResponder(jsonResponder(http.StatusOK, text))
		numbers := m.tenant(t).Numbers
		return map[string]func() (bool, error){
			"Delete": func() (bool, error) {
				n, err := numbers.Delete(t.Context(), "num_1")
				return n != nil && n.OK, err
			},
			"Restore": func() (bool, error) {
				n, err := numbers.Restore(t.Context(), "num_1")
				return n != nil && n.OK, err
			},
		}
	}
	const all = "Delete Restore"
	for text, test := range map[string]struct {
		said string // by which the answer is believed
		want bool
	}{
		`{"ok":true}`:                {all, true},
		`{"ok":false}`:               {all, false},
		`{"success":true}`:           {"Delete", true},
		`{"success":false}`:          {"Delete", false},
		`{"ok":null,"success":true}`: {"Delete", true},
		`{"ok":true,"success":true}`: {all, true},
		`{"ok":null,"success":null}`: {},
		`{}`:                         {},
		`null`:                       {},
		`{"requiresReconnect":true,"restorableUntil":"2026-11-03T14:09:09.209Z"}`: {},
	} {
		for name, call := range answers(text) {
			got, err := call()
			if strings.Contains(test.said, name) {
				require.NoError(t, err, "%s: %s", name, text)
				assert.Equal(t, test.want, got, "%s: %s", name, text)
				continue
			}
			require.ErrorContains(t, err, `the answer has no "`, "%s: %s", name, text)
			var unread *DecodeError
			require.ErrorAs(t, err, &unread)
			assert.True(t, unread.Accepted())
		}
	}
	for name, call := range answers(`{"ok":1,"success":1}`) {
		_, err := call()
		assert.True(t, isA[*DecodeError](err), name)
	}
	var deleted DeletedNumber
	require.NoError(t, json.Unmarshal([]byte(`{"ok":false,"success":true}`), &deleted))
	assert.False(t, deleted.OK, "the name of today counts more")
}

// Methods whose answer says only whether the call was done believe that alone.
func TestCallsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		member string
		call   func(context.Context, *NumberClient, *TenantClient) error
	}{
		{"ok", func(ctx context.Context, _ *NumberClient, tenant *TenantClient) error {
			return tenant.Numbers.Purge(ctx, "num_1")
		}},
		{"success", func(ctx context.Context, number *NumberClient, _ *TenantClient) error {
			return number.Calls.UpdateSettings(ctx, UpdateCallSettingsRequest{Status: CallSettingEnabled})
		}},
		{"unlinked", func(ctx context.Context, _ *NumberClient, tenant *TenantClient) error {
			return tenant.AdAccounts.Unlink(ctx, "act_1")
		}},
		{"deleted", func(ctx context.Context, number *NumberClient, _ *TenantClient) error {
			return number.Templates.Delete(ctx, "t")
		}},
	} {
		answer := func(text string) error {
			m := newMockAPI(t)
			m.RegisterNoResponder(jsonResponder(http.StatusOK, text))
			err := test.call(t.Context(), m.number(t), m.tenant(t))
			assert.Len(t, m.Requests(), 1, "it is not repeated")
			return err
		}
		require.NoError(t, answer(`{"`+test.member+`":true,"more":1}`))

		err := answer(`{"` + test.member + `":false}`)
		require.ErrorIs(t, err, errNotDone, test.member)
		var denied *DecodeError
		require.ErrorAs(t, err, &denied)
		assert.False(t, denied.Accepted())
		assert.Equal(t, OutcomeUnknown, Outcome(err))
		assert.Equal(t, test.member != "success", isA[*OutcomeUnknownError](err), "of what may be repeated at will, no doubt remains")
		assert.Contains(t, err.Error(), "200 with an answer that denies it (application/json): the answer says that the call was not done")

		for _, text := range []string{`{"` + test.member + `":null}`, `{"` + test.member + `":"true"}`, `{"fine":true}`, `{}`, `null`, `[]`} {
			err := answer(text)
			var unread *DecodeError
			require.ErrorAs(t, err, &unread, text)
			assert.True(t, unread.Accepted(), text)
			assert.False(t, isA[*OutcomeUnknownError](err), text)
		}
		require.ErrorIs(t, answer(`{}`), errSaysNothing)
	}
}

// Nothing said of the links is not a no.
func TestFullyConnectedMayBeUnknown(t *testing.T) {
	t.Parallel()
	for member, want := range map[string]*bool{
		``: nil, `,"isFullyConnected":null`: nil, `,"isFullyConnected":false`: Ptr(false), `,"isFullyConnected":true`: Ptr(true),
	} {
		text := `{"id":"num_1"` + member + `}`
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/numbers/num_1", http.StatusOK, text)
		number, err := m.tenant(t).Numbers.Get(t.Context(), "num_1", GetNumberOptions{})
		require.NoError(t, err)
		assert.Equal(t, want, number.IsFullyConnected, text)
		var instance Instance
		require.NoError(t, json.Unmarshal([]byte(text), &instance))
		assert.Equal(t, want, instance.IsFullyConnected, text)
	}
}

// The constants are what the reference says.
func TestNumberWords(t *testing.T) {
	t.Parallel()
	words := []string{
		string(CoexistenceStatusConfirmed), string(CoexistenceStatusLikely), string(CoexistenceStatusNo), string(CoexistenceStatusUnknown),
		string(CoexistenceEvidenceMetaIsOnBizApp), string(CoexistenceEvidenceHistorySync), string(CoexistenceEvidencePhoneFields),
		string(InstanceQualityGood), string(InstanceQualityUnknown),
		string(NumberSettingsTargetAll), string(NumberSettingsTargetEvolutionGo), string(NumberSettingsTargetMeta), string(NumberSettingsTargetNone),
		string(KeyScopeNumber), string(KeyScopeTenant),
	}
	assert.Equal(t, "CONFIRMED LIKELY NO UNKNOWN meta_is_on_biz_app history_sync phone_fields GOOD UNKNOWN "+
		"all evolution-go meta none number tenant", strings.Join(words, " "))
}

// An answer that lacks what it is asked for is accepted and unreadable, not a value
// that says the opposite.
func TestNumberAnswersWithoutTheirPoint(t *testing.T) {
	t.Parallel()
	for _, o := range operationCases() {
		for _, op := range []string{"Numbers.Create", "Numbers.Pay", "Numbers.Status", "Pairing.Status"} {
			if o.op != op {
				continue
			}
			m := newMockAPI(t)
			m.RegisterNoResponder(jsonResponder(http.StatusOK, `{"ok":true,"instance":{},"isFullyConnected":true}`))
			for _, c := range m.clients(t) {
				if _, ok := c.method(op); ok {
					_, err := c.call(t.Context(), o)
					var unread *DecodeError
					require.ErrorAs(t, err, &unread, op)
					assert.True(t, unread.Accepted(), op)
				}
			}
		}
	}
}

func TestPayIsTriedOnceAndSaysWhy(t *testing.T) {
	t.Parallel()
	for body, test := range map[string]struct {
		status  int
		code    ErrorCode
		unknown bool
	}{
		`{"error":"x","code":"PAYMENT_FAILED","declineCode":"do_not_honor","proratedTotal":12.5,"currency":"BRL"}`: {402, CodePaymentFailed, false},
		`{"error":"x","code":"INSUFFICIENT_FUNDS"}`:                                                                {402, CodeInsufficientFunds, false},
		`{"error":"x","code":"PAYMENT_IN_PROGRESS"}`:                                                               {409, CodePaymentInProgress, false},
		`{"error":"x","code":"PAYMENT_PROVIDER_ERROR"}`:                                                            {502, CodePaymentProviderError, true},
		`{"error":"x","code":"PERMISSION_DENIED"}`:                                                                 {403, CodePermissionDenied, false},
		`{"error":"x","code":"NUMBER_NOT_FOUND"}`:                                                                  {404, CodeNumberNotFound, false},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/numbers/num_1/pay", test.status, body)
		_, err := m.tenant(t).Numbers.Pay(t.Context(), "num_1")
		assert.Equal(t, test.code, requireAnswer(t, err).Code)
		assert.Equal(t, test.unknown, isA[*OutcomeUnknownError](err), body)
		assert.Len(t, m.Requests(), 1, body)
		var payment *PaymentError
		if test.code == CodePaymentFailed && assert.ErrorAs(t, err, &payment) {
			assert.Equal(t, "do_not_honor", payment.DeclineCode)
			assert.InDelta(t, 12.5, payment.ProratedTotal, 0)
			assert.Equal(t, "BRL", payment.Currency)
		}
	}
}

// A Purge that HTML answers was not a Purge.
func TestPurgeBelievesNoPage(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodDelete, "/v1/numbers/num_1/purge", http.StatusOK, `<!doctype html><p>Sign in</p>`)
	err := m.tenant(t).Numbers.Purge(t.Context(), "num_1")
	var unread *DecodeError
	require.ErrorAs(t, err, &unread)
	assert.False(t, unread.Accepted())

	m = newMockAPI(t)
	m.answer(http.MethodDelete, "/v1/numbers/num_1/purge", http.StatusOK, `{"ok":true}`)
	require.NoError(t, m.tenant(t).Numbers.Purge(t.Context(), "num_1"))
}

// No printer shows a secret of an answer, wherever it stands.
func TestSecretsOfNumbersAndAccountsAreNotPrinted(t *testing.T) {
	t.Parallel()
	secrets := map[string][]string{
		"Numbers.Create":            {"qrcodeBase64", "pairingCode", "linkedApiKeyId"},
		"Numbers.Connect":           {"qrcodeBase64", "pairingCode"},
		"Numbers.UpgradeToDual":     {"qrcodeBase64", "pairingCode"},
		"Numbers.CreateMeta":        {"verifyToken"},
		"Numbers.CreatePairingLink": {"remotePairingUrl", "remotePairingToken", "linkedApiKeyId"},
		"Pairing.Connect":           {"qrcodeBase64", "pairingCode"},
		"APIKeys.RegenerateNumber":  {"key", "keyId"},
		"Key.List":                  {"url"},
		"ExtraNumbers.Buy":          {"checkoutUrl", "url"},
		"Billing.Checkout":          {"url", "checkoutUrl"},
		"EmbedSessions.Create":      {"token"},
	}
	for _, o := range operationCases() {
		if secrets[o.op] == nil {
			continue
		}
		found := 0
		for _, shape := range []string{"", ".sparse", ".url", ".renamed"} {
			text, ok := answerFile(t, o.op+shape+".json")
			if !ok {
				continue
			}
			m := newMockAPI(t)
			m.RegisterNoResponder(jsonResponder(http.StatusOK, text))
			for _, c := range m.clients(t) {
				if _, ok := c.method(o.op); !ok {
					continue
				}
				value, err := c.call(t.Context(), o)
				require.NoError(t, err, o.op)
				for _, secret := range membersNamed(requireJSON(t, o.op, text), secrets[o.op]) {
					found++
					for _, form := range formsOfAnswer(t, value) {
						assert.NotContains(t, form, secret, o.op)
						assert.NotContains(t, form, strings.TrimPrefix(secret, "data:image/png;base64,"), o.op)
					}
				}
			}
		}
		assert.NotZero(t, found, o.op)
	}
}

// membersNamed returns the texts of all members with one of the names, at any depth.
func membersNamed(value any, names []string) []string {
	var texts []string
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			texts = append(texts, membersNamed(item, names)...)
		}
	case map[string]any:
		for name, member := range value {
			text, ok := member.(string)
			for _, wanted := range names {
				if ok && name == wanted {
					texts = append(texts, text)
				}
			}
			texts = append(texts, membersNamed(member, names)...)
		}
	}
	return texts
}

// formsOfAnswer returns a value as every printer shows it.
func formsOfAnswer(t *testing.T, value any) []string {
	t.Helper()
	var forms []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s", "%x", "%d"} {
		forms = append(forms, fmt.Sprintf(verb, value))
	}
	data, err := json.Marshal(value)
	require.NoError(t, err)
	var text, object bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("answer", "value", value)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("answer", "value", value)
	return append(forms, string(data), text.String(), object.String())
}
