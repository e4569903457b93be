package pilotstatustest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// What the documentation of Messages.Send says of templates is what both kinds of number
// do: the refusal is a NotFoundError, and it has no code.
func TestRefusedTemplate(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"num_1", "num_2"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.NewServer(t)
			number := fake.NumberClient(id)
			send := func(template string) error {
				_, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
					To:      pilotstatus.Phone("+5511999999999"),
					Content: pilotstatus.TemplateContent{ID: template, Variables: map[string]string{"name": "John"}},
				})
				return err
			}
			requireRefused := func(err error) {
				t.Helper()
				var refused *pilotstatus.NotFoundError
				require.ErrorAs(t, err, &refused)
				assert.Equal(t, http.StatusNotFound, refused.StatusCode)
				assert.Empty(t, refused.Code)
				assert.NotErrorIs(t, err, pilotstatus.CodeTemplateNotFound)
			}
			requireRefused(send("no-such-template"))
			made, err := number.Templates.Create(t.Context(), pilotstatus.CreateTemplate{
				Name: "own", Body: pilotstatus.TemplateBody{Text: "Hello there."},
			})
			require.NoError(t, err)
			fake.Tenant().SetTemplateStatus(made.ID, "APPROVED", "")

			for _, template := range []string{"onboarding-test", "own"} {
				fake.Tenant().RefuseUnapproved(true)
				require.NoError(t, send(template), "it is approved")
				fake.Tenant().SetTemplateStatus(template, "PENDING", "")
				requireRefused(send(template))
				fake.Tenant().RefuseUnapproved(false)
				require.NoError(t, send(template), "it is accepted and fails later, where Meta has a say")
			}
			_, err = number.Templates.Get(t.Context(), "no-such-template")
			require.ErrorIs(t, err, pilotstatus.CodeTemplateNotFound, "the code is for the methods of Templates")
		})
	}
}

// A template of a web number is approved as long as nobody says otherwise.
func TestOwnTemplateOfAWebNumber(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	fake.Tenant().RefuseUnapproved(true)
	number := fake.NumberClient("num_1")
	made, err := number.Templates.Create(t.Context(), pilotstatus.CreateTemplate{
		Name: "own", Body: pilotstatus.TemplateBody{Text: "Hello there."},
	})
	require.NoError(t, err)
	_, err = number.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511999999999"), Content: pilotstatus.TemplateContent{ID: made.ID},
	})
	require.NoError(t, err)
}
