package pilotstatus_test

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func numberCodes() provocations {
	status := func(code pilotstatus.ErrorCode, attempts int) func(*stage) error {
		return func(s *stage) error {
			s.Number("num_1").StatusFails(string(code))
			fast := pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 2, MinWait: time.Microsecond, MaxWait: time.Millisecond})
			_, err := s.TenantClient(fast).Numbers.Status(s.t.Context(), "num_1", pilotstatus.DeviceOptions{})
			assert.Equal(s.t, attempts, s.requests("Numbers.Status"))
			return err
		}
	}
	return provocations{
		pilotstatus.CodeProviderNotConfigured: status(pilotstatus.CodeProviderNotConfigured, 1),
		pilotstatus.CodeUpstreamTimeout:       status(pilotstatus.CodeUpstreamTimeout, 3),
		pilotstatus.CodeUpstreamError:         status(pilotstatus.CodeUpstreamError, 3),
		pilotstatus.CodeNumberNotFound: func(s *stage) error {
			_, err := s.tenant().APIKeys.RegenerateNumber(s.t.Context(), "num_9")
			require.ErrorAs(s.t, err, new(*pilotstatus.NotFoundError))
			return err
		},
		pilotstatus.CodeNumberSoftDeleted: func(s *stage) error {
			_, err := s.tenant().Numbers.Delete(s.t.Context(), "num_1")
			require.NoError(s.t, err)
			_, err = s.tenant().Numbers.Create(s.t.Context(), pilotstatus.CreateNumberRequest{Name: "Again", Number: "+551130004000"})
			return err
		},
		pilotstatus.CodeNumberAlreadyActive: func(s *stage) error {
			ctx, tenant := s.t.Context(), s.tenant()
			link, err := tenant.Numbers.CreatePairingLink(ctx, pilotstatus.CreatePairingLinkRequest{Provider: pilotstatus.ProviderMeta, Number: "+551130004000"})
			require.NoError(s.t, err)
			_, err = tenant.Numbers.Delete(ctx, "num_1")
			require.NoError(s.t, err)
			_, err = tenant.MetaOnboarding.Complete(ctx, link.Token.Reveal(), pilotstatus.CompleteMetaOnboardingRequest{
				PhoneNumberID: "1", WABAID: "2", Code: pilotstatus.NewSecret("3"),
			})
			require.NoError(s.t, err)
			_, err = tenant.Numbers.Restore(ctx, "num_1")
			return err
		},
	}
}

func paymentCodes() provocations {
	pay := func(code pilotstatus.ErrorCode) func(*stage) error {
		return func(s *stage) error {
			s.Number("num_1").ChargeOutcome(string(code))
			s.Number("num_1").BlockUnpaid()
			_, err := s.tenant().Numbers.Pay(s.t.Context(), "num_1")
			assert.Equal(s.t, 1, s.requests("Numbers.Pay"))
			s.Tenant().ChargeOutcome(string(code))
			_, bought := s.tenant().ExtraNumbers.Buy(s.t.Context(), pilotstatus.BuyExtraNumbersRequest{Quantity: 1})
			require.ErrorIs(s.t, lastAnswer(bought), code)
			var apiErr *pilotstatus.APIError
			require.ErrorAs(s.t, lastAnswer(err), &apiErr)
			var payment *pilotstatus.PaymentError
			assert.Equal(s.t, apiErr.StatusCode == http.StatusPaymentRequired, errors.As(err, &payment))
			return err
		}
	}
	return provocations{
		pilotstatus.CodePaymentFailed:        pay(pilotstatus.CodePaymentFailed),
		pilotstatus.CodeInsufficientFunds:    pay(pilotstatus.CodeInsufficientFunds),
		pilotstatus.CodePaymentProviderError: pay(pilotstatus.CodePaymentProviderError),
		pilotstatus.CodePaymentInProgress:    pay(pilotstatus.CodePaymentInProgress),
		pilotstatus.CodeConfirmationRequired: func(s *stage) error {
			s.Tenant().FreePlan(true)
			_, err := s.tenant().ExtraNumbers.Buy(s.t.Context(), pilotstatus.BuyExtraNumbersRequest{Quantity: 1})
			return err
		},
		pilotstatus.CodeNumberLimitExceeded: func(s *stage) error {
			_, err := s.tenant().ExtraNumbers.Release(s.t.Context(), 1)
			return err
		},
	}
}

