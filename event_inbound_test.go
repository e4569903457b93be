package pilotstatus

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An answer goes to whoever wrote: to the group of a group message, never to one of its
// members, and to nobody where the number itself wrote.
func TestInboundEventRecipient(t *testing.T) {
	t.Parallel()
	received := func(from string) Event {
		return &MessageReceivedEvent{Event: EventMessageReceived, InboundMessage: InboundMessage{From: from}}
	}
	group := func(id, from string) Event {
		return &MessageGroupEvent{Event: EventMessageGroup, GroupID: id, InboundMessage: InboundMessage{From: from}}
	}
	newsletter := func(id, from string) Event {
		return &MessageNewsletterEvent{Event: EventMessageNewsletter, NewsletterID: id, InboundMessage: InboundMessage{From: from}}
	}
	mine := EventMessage{FromMe: true}
	from := InboundMessage{From: "+5521900000002"}
	for name, row := range map[string]struct {
		event Event
		want  Recipient
	}{
		"phone":                     {received("+5521900000002"), Phone("+5521900000002")},
		"phone without +":           {received("5521900000002"), Phone("5521900000002")},
		"user id":                   {received("BR.900100200300"), UserID("BR.900100200300")},
		"LID":                       {received("900100200300400@lid"), UserID("900100200300400@lid")},
		"too short for a phone":     {received("1234567"), UserID("1234567")},
		"too long for a phone":      {received("1234567890123456"), UserID("1234567890123456")},
		"group as the sender":       {received("120363@g.us"), GroupID("120363@g.us")},
		"channel as the sender":     {received("120363@newsletter"), NewsletterID("120363@newsletter")},
		"removed by retention":      {received(""), Recipient{}},
		"blank":                     {received(" "), Recipient{}},
		"reply":                     {&MessageReplyEvent{InboundMessage: from}, Phone("+5521900000002")},
		"group":                     {group("120363@g.us", "+5521900000002"), GroupID("120363@g.us")},
		"group named as the sender": {group("", "120363@g.us"), GroupID("120363@g.us")},
		"group without an id":       {group("", "+5521900000002"), Recipient{}},
		"channel":                   {newsletter("120363@newsletter", "120363@newsletter"), NewsletterID("120363@newsletter")},
		"channel as sender only":    {newsletter("", "120363@newsletter"), NewsletterID("120363@newsletter")},
		"channel without an id":     {newsletter("", "+5521900000002"), Recipient{}},
		"own message":               {&MessageReceivedEvent{EventMessage: mine, InboundMessage: from}, Recipient{}},
		"own reply":                 {&MessageReplyEvent{EventMessage: mine, InboundMessage: from}, Recipient{}},
		"own message in a group":    {&MessageGroupEvent{EventMessage: mine, InboundMessage: from, GroupID: "120363@g.us"}, Recipient{}},
		"own message in a channel":  {&MessageNewsletterEvent{EventMessage: mine, InboundMessage: from, NewsletterID: "1@newsletter"}, Recipient{}},
	} {
		inbound, ok := row.event.(InboundEvent)
		require.True(t, ok, name)
		got, ok := inbound.Recipient()
		assert.Equal(t, row.want, got, name)
		assert.Equal(t, row.want != Recipient{}, ok, name)
	}
}

// Only what came in is an InboundEvent, and it has what its fields have.
func TestInboundEvents(t *testing.T) {
	t.Parallel()
	inbound := map[string]bool{}
	for _, event := range literals(t) {
		in, ok := event.(InboundEvent)
		if !ok {
			continue
		}
		inbound[event.EventName()] = true
		assert.Equal(t, "ID <é>", in.Message().ID)
		assert.Equal(t, "From <é>", in.Sender().From)
		assert.Equal(t, "Content <é>", in.Text())
		media, ok := in.Media()
		assert.True(t, ok)
		assert.Equal(t, DownloadMediaRequest{MediaID: "MediaID <é>", PhoneNumberID: "PhoneNumberID <é>"}, media)
	}
	assert.Equal(t, map[string]bool{
		EventMessageReceived: true, EventMessageReply: true, EventMessageGroup: true, EventMessageNewsletter: true,
	}, inbound)
}

func TestInboundEventMedia(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		link string
		ids  InboundMessage
		want DownloadMediaRequest
	}{
		"official number":     {"https://meta.example/f", InboundMessage{MediaID: "m", PhoneNumberID: "p"}, DownloadMediaRequest{MediaID: "m", PhoneNumberID: "p"}},
		"web number":          {"https://files.example/f", InboundMessage{}, DownloadMediaRequest{Link: "https://files.example/f"}},
		"no phone number id":  {"https://files.example/f", InboundMessage{MediaID: "m"}, DownloadMediaRequest{Link: "https://files.example/f"}},
		"media id and no way": {"", InboundMessage{MediaID: "m"}, DownloadMediaRequest{}},
		"a blank id":          {"https://files.example/f", InboundMessage{MediaID: " ", PhoneNumberID: "p"}, DownloadMediaRequest{Link: "https://files.example/f"}},
		"blanks only":         {" ", InboundMessage{MediaID: "m", PhoneNumberID: " "}, DownloadMediaRequest{}},
		"text":                {"", InboundMessage{PhoneNumberID: "p"}, DownloadMediaRequest{}},
	} {
		got, ok := (&MessageReceivedEvent{EventMessage: EventMessage{MediaLink: row.link}, InboundMessage: row.ids}).Media()
		assert.Equal(t, row.want, got, name)
		assert.Equal(t, row.want != DownloadMediaRequest{}, ok, name)
		assert.Equal(t, ok, got.MediaID != "" && got.validate() == nil || got.Link != "", "%s: Download takes it", name)
	}
	assert.Equal(t, "a caption", (&MessageReceivedEvent{EventMessage: EventMessage{MediaCaption: "a caption"}}).Text())
}
