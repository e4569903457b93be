package pilotstatus_test

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

const branchPhone = "+551160007000"

// waitOptions waits with short intervals. Whenever a code is shown, the time of the
// server moves until somebody has scanned it.
func (s *stage) waitOptions(code pilotstatus.PairingCodes, shown *[]string) pilotstatus.WaitConnectedOptions {
	var mu sync.Mutex
	return pilotstatus.WaitConnectedOptions{
		Code: code, StatusInterval: time.Millisecond, ConnectInterval: 5 * time.Millisecond,
		OnCode: func(_ context.Context, code pilotstatus.PairingCodes) error {
			_, err := code.QRCode.PNG()
			mu.Lock()
			*shown = append(*shown, code.PairingCode.Reveal())
			mu.Unlock()
			s.Advance(10 * time.Second)
			return err
		},
	}
}

func (s *stage) connectsNumber() {
	t, ctx := s.t, s.t.Context()
	tenant := s.tenant()
	s.Tenant().IncludedNumbers(3)
	s.Tenant().ScanNewNumbers(25 * time.Second)
	created, err := tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{
		Name: "Branch 2", Number: branchPhone,
		Settings: pilotstatus.UpdateNumberSettings{HistoryImportEnabled: pilotstatus.Ptr(false), RejectCall: pilotstatus.Set(true)},
	})
	require.NoError(t, err)
	id := created.ID
	assert.Equal(t, "551160007000", created.Instance.Number)
	assert.Equal(t, "Branch 2", created.Instance.Name)
	require.NotNil(t, created.PrimaryDevice)
	assert.True(t, created.PairingCode.Equal(created.PrimaryDevice.PairingCode))
	assert.True(t, created.QRCode.Equal(created.PrimaryDevice.QRCode.Secret))
	assert.Nil(t, created.SecondaryDevice)
	assert.True(t, created.LinkedAPIKeyID.IsZero())

	var shown []string
	status, err := tenant.Numbers.WaitConnected(ctx, id, s.waitOptions(created.PairingCodes, &shown))
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ConnectionStateOpen, status.State)
	assert.Equal(t, id, status.ID)
	assert.False(t, status.CheckedAt.IsZero())
	assert.Len(t, shown, 3, "the third code is the one that was scanned")
	assert.Equal(t, created.PairingCode.Reveal(), shown[0])

	number, err := tenant.OpenNumber(ctx, id)
	require.NoError(t, err)
	_, err = number.Messages.Send(ctx, pilotstatus.SendRequest{To: pilotstatus.Phone(joana), Content: pilotstatus.TextContent{Body: "Hi"}})
	require.NoError(t, err)
	s.listsNumbers(id)
	s.losesConnection(id)
}

func (s *stage) listsNumbers(id string) {
	t, ctx := s.t, s.t.Context()
	s.Number("num_2").SetCoexistence("LIKELY", "history_sync")
	list, err := s.tenant().Numbers.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"num_1", "num_2", id}, idsOf(list, func(n pilotstatus.NumberSummary) string { return n.ID }))
	assert.Equal(t, []pilotstatus.Provider{pilotstatus.ProviderPilotStatus, pilotstatus.ProviderMeta}, []pilotstatus.Provider{list[0].Provider, list[1].Provider})
	assert.Nil(t, list[0].Coexistence)
	assert.Equal(t, &pilotstatus.Coexistence{Status: "LIKELY", Evidence: "history_sync"}, list[1].Coexistence)
	require.Len(t, list[2].APIKeys, 1)
	assert.Equal(t, s.NumberKey(id)[len(s.NumberKey(id))-4:], list[2].APIKeys[0].KeyLast4)
	require.NotNil(t, list[2].PrimaryDevice)
	assert.Equal(t, pilotstatus.ConnectionStateOpen, list[2].PrimaryDevice.State)
	assert.False(t, list[2].PrimaryDevice.ConnectedAt.IsZero())
	assert.True(t, list[2].IsFullyConnected)
	s.Tenant().OtherForms(true)
	documented, err := s.tenant().Numbers.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ConnectionStateOpen, documented[2].State)
	status, err := s.tenant().Numbers.Status(ctx, id, pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.Ptr(true), status.IsFullyConnected)
	assert.True(t, status.Connected())
	s.Tenant().OtherForms(false)
}

