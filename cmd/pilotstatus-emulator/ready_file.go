package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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

// removeReadyFile removes the file of a run before: who waits for the file must find no
// address at which nothing listens. What is no regular file stays.
func removeReadyFile(name string) {
	if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
		_ = os.Remove(name)
	}
}

// remove removes the file at the end, unless another emulator has written it since.
func (r readyFile) remove(name string) {
	data, err := os.ReadFile(name) //nolint:gosec // the file that the flag names
	var there readyFile
	if err == nil && json.Unmarshal(data, &there) == nil && there.URL == r.URL {
		removeReadyFile(name)
	}
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
