package browsertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pilotstatus/pilotstatus-go"
)

// A group shows who wrote each message. Whoever looks on writes as a member by the form, also
// as one who quotes, and the service gets it with the member and the group.
func TestGroup(t *testing.T) {
	t.Parallel()
	const ben, cleo = "+12025550177", "+12025550188"
	s := newService(t)
	p := start(t, "-webhook", s.url, "-seed", seedFile(t, object{
		"numbers": []any{object{"id": "num_1", "phone": "+551130004001", "contacts": []any{
			object{"jid": group, "name": "Sample Parents"},
			object{"phone": ben, "name": "Ben Sample"}, object{"phone": cleo, "name": "Cleo Sample"},
		}}},
	}))
	first := p.as("num_1", cleo, "say", object{"text": "Who has the key?", "groupId": group})
	assert.Equal(t, "Cleo Sample", next[*pilotstatus.MessageGroupEvent](s).ParticipantName)
	b := open(t, p.URL, p.chat("num_1", group))
	b.shows("#m-"+first+" .b", "Cleo Sample")
	b.shows("#m-"+first+" .b", "Who has the key?")
	b.shows(".who", "in Sample Parents")

	b.write(`#say-person`, ben)
	b.write("#say-text", "I have it")
	b.press(enter)
	b.shows("#chat .m.in:last-child .b", "I have it")
	b.shows("#chat .m.in:last-child .b", "Ben Sample")
	got := next[*pilotstatus.MessageGroupEvent](s)
	assert.Equal(t, "I have it", got.Content)
	assert.Equal(t, "Ben Sample", got.ParticipantName)
	to, ok := got.Recipient()
	assert.True(t, ok)
	assert.Equal(t, pilotstatus.GroupID(group), to)

	// What the service says to the group has no name above it, and is quoted by a member.
	id := p.sendTo("num_1", pilotstatus.GroupID(group), pilotstatus.TextContent{Body: "The door is open"})
	b.shows("#m-"+id+".out .b", "The door is open")
	b.lacks("#m-" + id + " .b .ground")
	b.click(`[data-open="` + id + `"]`)
	b.write(`#quote input[name="text"]`, "Thanks")
	b.press(enter)
	b.shows("#chat .m.in:last-child .quote", "The door is open")
	b.shows("#chat .m.in:last-child .b", "Thanks")
}

// A channel shows its name above what stands in it, and has no field to answer.
func TestChannel(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(-time.Minute).UTC()
	p := start(t, "-seed", seedFile(t, object{
		"numbers": []any{object{"id": "num_1", "phone": "+551130004001", "contacts": []any{object{"jid": channel, "name": "Tide Times"}}}},
		"messages": []any{object{
			"id": "cm_seed000001", "numberId": "num_1", "status": "DELIVERED", "createdAt": at, "deliveredAt": at, "contact": channel,
			"type": "text", "text": "High water at 16:40", "at": at, "externalMessageId": "wamid.tide",
		}},
	}))
	b := open(t, p.URL, p.chat("num_1", channel))
	b.shows("#m-cm_seed000001 .b", "High water at 16:40")
	b.shows("#m-cm_seed000001 .b", "Tide Times")
	id := p.sendTo("num_1", pilotstatus.NewsletterID(channel), pilotstatus.TextContent{Body: "Low water at 22:50"})
	b.shows("#m-"+id+".out .b", "Low water at 22:50")
	b.shows("p.compose", "read only")
	b.lacks("#say-text")
	b.shows("#contacts-list", "Tide Times")
}
