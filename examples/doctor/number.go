package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pilotstatus/pilotstatus-go"
)

// examineNumber makes the reads of a number key.
func (x *examination) examineNumber(ctx context.Context, n *pilotstatus.NumberClient) {
	history := x.inbox(ctx, n.Inbox)
	x.message(ctx, n.Messages, history)
	x.groups(ctx, n)
	x.templates(ctx, n.Templates)
	x.calls(ctx, n.Calls)
	ask(ctx, x, "Analytics.Dashboard", whole[pilotstatus.Dashboard](),
		func(ctx context.Context) (*pilotstatus.Dashboard, error) {
			return n.Analytics.Dashboard(ctx, pilotstatus.GetDashboardOptions{})
		})
	x.leads(ctx, n.Leads, n.Referrals)
	x.ads(ctx, n.Ads, n.LeadPages)
	x.webhooks(ctx, n.Webhooks)
	x.projects(ctx, n.Projects)
}

// message follows the newest message of the history that was sent through the API.
func (x *examination) message(ctx context.Context, s pilotstatus.MessagesService, history *pilotstatus.Page[pilotstatus.HistoryMessage]) {
	if history == nil {
		return
	}
	for _, m := range history.Items {
		if m.Origin == pilotstatus.MessageOriginAPI && m.ExternalMessageID != "" {
			ask(ctx, x, "Messages.Get", whole[pilotstatus.Message](),
				func(ctx context.Context) (*pilotstatus.Message, error) { return s.Get(ctx, m.ExternalMessageID) })
			return
		}
	}
}

func (x *examination) groups(ctx context.Context, n *pilotstatus.NumberClient) {
	list, ok := ask(ctx, x, "Groups.List", rows[pilotstatus.Group]("groups", "data"), n.Groups.List)
	if ok && len(list) > 0 {
		ask(ctx, x, "Groups.Get", either[pilotstatus.GroupDetail]("group"),
			func(ctx context.Context) (*pilotstatus.GroupDetail, error) { return n.Groups.Get(ctx, list[0].ID) })
	}
	ask(ctx, x, "Newsletters.List", rows[pilotstatus.Newsletter]("newsletters", "data"), n.Newsletters.List)
}

// templates examines which templates can be sent.
func (x *examination) templates(ctx context.Context, s pilotstatus.TemplatesService) {
	list, ok := ask(ctx, x, "Templates.List", rows[pilotstatus.Template]("templates", "data"), s.List)
	if !ok {
		return
	}
	if len(list) > 0 {
		ask(ctx, x, "Templates.Get", whole[pilotstatus.Template](),
			func(ctx context.Context) (*pilotstatus.Template, error) { return s.Get(ctx, list[0].ID) })
	}
	sendable, statuses := 0, map[string]int{}
	for i, t := range list {
		if t.CanSend() {
			sendable++
		}
		statuses[wordOf(t.MetaStatus)]++
		if t.MetaStatus == pilotstatus.TemplateStatusRejected || t.MetaStatus == pilotstatus.TemplateStatusDisabled {
			x.add(attention, numbered("template", i), "Meta's status is "+string(t.MetaStatus))
		}
	}
	const title = "Templates"
	x.say(title, "%d, %d of them can be sent", len(list), sendable)
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		x.say(title, "%s: %d", status, statuses[status])
	}
	if sendable == 0 {
		x.add(attention, "templates", fmt.Sprintf("none of %d can be sent", len(list)))
	}
}

func (x *examination) calls(ctx context.Context, s pilotstatus.CallsService) {
	if _, ok := ask(ctx, x, "Calls.Settings", inside[pilotstatus.CallSettings]("calling"), s.Settings); ok {
		x.say("Number of the number key", "an official one, because it has call settings")
	}
	list, ok := ask(ctx, x, "Calls.List", rows[pilotstatus.Call]("calls", "data"),
		func(ctx context.Context) ([]pilotstatus.Call, error) {
			return s.List(ctx, pilotstatus.ListCallsOptions{Limit: pageSize})
		})
	if ok && len(list) > 0 {
		ask(ctx, x, "Calls.Get", whole[pilotstatus.Call](),
			func(ctx context.Context) (*pilotstatus.Call, error) {
				return s.Get(ctx, list[0].ID, pilotstatus.GetCallOptions{})
			})
	}
}
