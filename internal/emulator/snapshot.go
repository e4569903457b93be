package emulator

import (
	"encoding/json"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// readSnapshot reads what a tenant begins with. Without keys it leaves those of the
// snapshot out, since another tenant may have them: the key of a request says whose it is.
func readSnapshot(data []byte, withKeys bool) (*pilotstatustest.Snapshot, error) {
	snapshot, err := pilotstatustest.ReadSnapshot(data) // as it came: an error names its line
	if err != nil || withKeys {
		return snapshot, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	delete(all, "tenantKey")
	delete(all, "webhookSecret")
	if len(all["numbers"]) > 0 {
		var numbers []map[string]json.RawMessage
		if err := json.Unmarshal(all["numbers"], &numbers); err != nil {
			return nil, err
		}
		for _, n := range numbers {
			delete(n, "key")
		}
		if all["numbers"], err = json.Marshal(numbers); err != nil {
			return nil, err
		}
	}
	if data, err = json.Marshal(all); err != nil {
		return nil, err
	}
	return pilotstatustest.ReadSnapshot(data)
}