func (s *stage) losesConnection(id string) {
	t, ctx := s.t, s.t.Context()
	numbers := s.tenant().Numbers
	s.Number(id).StatusStale(true)
	s.Number(id).Disconnect()
	status, err := numbers.Status(ctx, id, pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	assert.True(t, status.Stale)
	assert.False(t, status.LastKnownAt.IsZero())
	assert.Equal(t, pilotstatus.ConnectionStateOpen, status.State, "what was remembered")
	assert.False(t, status.Connected())
	s.Number(id).StatusStale(false)
	status, err = numbers.Status(ctx, id, pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ConnectionStateClosed, status.State)
	first, err := numbers.Connect(ctx, id, pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	second, err := numbers.Connect(ctx, id, pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	assert.NotEqual(t, first.PairingCode.Reveal(), second.PairingCode.Reveal())
	detail, err := numbers.Get(ctx, id, pilotstatus.GetNumberOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ConnectionStateConnecting, detail.State)
}

func (s *stage) connectsDualNumber() {
	t, ctx := s.t, s.t.Context()
	numbers := s.tenant().Numbers
	s.Tenant().LateCodes(true)
	s.Tenant().IncludedNumbers(3)
	created, err := numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Branch 2", Number: branchPhone})
	require.NoError(t, err)
	assert.True(t, created.QRCode.IsZero(), "there is no code yet")
	s.Tenant().ScanNewNumbers(5 * time.Second)
	var shown []string
	_, err = numbers.WaitConnected(ctx, created.ID, s.waitOptions(created.PairingCodes, &shown))
	require.NoError(t, err)
	assert.Len(t, shown, 1)

	s.Tenant().ScanNewNumbers(-1)
	upgrade, err := numbers.UpgradeToDual(ctx, created.ID)
	require.NoError(t, err)
	assert.True(t, upgrade.PairingCode.IsZero())
	list, err := numbers.List(ctx)
	require.NoError(t, err)
	require.NotNil(t, list[2].SecondaryDevice)
	assert.False(t, list[2].IsFullyConnected)
	options := s.waitOptions(*upgrade, &shown)
	options.Secondary = true
	show := options.OnCode
	options.OnCode = func(ctx context.Context, code pilotstatus.PairingCodes) error {
		s.Number(created.ID).ScanSecondary()
		return show(ctx, code)
	}
	status, err := numbers.WaitConnected(ctx, created.ID, options)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ConnectionStateOpen, status.State)
	assert.Len(t, shown, 2)
	list, err = numbers.List(ctx)
	require.NoError(t, err)
	assert.True(t, list[2].IsFullyConnected)
}

func (s *stage) restoresNumber() {
	t, ctx := s.t, s.t.Context()
	tenant, old := s.tenant(), s.number("num_1")
	deleted, err := tenant.Numbers.Delete(ctx, "num_1")
	require.NoError(t, err)
	assert.True(t, deleted.OK)
	assert.Equal(t, fakeStart().Add(30*24*time.Hour), deleted.RestorableUntil.Time)
	_, err = old.Templates.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	_, err = tenant.Numbers.Get(ctx, "num_1", pilotstatus.GetNumberOptions{})
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
	_, err = tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Again", Number: "+551130004000"})
	require.ErrorIs(t, err, pilotstatus.CodeNumberSoftDeleted)

	restored, err := tenant.Numbers.Restore(ctx, "num_1")
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.RestoredNumber{OK: true, RequiresReconnect: true}, restored)
	detail, err := tenant.Numbers.Get(ctx, "num_1", pilotstatus.GetNumberOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.ConnectionStateClosed, detail.State)
	_, err = old.Templates.List(ctx)
	require.NoError(t, err, "the key is back with the number")

	s.Tenant().OtherForms(true)
	deleted, err = tenant.Numbers.Delete(ctx, "num_1")
	require.NoError(t, err)
	assert.True(t, deleted.RestorableUntil.IsZero())
	require.NoError(t, tenant.Numbers.Purge(ctx, "num_1"))
	_, err = tenant.Numbers.Restore(ctx, "num_1")
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
	created, err := tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Again", Number: "+551130004000"})
	require.NoError(t, err)
	assert.Equal(t, "Again", created.Instance.DisplayName+created.Instance.Name)
	assert.Equal(t, pilotstatus.ConnectionStateConnecting, created.Instance.State)
	assert.Nil(t, created.PrimaryDevice)
	require.NoError(t, tenant.Numbers.Purge(ctx, created.ID), "also one that is not deleted")
}

func (s *stage) changesNumberSettings() {
	t, ctx := s.t, s.t.Context()
	numbers := s.tenant().Numbers
	updated, err := numbers.Update(ctx, "num_1", pilotstatus.UpdateNumberRequest{
		PIIMode: pilotstatus.PIIModeStoreXDays, PIIRetentionDays: 90,
		Settings: pilotstatus.UpdateNumberSettings{
			WebhookHistoricalMessages: pilotstatus.Ptr(true), MarkReadOnSend: pilotstatus.Ptr(false), IgnoreNewsletters: pilotstatus.Ptr(true),
			RejectCall: pilotstatus.Set(true), MsgRejectCall: pilotstatus.Set("Please write to us"), AlwaysOnline: pilotstatus.Set(false),
			ReadMessages: pilotstatus.Set(true), IgnoreGroups: pilotstatus.Set(true), IgnoreStatus: pilotstatus.Set(true),
		},
	})
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.NumberSettingsSync{Applied: 1}, updated.SettingsSync)
	assert.Equal(t, 90, updated.PIIRetentionDays)
	s.Number("num_1").SyncFails(true)
	updated, err = numbers.Update(ctx, "num_1", pilotstatus.UpdateNumberRequest{
		Settings: pilotstatus.UpdateNumberSettings{RejectCall: pilotstatus.Null[bool](), MsgRejectCall: pilotstatus.Null[string]()},
	})
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.NumberSettingsSync{Failed: 1}, updated.SettingsSync)

	detail, err := numbers.Get(ctx, "num_1", pilotstatus.GetNumberOptions{Refresh: true})
	require.NoError(t, err)
	assert.Equal(t, updated.NumberDetail, *detail)
	assert.Equal(t, pilotstatus.PIIModeStoreXDays, detail.PIIMode)
	require.NotNil(t, detail.Settings)
	assert.Equal(t, pilotstatus.NumberSettings{
		HistoryImportEnabled: true, WebhookHistoricalMessages: true, IgnoreNewsletters: true,
		AlwaysOnline: pilotstatus.Ptr(false), ReadMessages: pilotstatus.Ptr(true), IgnoreGroups: pilotstatus.Ptr(true), IgnoreStatus: pilotstatus.Ptr(true),
		AppliesTo: &pilotstatus.NumberSettingsScope{History: "all", Advanced: "evolution-go", Sending: "none"},
	}, *detail.Settings)
	assert.Nil(t, detail.Coexistence)
	require.NotNil(t, detail.Health)
	assert.Equal(t, pilotstatus.Ptr(true), detail.Health.Sendable)
	assert.Zero(t, s.Number("num_1").Refreshes())

	official, err := numbers.Get(ctx, "num_2", pilotstatus.GetNumberOptions{Refresh: true})
	require.NoError(t, err)
	assert.Equal(t, 1, s.Number("num_2").Refreshes())
	assert.Equal(t, "GREEN", official.Health.QualityRating)
	assert.NotNil(t, official.Coexistence)
	assert.Contains(t, string(official.Meta), "CLOUD_API")
	indefinite, err := numbers.Update(ctx, "num_2", pilotstatus.UpdateNumberRequest{PIIMode: pilotstatus.PIIModeStoreIndefinite})
	require.NoError(t, err)
	assert.Nil(t, indefinite.SettingsSync)
	assert.Zero(t, indefinite.PIIRetentionDays)
}

