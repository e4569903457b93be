package pilotstatus

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
)

// dedupeKey returns the family and a hash of the parts. Each part goes in behind its
// length, so that no two lists of parts look alike. Without parts, or where one is
// missing, the whole delivery is the only part.
func dedupeKey(family string, d *delivery, parts ...string) string {
	if len(parts) == 0 || slices.Contains(parts, "") {
		parts = []string{string(d.Raw())}
	}
	var text []byte
	for _, part := range parts {
		text = strconv.AppendInt(text, int64(len(part)), 10)
		text = append(text, ':')
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return family + ":" + hex.EncodeToString(sum[:])
}

// messageKey is the key of a message event. Its id alone does not do: sent, delivered
// and read of one message share it.
func messageKey(d *delivery, m EventMessage) string {
	if m.ID == "" {
		return dedupeKey("message", d, d.name, m.NumberID, m.MessageID)
	}
	return dedupeKey("message", d, d.name, m.ID)
}

// metaItem is what tells the items of Meta's envelope apart.
type metaItem struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Event  string `json:"event"`
}

// metaItems returns the ids of all items of Meta's envelope, none where an item has
// no id or something else than items is in it.
func metaItems(entries []json.RawMessage) []string {
	var ids []string
	for _, raw := range entries {
		var entry struct {
			Changes []struct {
				Value map[string]json.RawMessage `json:"value"`
			} `json:"changes"`
		}
		if json.Unmarshal(raw, &entry) != nil {
			return nil
		}
		for _, change := range entry.Changes {
			found, ok := metaValueItems(change.Value)
			if !ok {
				return nil
			}
			ids = append(ids, found...)
		}
	}
	return ids
}

// metaValueItems returns the ids of the items in one change. It reports false where
// there are none, or one has no id.
func metaValueItems(value map[string]json.RawMessage) (ids []string, ok bool) {
	for name := range value {
		switch name {
		case "messages", "message_echoes", "statuses", "calls", "messaging_product", "metadata", "contacts":
		default:
			return nil, false
		}
	}
	for _, list := range []string{"messages", "message_echoes", "statuses", "calls"} {
		var items []metaItem
		if raw, found := value[list]; found && json.Unmarshal(raw, &items) != nil {
			return nil, false
		}
		for _, item := range items {
			part := []string{list, item.ID}
			switch list {
			case "statuses":
				part = append(part, item.Status)
			case "calls":
				part = append(part, item.Event)
			}
			if slices.Contains(part, "") {
				return nil, false
			}
			ids = append(ids, part...)
		}
	}
	return ids, len(ids) > 0
}
