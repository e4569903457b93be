package pilotstatus

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBrandingArrives(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Branding.Get", "Branding.Get.sparse", "Branding.Update", "Branding.Update.sparse"} {
		text, ok := answerFile(t, name+".json")
		require.True(t, ok, name)
		whole, _ := requireJSON(t, name, text).(map[string]any)
		m := newMockAPI(t)
		m.RegisterNoResponder(jsonResponder(http.StatusOK, text))
		tenant := m.tenant(t)
		got, err := tenant.Branding.Get(t.Context())
		require.NoError(t, err)
		updated, err := tenant.Branding.Update(t.Context(), UpdateBrandingRequest{LogoURL: Null[string]()})
		require.NoError(t, err)
		assert.Equal(t, got, updated)
		compare := comparison{seen: make(fields)}
		compare.value("", whole["branding"], reflect.ValueOf(got))
		assert.Empty(t, compare.missing, name)
		if name == "Branding.Get" {
			compare.seen.requireFilled(t)
		}
	}
}

// Nothing saved is an empty branding; an answer without any is not believed.
func TestBrandingThatIsMissing(t *testing.T) {
	t.Parallel()
	get := func(body string) (*Branding, error) {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/branding", http.StatusOK, body)
		return m.tenant(t).Branding.Get(t.Context())
	}
	branding, err := get(`{"branding":null}`)
	require.NoError(t, err)
	assert.Equal(t, &Branding{}, branding)
	for _, body := range []string{`{}`, `{"companyName":"Acme"}`, `{"branding":"none"}`, `[]`} {
		branding, err = get(body)
		assert.True(t, isA[*DecodeError](err), body)
		assert.Nil(t, branding)
	}
	_, err = get(`{}`)
	require.ErrorContains(t, err, `the answer has no "branding"`)
}

// Absent, null and empty are three things on the wire.
func TestBrandingUpdateSendsWhatIsSet(t *testing.T) {
	t.Parallel()
	for want, update := range map[string]UpdateBrandingRequest{
		`{"logoUrl":null}`:                  {LogoURL: Null[string]()},
		`{"companyName":""}`:                {CompanyName: Set("")},
		`{"hidePilotStatusBranding":false}`: {HidePilotStatusBranding: Ptr(false)},
		`{"logoUrl":null,"primaryColor":null,"backgroundColor":null,"companyName":null,"subtitle":null,"supportUrl":null,"defaultRedirectUrl":null}`: {
			LogoURL: Null[string](), PrimaryColor: Null[string](), BackgroundColor: Null[string](), CompanyName: Null[string](),
			Subtitle: Null[string](), SupportURL: Null[string](), DefaultRedirectURL: Null[string](),
		},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPut, "/v1/branding", http.StatusOK, `{"branding":null}`)
		_, err := m.tenant(t).Branding.Update(t.Context(), update)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(m.Requests()[0].Body))
	}
}