func (s *stage) addsOfficialNumbers() {
	t, ctx := s.t, s.t.Context()
	tenant, public := s.tenant(), s.public()
	for i, other := range []bool{false, true} {
		s.Tenant().OtherForms(other)
		phone := []string{"+551150006001", "+551150006002"}[i]
		added, err := tenant.Numbers.CreateMeta(ctx, pilotstatus.CreateMetaNumberRequest{
			Name: "Official 2", Number: phone, MetaPhoneID: "880011", Extra: map[string]any{"wabaId": "9900", "token": "secret"},
		})
		require.NoError(t, err)
		assert.False(t, added.VerifyToken.IsZero())
		detail, err := tenant.Numbers.Get(ctx, added.ID, pilotstatus.GetNumberOptions{})
		require.NoError(t, err)
		assert.Equal(t, pilotstatus.ProviderMeta, detail.Provider)
		assert.Equal(t, pilotstatus.ConnectionStateOpen, detail.State)

		for name, onboarding := range map[string]pilotstatus.MetaOnboardingService{"tenant": tenant.MetaOnboarding, "public": public.MetaOnboarding} {
			link, err := tenant.Numbers.CreatePairingLink(ctx, pilotstatus.CreatePairingLinkRequest{
				Provider: pilotstatus.ProviderMeta, RedirectURL: "https://shop.example/done", ExternalRef: "customer 7",
				MetaFlow: pilotstatus.MetaFlowEmbedded, Branding: pilotstatus.BrandingOverride{CompanyName: "Acme"},
			})
			require.NoError(t, err)
			assert.Empty(t, link.ID)
			complete := pilotstatus.CompleteMetaOnboardingRequest{PhoneNumberID: "880012", WABAID: "9900", Code: pilotstatus.NewSecret("once")}
			onboarded, err := onboarding.Complete(ctx, link.Token.Reveal(), complete)
			require.NoError(t, err, name)
			detail, err := tenant.Numbers.Get(ctx, onboarded.ID, pilotstatus.GetNumberOptions{})
			require.NoError(t, err)
			assert.Equal(t, pilotstatus.ProviderMeta, detail.Provider)
			_, err = onboarding.Complete(ctx, link.Token.Reveal(), complete)
			require.ErrorIs(t, err, pilotstatus.CodeInvalidSession)
		}
	}
}
