package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// examineTenant makes the reads of a tenant key.
func (x *examination) examineTenant(ctx context.Context, t *pilotstatus.TenantClient) {
	ask(ctx, x, "Branding.Get", inside[pilotstatus.Branding]("branding"), t.Branding.Get)
	numbers := x.numbers(ctx, t.Numbers)
	ask(ctx, x, "ExtraNumbers.Preview", whole[pilotstatus.ExtraNumbersPreview](),
		func(ctx context.Context) (*pilotstatus.ExtraNumbersPreview, error) {
			return t.ExtraNumbers.Preview(ctx, 1)
		})
	ask(ctx, x, "PhoneLines.Verification", whole[pilotstatus.VerificationState](), t.PhoneLines.Verification)
	ask(ctx, x, "AdAccounts.List", whole[pilotstatus.AdAccounts](), t.AdAccounts.List)
	x.ads(ctx, t.Ads, t.LeadPages)
	x.webhooks(ctx, t.Webhooks)
	x.projects(ctx, t.Projects)
	if len(numbers) > 0 {
		x.view(ctx, t.Number(numbers[0].ID))
	}
}

// view makes the reads of a tenant key for the first number.
func (x *examination) view(ctx context.Context, v *pilotstatus.NumberView) {
	one := *x
	one.key = x.key + " for " + numbered("number", 0)
	one.inbox(ctx, v.Inbox)
	one.leads(ctx, v.Leads, v.Referrals)
	one.ads(ctx, v.Ads, v.LeadPages)
	one.webhooks(ctx, v.Webhooks)
}

// numbers examines the numbers of the workspace and their state.
func (x *examination) numbers(ctx context.Context, s pilotstatus.NumbersService) []pilotstatus.NumberSummary {
	list, ok := ask(ctx, x, "Numbers.List", rows[pilotstatus.NumberSummary]("data", "numbers"), s.List)
	if !ok {
		return nil
	}
	if len(list) == 0 {
		x.add(attention, "numbers", "the workspace has none")
	}
	for i, n := range first(x, "numbers", list) {
		name := numbered("number", i)
		detail, ok := ask(ctx, x, "Numbers.Get", whole[pilotstatus.NumberDetail](),
			func(ctx context.Context) (*pilotstatus.NumberDetail, error) {
				return s.Get(ctx, n.ID, pilotstatus.GetNumberOptions{})
			})
		if ok {
			x.judgeHealth(name, detail)
		}
		state := n.State
		status, ok := ask(ctx, x, "Numbers.Status", whole[pilotstatus.NumberStatus](),
			func(ctx context.Context) (*pilotstatus.NumberStatus, error) {
				return s.Status(ctx, n.ID, pilotstatus.DeviceOptions{})
			})
		if ok {
			state = status.State
			x.judgeStatus(name, status)
		}
		if !n.ExtraChargeUnpaidSince.IsZero() {
			x.add(attention, name, "blocked by an unpaid charge: pay it with Numbers.Pay or in the dashboard")
		}
		x.say("Numbers", "%s: %s, %s", name, wordOf(n.Provider), wordOf(state))
	}
	return list
}

func (x *examination) judgeStatus(name string, s *pilotstatus.NumberStatus) {
	switch {
	case s.Stale:
		x.add(attention, name, "its provider does not answer; the last known state is "+wordOf(s.State))
	case !strings.EqualFold(string(s.State), string(pilotstatus.ConnectionStateOpen)):
		x.add(attention, name, "not connected ("+wordOf(s.State)+"): pair it, see Numbers.WaitConnected")
	case !s.Connected():
		x.add(attention, name, "one of its devices is not connected")
	}
}

func (x *examination) judgeHealth(name string, n *pilotstatus.NumberDetail) {
	if n.Health == nil || n.Health.Sendable == nil || *n.Health.Sendable {
		return
	}
	x.add(attention, name, "its health does not allow sends ("+maskWord(cmp.Or(n.Health.Code, "no code"), []string{"no code"})+")")
}
