package pilotstatus_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// provocations are ways to get an error code out of the fake by what is true there.
type provocations map[pilotstatus.ErrorCode]func(*stage) error

// injected are the codes of what the fake does not imitate: plans, the former test
// environment and the platform's own outages. The operation is one that the reference
// names.
func injected() map[pilotstatus.ErrorCode]pilotstatustest.Fault {
	return map[pilotstatus.ErrorCode]pilotstatustest.Fault{
		pilotstatus.CodeSubscriptionRequiredForMedia:               {Op: "Messages.Send", Status: http.StatusPaymentRequired},
		pilotstatus.CodeNewsletterNotAllowedInTest:                 {Op: "Messages.Send", Status: http.StatusForbidden},
		pilotstatus.CodeEvolutionAPIKeyMissing:                     {Op: "Contacts.Check", Status: http.StatusServiceUnavailable},
		pilotstatus.CodeTemplateCategoryMarketingRequiresOwnNumber: {Op: "Messages.Send", Status: http.StatusForbidden},
	}
}

// Every code of error_code.go comes out of the SDK as itself, with the status that its
// comment names.
func TestEveryErrorCode(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("error_code.go")
	require.NoError(t, err)
	statuses := map[pilotstatus.ErrorCode]int{} // 0: the API does not document it
	for _, match := range regexp.MustCompile(`ErrorCode = "(\w+)" +// (\w+)`).FindAllStringSubmatch(string(source), -1) {
		statuses[pilotstatus.ErrorCode(match[1])], _ = strconv.Atoi(match[2])
	}
	ways := provocations{}
	for _, some := range []provocations{
		scopeCodes(), requestCodes(), sendCodes(), templateCodes(), numberCodes(), paymentCodes(), callCodes(), growthCodes(), lineCodes(),
	} {
		maps.Copy(ways, some)
	}
	for code, fault := range injected() {
		require.NotContains(t, ways, code, "no longer by Inject only")
		fault.Code = string(code)
		ways[code] = func(s *stage) error { return s.refusedByFault(fault) }
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(statuses)), slices.Collect(maps.Keys(ways)), "not provoked")
	for code, provoke := range ways {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			err := provoke(newStage(t, &successes{counts: map[string]int{}}))
			last := lastAnswer(err)
			require.ErrorIs(t, last, code)
			require.Equal(t, last == err, errors.Is(err, code), "an unknown outcome is no refusal") //nolint:errorlint // the very error
			var refused *pilotstatus.APIError
			require.ErrorAs(t, last, &refused)
			assert.Equal(t, code, refused.Code)
			assert.NotEmpty(t, refused.Message)
			if status := statuses[code]; status != 0 {
				assert.Equal(t, status, refused.StatusCode)
			}
		})
	}
}

func (s *stage) refusedByFault(fault pilotstatustest.Fault) error {
	s.Inject(fault)
	if fault.Op == "Contacts.Check" {
		_, err := s.number("num_1").Contacts.Check(s.t.Context(), joana)
		return err
	}
	return s.text("num_1")
}

// text sends a text from a number.
func (s *stage) text(number string) error {
	return s.send(number, pilotstatus.TextContent{Body: "Hi"}, "")
}

func (s *stage) send(number string, content pilotstatus.Content, key string) error {
	_, err := s.number(number).Messages.Send(s.t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(joana), Content: content, IdempotencyKey: key,
	})
	return err
}

// do calls an endpoint with what a method of the SDK would refuse to send.
func (s *stage) do(client *pilotstatus.Client, method, path string, body any) error {
	return client.Do(s.t.Context(), pilotstatus.Request{Method: method, Path: path, Body: body}, nil)
}