func callCodes() provocations {
	return provocations{
		pilotstatus.CodeFeatureNotSupported: func(s *stage) error {
			_, err := s.number("num_1").Calls.Settings(s.t.Context())
			return err
		},
		pilotstatus.CodeMetaCallPermissionRequired: func(s *stage) error {
			s.Number("num_2").GrantCallPermission(joana, true)
			s.Number("num_2").RefuseCallPermission(joana)
			_, err := s.number("num_2").Calls.Start(s.t.Context(), pilotstatus.StartCallRequest{To: joana, SDP: sdpOffer})
			return err
		},
		pilotstatus.CodeMetaCallPermissionRequestLimit: func(s *stage) error {
			s.Number("num_2").LimitCallRequests(0)
			_, err := s.number("num_2").Calls.RequestPermission(s.t.Context(), pilotstatus.CallPermissionRequest{To: joana})
			return err
		},
	}
}

func growthCodes() provocations {
	link := func(lookup string, prepare func(*stage)) func(*stage) error {
		return func(s *stage) error {
			prepare(s)
			s.Tenant().MetaLookup(lookup)
			_, err := s.tenant().AdAccounts.Link(s.t.Context(), "act_5550001")
			return err
		}
	}
	return provocations{
		pilotstatus.CodeLeadNotFound: func(s *stage) error {
			_, err := s.number("num_1").Leads.Get(s.t.Context(), s.Number("num_2").AddLead(pilotstatustest.Lead{}))
			require.ErrorAs(s.t, err, new(*pilotstatus.NotFoundError))
			return err
		},
		pilotstatus.CodeAdAccountNotProven:   link("ok", func(s *stage) { s.Tenant().ShareAdAccount("act_5550001", "", false) }),
		pilotstatus.CodeAdAccountNotShared:   link("ok", func(*stage) {}),
		pilotstatus.CodeAdsLookupUnavailable: link("unavailable", func(*stage) {}),
		pilotstatus.CodeAdsNotConfigured:     link("not_configured", func(*stage) {}),
		pilotstatus.CodeNotFound: func(s *stage) error {
			err := s.tenant().AdAccounts.Unlink(s.t.Context(), "act_5550001")
			require.ErrorAs(s.t, err, new(*pilotstatus.NotFoundError))
			return err
		},
		pilotstatus.CodeResyncCooldown: func(s *stage) error {
			s.Tenant().SharePage(storePage, "Acme Store")
			pages := s.number("num_2").LeadPages
			page, err := pages.Link(s.t.Context(), pilotstatus.LinkLeadPageRequest{PageID: storePage})
			require.NoError(s.t, err)
			_, err = pages.Resync(s.t.Context(), page.PageLinkID)
			require.NoError(s.t, err)
			_, err = pages.Resync(s.t.Context(), page.PageLinkID)
			return s.limited(err, 15*time.Minute)
		},
	}
}

// limited requires a *RateLimitError that says how long to wait.
func (s *stage) limited(err error, wait time.Duration) error {
	var limited *pilotstatus.RateLimitError
	require.ErrorAs(s.t, err, &limited)
	assert.Equal(s.t, wait, limited.RetryAfter)
	return err
}

func lineCodes() provocations {
	start := func(s *stage, key string) error {
		papers := s.papers()
		papers.IdempotencyKey = key
		_, err := s.tenant().PhoneLines.StartVerification(s.t.Context(), papers)
		return err
	}
	return provocations{
		pilotstatus.CodeRateLimited: func(s *stage) error {
			for i := range 10 {
				require.NoError(s.t, start(s, fmt.Sprint("verify-", i)))
			}
			s.Advance(10 * time.Minute)
			return s.limited(start(s, "verify-10"), 50*time.Minute)
		},
		pilotstatus.CodeContactCodeCooldown: func(s *stage) error {
			require.NoError(s.t, start(s, "verify"))
			s.Advance(10 * time.Second)
			_, err := s.tenant().PhoneLines.SendContactCode(s.t.Context(), pilotstatus.ContactChannelEmail)
			return s.limited(err, 50*time.Second)
		},
		pilotstatus.CodeContactCodeInvalid: func(s *stage) error {
			require.NoError(s.t, start(s, "verify"))
			_, err := s.tenant().PhoneLines.ConfirmContact(s.t.Context(), pilotstatus.ContactChannelEmail, s.Tenant().ContactCode("whatsapp"))
			return err
		},
		pilotstatus.CodeContactCodeExpired: func(s *stage) error {
			require.NoError(s.t, start(s, "verify"))
			s.Advance(10 * time.Minute)
			_, err := s.tenant().PhoneLines.ConfirmContact(s.t.Context(), pilotstatus.ContactChannelEmail, s.Tenant().ContactCode("email"))
			return err
		},
		pilotstatus.CodeActivationNotFound: func(s *stage) error {
			_, err := s.tenant().PhoneLines.ActivationAudio(s.t.Context(), s.Tenant().AddActivation(nil, "", ""))
			require.ErrorAs(s.t, err, new(*pilotstatus.NotFoundError))
			return err
		},
	}
}
