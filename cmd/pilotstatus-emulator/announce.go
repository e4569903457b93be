package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// readyFile is the content of -ready-file.
type readyFile struct {
	URL           string            `json:"url"` // of the page, and the base URL of the API
	API           string            `json:"api"` // of the JSON API
	APIKey        string            `json:"apiKey"`
	TenantAPIKey  string            `json:"tenantApiKey"`
	WebhookSecret string            `json:"webhookSecret"`
	NumberKeys    map[string]string `json:"numberKeys"`
}

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
		_, _ = fmt.Fprint(p.out, r.lines(numbers))
	}
	if s.readyFile == "" {
		return nil
	}
	return r.write(s.readyFile)
}

// lines is what a shell or a .env file takes.
func (r readyFile) lines(numbers []pilotstatustest.NumberInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The page is %s/ and nothing that is sent reaches anybody.\n\n", r.URL)
	fmt.Fprintf(&b, "export PILOT_STATUS_BASE_URL=%s\n", r.URL)
	fmt.Fprintf(&b, "export PILOT_STATUS_API_KEY=%s\n", r.APIKey)
	fmt.Fprintf(&b, "export PILOT_STATUS_TENANT_API_KEY=%s\n", r.TenantAPIKey)
	fmt.Fprintf(&b, "export PILOT_STATUS_WEBHOOK_SECRET=%s\n", r.WebhookSecret)
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

// write writes the file in one step: who waits for it finds all of it.
func (r readyFile) write(name string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("-ready-file is %q and cannot be written: %w", name, err)
	}
	_, err = temporary.Write(append(data, '\n'))
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("-ready-file is %q and cannot be written: %w", name, err)
	}
	return nil
}