func scopeCodes() provocations {
	return provocations{
		pilotstatus.CodeTenantScopeNotAllowed: func(s *stage) error {
			number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.TenantKey()), pilotstatus.WithBaseURL(s.URL))
			require.NoError(s.t, err)
			_, err = number.Templates.List(s.t.Context())
			require.ErrorAs(s.t, err, new(*pilotstatus.TenantScopeError))
			return err
		},
		pilotstatus.CodeNumberScopeNotAllowed: func(s *stage) error {
			s.Tenant().RefuseKeyList(true)
			_, err := s.number("num_1").Key.List(s.t.Context())
			require.ErrorAs(s.t, err, new(*pilotstatus.NumberScopeError))
			return err
		},
		pilotstatus.CodePermissionDenied: func(s *stage) error {
			s.Tenant().DenyPermission("billing:manage")
			_, err := s.tenant().Numbers.Pay(s.t.Context(), "num_1")
			return err
		},
		pilotstatus.CodeNumberNotInGrant: func(s *stage) error {
			_, err := s.view("num_9").Inbox.Unread(s.t.Context(), pilotstatus.ListUnreadOptions{})
			return err
		},
		pilotstatus.CodeInvalidSession: func(s *stage) error {
			_, err := s.public().MetaOnboarding.Complete(s.t.Context(), "dead", pilotstatus.CompleteMetaOnboardingRequest{
				PhoneNumberID: "1", WABAID: "2", Code: pilotstatus.NewSecret("3"),
			})
			var unauthorized *pilotstatus.UnauthorizedError
			assert.NotErrorAs(s.t, err, &unauthorized, "the token of the link is dead, not a key")
			return err
		},
	}
}

func requestCodes() provocations {
	return provocations{
		pilotstatus.CodeValidationError: func(s *stage) error {
			return s.do(s.number("num_1").Client, http.MethodPost, "/v1/numbers/check", map[string]any{"numbers": []string{}})
		},
		pilotstatus.CodeUnknownFields: func(s *stage) error {
			return s.do(s.number("num_2").Client, http.MethodPost, "/v1/lead-pages", map[string]any{"pageId": storePage, "name": "x"})
		},
		pilotstatus.CodeEmptyPatch: func(s *stage) error {
			return s.do(s.tenant().Client, http.MethodPatch, "/v1/numbers/num_1", map[string]any{"settings": map[string]any{}})
		},
		pilotstatus.CodeInvalidDateRange: func(s *stage) error {
			_, err := s.number("num_1").Leads.List(s.t.Context(), pilotstatus.ListLeadsOptions{StartDate: fakeStart().Add(time.Second), EndDate: fakeStart()})
			return err
		},
		pilotstatus.CodeInvalidSourceType: func(s *stage) error {
			_, err := s.number("num_1").Referrals.List(s.t.Context(), pilotstatus.ListReferralsOptions{SourceType: "story"})
			return err
		},
		pilotstatus.CodeNumberRequired: func(s *stage) error {
			return s.do(s.tenant().Client, http.MethodPost, "/v1/webhooks", map[string]any{"name": "x", "url": "https://x.example", "events": []string{}})
		},
		pilotstatus.CodeNumberMismatch: func(s *stage) error {
			return s.do(s.number("num_1").Client, http.MethodPost, "/v1/webhooks", map[string]any{
				"name": "x", "url": "https://x.example", "events": []string{}, "whatsappNumberId": "num_2",
			})
		},
		pilotstatus.CodeWebhookNotFound: func(s *stage) error {
			_, err := s.tenant().Webhooks.Logs(s.t.Context(), "wh_9", pilotstatus.WebhookLogsOptions{})
			require.ErrorAs(s.t, err, new(*pilotstatus.NotFoundError))
			return err
		},
	}
}

