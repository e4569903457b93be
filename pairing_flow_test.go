package pilotstatus_test

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) pairsByLink() {
	t, ctx := s.t, s.t.Context()
	tenant := s.tenant()
	s.Tenant().IncludedNumbers(9)
	phones := []string{"+551160007001", "+551160007002", "+551160007003", "+551160007004"}
	for name, pairing := range map[string]pilotstatus.PairingService{"tenant": tenant.Pairing, "public": s.public().Pairing} {
		for _, other := range []bool{false, true} {
			s.Tenant().OtherForms(other)
			link, err := tenant.Numbers.CreatePairingLink(ctx, pilotstatus.CreatePairingLinkRequest{Name: "Branch", Number: phones[0], SendViaWhatsApp: true})
			require.NoError(t, err, name)
			phones = phones[1:]
			assert.True(t, link.MessageSent)
			assert.Equal(t, link.Instance.ID, link.ID)
			assert.Contains(t, link.URL.Reveal(), link.Token.Reveal())
			assert.NotEmpty(t, link.Token.Reveal())
			assert.Equal(t, pilotstatus.ConnectionStateClosed, link.Instance.State)

			info, err := pairing.Info(ctx, link.Token.Reveal())
			require.NoError(t, err)
			assert.True(t, info.Valid)
			assert.Equal(t, "Branch", info.Name)
			assert.Contains(t, info.MaskedNumber+info.Number, "+55 11 6****-700")
			codes, err := pairing.Connect(ctx, link.Token.Reveal())
			require.NoError(t, err)
			_, err = codes.QRCode.PNG()
			require.NoError(t, err)
			assert.Nil(t, codes.SecondaryDevice)
			status, err := pairing.Status(ctx, link.Token.Reveal())
			require.NoError(t, err)
			assert.Equal(t, pilotstatus.ConnectionStateConnecting, status.State)
			assert.False(t, status.IsFullyConnected)

			s.Number(link.ID).Connect()
			status, err = pairing.Status(ctx, link.Token.Reveal())
			require.NoError(t, err)
			assert.Equal(t, pilotstatus.ConnectionStateOpen, status.State)
			assert.True(t, status.IsFullyConnected)
			s.tokenIsDead(pairing, link.Token.Reveal())
		}
	}
	s.pairsTwoDevices()
}

// tokenIsDead finds a token that is used up refused, in both forms.
func (s *stage) tokenIsDead(pairing pilotstatus.PairingService, token string) {
	t, ctx := s.t, s.t.Context()
	_, err := pairing.Status(ctx, token)
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
	_, err = pairing.Info(ctx, token)
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
	s.Tenant().DeadPairingIsAnswer(true)
	info, err := pairing.Info(ctx, token)
	require.NoError(t, err)
	assert.False(t, info.Valid)
	assert.NotEmpty(t, info.Reason)
	s.Tenant().DeadPairingIsAnswer(false)
	_, err = pairing.Connect(ctx, token)
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
}

func (s *stage) pairsTwoDevices() {
	t, ctx := s.t, s.t.Context()
	tenant, pairing := s.tenant(), s.public().Pairing
	s.Tenant().OtherForms(false)
	s.Tenant().PairingMessageFails("no template")
	link, err := tenant.Numbers.CreatePairingLink(ctx, pilotstatus.CreatePairingLinkRequest{Name: "Dual", Number: "+551160007009", SendViaWhatsApp: true})
	require.NoError(t, err)
	assert.False(t, link.MessageSent)
	assert.Equal(t, "no template", link.MessageError)
	_, err = tenant.Numbers.UpgradeToDual(ctx, link.ID)
	require.NoError(t, err)
	s.Number(link.ID).Connect()
	codes, err := pairing.Connect(ctx, link.Token.Reveal())
	require.NoError(t, err)
	assert.True(t, codes.PairingCode.IsZero())
	require.NotNil(t, codes.SecondaryDevice)
	assert.False(t, codes.SecondaryDevice.PairingCode.IsZero())
	status, err := pairing.Status(ctx, link.Token.Reveal())
	require.NoError(t, err)
	assert.False(t, status.IsFullyConnected)
	require.NotNil(t, status.SecondaryDevice)
	assert.Equal(t, pilotstatus.ConnectionStateConnecting, status.SecondaryDevice.State)
	s.Advance(24 * time.Hour)
	_, err = pairing.Info(ctx, link.Token.Reveal())
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
}

func (s *stage) paysForNumber() {
	t, ctx := s.t, s.t.Context()
	tenant := s.tenant()
	created, err := tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Extra", Number: branchPhone})
	require.NoError(t, err)
	id := created.ID
	payment, err := tenant.Numbers.Pay(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.NumberPayment{OK: true, Status: pilotstatus.ChargeStatusNotRequired}, payment)

	extra := s.Number(id)
	extra.Declined("do_not_honor", 31.5, "BRL")
	extra.Connect()
	detail, err := tenant.Numbers.Get(ctx, id, pilotstatus.GetNumberOptions{})
	require.NoError(t, err)
	assert.Equal(t, fakeStart(), detail.ExtraChargeUnpaidSince.Time)
	assert.Equal(t, fakeStart().Add(7*24*time.Hour), detail.ExtraChargeDisconnectAt.Time)
	_, err = s.number(id).Messages.Send(ctx, pilotstatus.SendRequest{To: pilotstatus.Phone(joana), Content: pilotstatus.TextContent{Body: "Hi"}})
	require.ErrorIs(t, err, pilotstatus.CodeNumberBlocked)

	_, err = tenant.Numbers.Pay(ctx, id)
	var refused *pilotstatus.PaymentError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, pilotstatus.CodePaymentFailed, refused.Code)
	assert.Equal(t, "do_not_honor", refused.DeclineCode)
	assert.InDelta(t, 31.5, refused.ProratedTotal, 0.001)
	assert.Equal(t, "BRL", refused.Currency)
	assert.Equal(t, 1, refused.Attempts)
	extra.ChargeOutcome("")
	payment, err = tenant.Numbers.Pay(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ChargeStatusPaid, payment.Status)
	detail, err = tenant.Numbers.Get(ctx, id, pilotstatus.GetNumberOptions{})
	require.NoError(t, err)
	assert.True(t, detail.ExtraChargeUnpaidSince.IsZero())
	_, err = s.number(id).Messages.Send(ctx, pilotstatus.SendRequest{To: pilotstatus.Phone(joana), Content: pilotstatus.TextContent{Body: "Hi"}})
	require.NoError(t, err)
}
