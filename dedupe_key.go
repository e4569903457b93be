package pilotstatus

import (
	"crypto/sha256"
	"encoding/hex"
	jsonv1 "encoding/json"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// dedupeKey returns the family and a hash of the parts. Each part goes in behind its
// length, so that no two lists of parts look alike. Without parts, or where one is
// missing, the whole delivery is the only part. Without a delivery there is no key.
func dedupeKey(family string, e Event, parts ...string) string {
	if len(parts) == 0 || slices.Contains(parts, "") {
		raw := e.Raw()
		if raw == nil {
			return ""
		}
		parts = []string{string(withoutStyle(raw))}
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

// withoutStyle returns JSON without blanks between its parts and without needless
// escapes: encoders change both, and an event that was stored keeps its key. A text that
// a strict decoder refuses is returned as it is.
func withoutStyle(raw []byte) []byte {
	text := jsontext.Value(slices.Clone(raw))
	if text.Format() != nil {
		return raw
	}
	return text
}

// timeText returns a time as its delivery has it, or would have it.
func timeText(t Timestamp) string {
	if t.Text() != "" || t.IsZero() {
		return t.Text()
	}
	return formatTime(t.Time)
}

// messageKey is the key of a message event. Its id alone does not do: sent, delivered
// and read of one message share it.
func messageKey(e Event, m EventMessage) string {
	if m.ID == "" {
		return dedupeKey("message", e, e.EventName(), m.NumberID, m.MessageID)
	}
	return dedupeKey("message", e, e.EventName(), m.ID)
}

// metaItem is what tells the items of Meta's envelope apart.
type metaItem struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Event  string `json:"event"`
}

// metaItems returns the ids of all items of Meta's envelope, none where an item has
// no id or something else than items is in it.
func metaItems(entries []jsonv1.RawMessage) []string {
	var ids []string
	for _, raw := range entries {
		var entry struct {
			Changes []struct {
				Value map[string]jsonv1.RawMessage `json:"value"`
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
func metaValueItems(value map[string]jsonv1.RawMessage) (ids []string, ok bool) {
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