func sendCodes() provocations {
	welcome := func(values map[string]string) pilotstatus.TemplateContent {
		return pilotstatus.TemplateContent{ID: "onboarding-test", Variables: values}
	}
	return provocations{
		pilotstatus.CodeIdempotencyKeyInvalid: func(s *stage) error {
			return s.do(s.tenant().Client, http.MethodPost, "/v1/phone-lines/verification", s.papers())
		},
		pilotstatus.CodeIdempotencyKeyReused: func(s *stage) error {
			require.NoError(s.t, s.send("num_1", pilotstatus.TextContent{Body: "Hi"}, "order-42"))
			return s.send("num_1", pilotstatus.TextContent{Body: "Hello"}, "order-42")
		},
		pilotstatus.CodeIdempotencyKeyInUse: (*stage).sendsWhileKeyIsInUse,
		pilotstatus.CodeMissingTemplateVariables: func(s *stage) error {
			err := s.send("num_1", welcome(nil), "")
			var refused *pilotstatus.APIError
			require.ErrorAs(s.t, err, &refused)
			assert.JSONEq(s.t, `{"missingKeys":["name"]}`, string(refused.Details))
			return err
		},
		pilotstatus.CodeInvalidTemplateVariableValue: func(s *stage) error {
			return s.do(s.number("num_1").Client, http.MethodPost, "/v1/messages/send", map[string]any{
				"destinationNumber": joana, "templateId": "onboarding-test", "variables": map[string]any{"name": " "},
			})
		},
		pilotstatus.CodeFlowWindowClosed: func(s *stage) error {
			return s.send("num_2", pilotstatus.FlowContent{FlowID: "flow_1", CTA: "Book"}, "")
		},
		pilotstatus.CodeNumberBlocked: func(s *stage) error {
			s.Number("num_1").BlockUnpaid()
			return s.text("num_1")
		},
		pilotstatus.CodeNotSupportedForMeta: func(s *stage) error {
			_, err := s.view("num_2").Contacts.Check(s.t.Context(), joana)
			return err
		},
		pilotstatus.CodeMetaGroupsNotEligible: func(s *stage) error {
			_, err := s.number("num_2").Groups.List(s.t.Context())
			return err
		},
		pilotstatus.CodeWhatsAppInstanceNotConnected: func(s *stage) error {
			s.Number("num_1").Disconnect()
			_, err := s.number("num_1").Newsletters.List(s.t.Context())
			return err
		},
	}
}

// sendsWhileKeyIsInUse repeats a send whose answer is still held back.
func (s *stage) sendsWhileKeyIsInUse() error {
	s.Inject(pilotstatustest.Fault{Op: "Messages.Send", Delay: time.Minute})
	request := pilotstatus.SendRequest{
		To: pilotstatus.Phone(joana), Content: pilotstatus.TextContent{Body: "Hi"}, IdempotencyKey: "order-42",
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	first := make(chan error)
	go func() {
		_, err := s.number("num_1").Messages.Send(ctx, request)
		first <- err
	}()
	require.Eventually(s.t, func() bool { return len(s.Messages()) == 1 }, 10*time.Second, time.Millisecond)
	_, err := s.NumberClient("num_1", pilotstatus.WithRetry(pilotstatus.RetryPolicy{})).Messages.Send(s.t.Context(), request)
	cancel()
	var unknown *pilotstatus.OutcomeUnknownError
	require.ErrorAs(s.t, <-first, &unknown)
	assert.Equal(s.t, "order-42", unknown.IdempotencyKey)
	return err
}

func templateCodes() provocations {
	create := func(s *stage, text string) error {
		_, err := s.number("num_2").Templates.Create(s.t.Context(), pilotstatus.SubmitTemplateRequest{Name: "x", Body: pilotstatus.TemplateBody{Text: text}})
		return err
	}
	return provocations{
		pilotstatus.CodeTemplateNotFound: func(s *stage) error {
			_, err := s.number("num_1").Templates.Update(s.t.Context(), "tpl_9", pilotstatus.SubmitTemplateRequest{Body: pilotstatus.TemplateBody{Text: "Hi."}})
			require.ErrorAs(s.t, err, new(*pilotstatus.NotFoundError))
			return err
		},
		pilotstatus.CodeTemplateExamplesRequired: func(s *stage) error { return create(s, "Hi {{name}}, hello.") },
		pilotstatus.CodeMetaTemplateSubmitFailed: func(s *stage) error {
			s.Tenant().RefuseTemplate("too few words")
			err := create(s, "Hello there.")
			assert.ErrorContains(s.t, err, "too few words")
			return err
		},
	}
}

// Where the API does not say how long a code has to wait, neither does the error.
func TestCooldownWithoutTime(t *testing.T) {
	t.Parallel()
	s := newStage(t, &successes{counts: map[string]int{}})
	s.Tenant().BareCooldown(true)
	_, err := s.tenant().PhoneLines.StartVerification(t.Context(), s.papers())
	require.NoError(t, err)
	_, err = s.tenant().PhoneLines.SendContactCode(t.Context(), pilotstatus.ContactChannelEmail)
	require.ErrorIs(t, s.limited(err, 0), pilotstatus.CodeContactCodeCooldown)
}

// lastAnswer returns err, and how the last attempt ended where the outcome is unknown.
func lastAnswer(err error) error {
	var unknown *pilotstatus.OutcomeUnknownError
	if errors.As(err, &unknown) {
		return unknown.Err
	}
	return err
}
