package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// examplePhone is whom the examples write to.
const examplePhone = "+5511999990001"

// announce tells people and programs that all is ready.
func announce(p program, s *settings, e *emulator.Emulator) error {
	engine := e.Default().Engine
	r := readyFile{
		URL: engine.URL, API: engine.URL + "/emulator/v1",
		TenantAPIKey: engine.TenantKey(), WebhookSecret: engine.WebhookSecret(), NumberKeys: map[string]string{},
	}
	numbers := engine.Numbers()
	for _, n := range numbers {
		r.NumberKeys[n.ID] = n.Key
	}
	if len(numbers) > 0 {
		r.APIKey = numbers[0].Key
	}
	if !s.quiet {
		_, _ = fmt.Fprint(p.out, r.lines(numbers, engine.Templates()))
	}
	if s.readyFile == "" {
		return nil
	}
	return r.write(s.readyFile)
}

// warn tells of webhooks that nothing will be delivered to, until ctx ends or a name takes
// too long.
func warn(ctx context.Context, p program, e *emulator.Emulator) {
	ctx, cancel := context.WithTimeout(ctx, emulator.LookupTimeout)
	defer cancel()
	said := map[string]bool{}
	for _, hook := range e.Default().Engine.Webhooks() {
		if said[hook.URL] {
			continue
		}
		said[hook.URL] = true
		if why := e.Undeliverable(ctx, hook.URL); why != "" {
			_, _ = fmt.Fprintf(p.errors, "pilotstatus-emulator: webhook %s: %s\n", emulator.BareURL(hook.URL), why)
		}
	}
}

// lines is what a shell or a .env file takes.
func (r readyFile) lines(numbers []pilotstatustest.NumberInfo, templates []pilotstatustest.TemplateInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The page is %s/ and nothing that is sent reaches anybody.\n\n", r.URL)
	fmt.Fprintf(&b, "export PILOT_STATUS_BASE_URL=%s\n", r.URL)
	fmt.Fprintf(&b, "export PILOT_STATUS_API_KEY=%s\n", r.APIKey)
	fmt.Fprintf(&b, "export PILOT_STATUS_TENANT_API_KEY=%s\n", r.TenantAPIKey)
	fmt.Fprintf(&b, "export PILOT_STATUS_WEBHOOK_SECRET=%s\n", r.WebhookSecret)
	if len(numbers) > 0 {
		fmt.Fprintf(&b, "export PILOT_STATUS_NUMBER_ID=%s\n", numbers[0].ID)
	}
	fmt.Fprintf(&b, "export PILOT_STATUS_TO=%s\n", examplePhone)
	if i := slices.IndexFunc(templates, isForExamples); i >= 0 {
		fmt.Fprintf(&b, "export PILOT_STATUS_TEMPLATE=%s\n", templates[i].Name)
	}
	for i, n := range numbers {
		kind := "paired by QR code"
		if n.Official {
			kind = "official"
		}
		if i == 0 {
			fmt.Fprintf(&b, "\n# PILOT_STATUS_API_KEY is the key of %s, %s, %s.\n", n.ID, n.Phone, kind)
			continue
		}
		fmt.Fprintf(&b, "# %s is the key of %s, %s, %s.\n", n.Key, n.ID, n.Phone, kind)
	}
	return b.String()
}

// isForExamples says whether the examples can send a template: they know the variable name.
func isForExamples(t pilotstatustest.TemplateInfo) bool {
	others := slices.ContainsFunc(t.Variables, func(name string) bool { return name != "name" })
	return !others && !t.Official && (t.Status == "" || t.Status == "APPROVED")
}
