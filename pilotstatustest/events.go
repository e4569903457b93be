package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// emit sends an event of a number to the webhooks that take it. The payload is made
// only if there is one.
func (s *state) emit(n *number, name string, at time.Time, payload func() any) {
	s.emitAbout(n, "", name, at, payload)
}

// emitAbout is emit for an event that tells of a message, by its ID in ChatMessage.
func (s *state) emitAbout(n *number, about, name string, at time.Time, payload func() any) {
	if takers := s.takers(n, name); takers != nil {
		s.happen(&event{name: name, at: at, body: encode(payload()), about: about, takers: takers})
	}
}

// takers are the webhooks that hear of an event.
func (s *state) takers(n *number, name string) (takers []*webhook) {
	for _, hook := range s.webhooks.all {
		if hook.active && hook.takes(name) && hook.hearsOf(n, name) {
			takers = append(takers, hook)
		}
	}
	return takers
}

func (s *state) happen(e *event) {
	if s.deliveries.catchingUp {
		s.deliveries.caught = append(s.deliveries.caught, e)
		return
	}
	s.enqueue(e)
}

// takes says whether the webhook has subscribed to an event. Some events have no
// name that can be subscribed to, see number.emits, and come with everything else.
func (hook *webhook) takes(name string) bool {
	return slices.Contains(hook.events, "*") || slices.Contains(hook.events, name)
}

// hearsOf says whether the webhook hears of a number. A number has no webhooks when
// it is created, so those of the other numbers hear of that.
func (hook *webhook) hearsOf(n *number, name string) bool {
	return hook.number == n || name == numberCreated && !hook.number.gone
}

// inOrder runs f, in which time goes on, and sends what happened in it in the order
// of its times. f itself takes one message after the other.
func (s *state) inOrder(f func()) {
	s.deliveries.catchingUp = true
	f()
	s.deliveries.catchingUp = false
	caught := s.deliveries.caught
	s.deliveries.caught = nil
	slices.SortStableFunc(caught, func(a, b *event) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	for _, e := range caught {
		s.enqueue(e)
	}
}

// seconds is how long an answered call lasted, nil for any other.
func (v *phoneCall) seconds() *int {
	if v.ConnectedAt.IsZero() || v.EndedAt.IsZero() {
		return nil
	}
	seconds := int(v.EndedAt.Sub(v.ConnectedAt).Seconds())
	return &seconds
}

// callNews is what webhooks hear of a call. It has no envelope.
type callNews struct {
	Event          string  `json:"event"`
	CallID         *string `json:"callId"`
	ExternalCallID *string `json:"externalCallId,omitempty"`
	Direction      *string `json:"direction"`
	Status         string  `json:"status"`
	From           string  `json:"from"`
	To             string  `json:"to"`
	Timestamp      string  `json:"timestamp"`
	Duration       *int    `json:"duration,omitempty"` // seconds, of an answered call that ended
}

// callEvent names what webhooks hear when a call gets into a state.
func callEvent(status string) string {
	switch status {
	case callRinging:
		return "call.ringing"
	case callAccepted:
		return "call.connected"
	case callMissed:
		return "call.missed"
	}
	return "call.ended"
}

func (s *state) tellCall(v *phoneCall, at time.Time) {
	name := callEvent(v.Status)
	s.publish(ChangeCall, v.NumberID, v.ID)
	s.emit(v.number, name, at, func() any {
		out := callNews{
			Event: name, CallID: nullable(v.ID), ExternalCallID: nullable(v.ExternalID), Direction: nullable(v.Direction),
			Status: v.Status, From: withPlus(v.number.phone), To: withPlus(v.Peer), Timestamp: stampText(at),
			Duration: v.seconds(),
		}
		if v.Direction == callInbound {
			out.From, out.To = out.To, out.From
		}
		return out
	})
}

// tellPermission tells webhooks what a person allows. Only Meta knows that.
func (s *state) tellPermission(n *number, from, permission string, at time.Time) {
	if !n.official() {
		return
	}
	const name = "call.permission_updated"
	s.emit(n, name, at, func() any {
		return callNews{
			Event: name, Status: strings.ToUpper(permission),
			From: withPlus(onlyDigits(from)), To: withPlus(n.phone), Timestamp: stampText(at),
		}
	})
}

// leadHead is what the API and webhooks say of a lead before the names of its ad.
type leadHead struct {
	LeadgenID        string  `json:"leadgenId"`
	WhatsappNumberID string  `json:"whatsappNumberId"`
	PageID           string  `json:"pageId"`
	PageName         *string `json:"pageName"`
	FormID           string  `json:"formId"`
	FormName         *string `json:"formName"`
	AdID             *string `json:"adId"`
}

// leadTail is what they say behind these names.
type leadTail struct {
	Platform       *string     `json:"platform"`
	IsOrganic      *bool       `json:"isOrganic"`
	CreatedAt      string      `json:"createdAt"`
	FullName       *string     `json:"fullName"`
	Email          *string     `json:"email"`
	Phone          *string     `json:"phone"`
	Fields         []leadField `json:"fields"`
	ConsentGiven   *bool       `json:"consentGiven"`
	ConversationID *string     `json:"conversationId"`
}

type leadField struct {
	Key    string   `json:"key"`
	Label  *string  `json:"label,omitempty"` // webhooks leave out one that is not known
	Values []string `json:"values"`
}

// leadNews is what webhooks hear of a lead. The policy of its number hides nothing of
// it.
type leadNews struct {
	LeadID string `json:"leadId"`
	leadHead

	AdsetID      *string `json:"adsetId"`
	CampaignID   *string `json:"campaignId"`
	AdName       *string `json:"adName"`
	AdsetName    *string `json:"adsetName"`
	CampaignName *string `json:"campaignName"`
	leadTail
}

func (s *state) leadHead(l *lead) leadHead {
	head := leadHead{LeadgenID: l.leadgenID, WhatsappNumberID: l.number.id, PageID: l.PageID, FormID: l.FormID, AdID: nullable(l.AdID)}
	head.PageName, head.FormName = s.growth.pageAndForm(l.PageID, l.FormID)
	return head
}

func (l *lead) tail() leadTail {
	return leadTail{
		Platform: nullable(l.Platform), IsOrganic: l.Organic, CreatedAt: stampText(l.SubmittedAt),
		FullName: nullable(l.FullName), Email: nullable(l.Email), Phone: nullable(l.Phone),
		Fields: rowsOf(l.Fields, func(f LeadField) leadField {
			return leadField{f.Key, nullable(f.Label), append([]string{}, f.Values...)}
		}),
		ConsentGiven: l.Consent, ConversationID: nullable(l.ConversationID),
	}
}

// tellLead tells webhooks of a lead that arrives now.
func (s *state) tellLead(l *lead) {
	const name = "lead.received"
	s.emit(l.number, name, s.clock.now(), func() any {
		names := s.growth.namesOf(l.AdID)
		return news{name, leadNews{
			LeadID: l.id, leadHead: s.leadHead(l), leadTail: l.tail(),
			AdsetID: nullable(names.AdsetID), CampaignID: nullable(names.CampaignID),
			AdName: nullable(names.Ad), AdsetName: nullable(names.Adset), CampaignName: nullable(names.Campaign),
		}}
	})
}

// tellStatus tells webhooks what became of a send: sent, delivered, read or failed.
func (s *state) tellStatus(m *message, name string, at time.Time) {
	if takers := s.takers(m.number, name); takers != nil {
		s.happen(&event{
			name: name, at: at, about: m.ID, takers: takers,
			sent: m, sentAs: sentAs{content: s.contentOf(m), externalID: m.ExternalID, errorCode: m.ErrorCode, errorText: m.ErrorMessage},
		})
	}
}

// tellReceived tells webhooks of a message that did not go through the API: one that
// came in, or one that the number sent from elsewhere.
func (s *state) tellReceived(n *number, r *chatRow) {
	name, quoted := "message.received", (*chatRow)(nil)
	switch kind := r.conversation.kind(); {
	case kind == groupConversation:
		name = "message.group"
	case kind == newsletterConversation && n.settings.IgnoreNewsletters:
		return
	case kind == newsletterConversation:
		name = "message.newsletter"
	case r.direction == inbound && r.repliedTo != "":
		quoted = n.box.byExternalID(r.repliedTo)
		if quoted == nil || quoted.direction == outbound { // else the person quotes their own
			name = "message.reply"
		}
	}
	s.emitAbout(n, r.id, name, r.at, func() any {
		out := s.receivedNews(n, r)
		if quoted != nil && quoted.message != nil {
			out.CorrelationID = quoted.message.CorrelationID
		}
		switch name {
		case "message.reply":
			out.quoteNews = &quoteNews{ID: nullable(r.repliedTo)}
			if quoted != nil {
				out.quoteNews.Text = quoted.text
			}
		case "message.group":
			out.groupNews = &groupNews{r.conversation.jid, nullable(r.conversation.name)}
		case "message.newsletter":
			out.channelNews = &channelNews{r.conversation.jid, nullable(r.conversation.name)}
		}
		return news{name, out}
	})
}

// tellFlow tells webhooks that a person answered a flow. The row is nil where there is none.
func (s *state) tellFlow(n *number, m *message, r *chatRow, form map[string]any, at time.Time) {
	const name = "flow.response_received"
	about := m.ID
	if r != nil {
		about = r.id
	}
	s.emitAbout(n, about, name, at, func() any {
		data := map[string]any{"flowToken": m.FlowToken}
		if len(form) > 0 {
			data["response"] = form
		}
		return news{name, data}
	})
}

// receivedNews is what all messages have that did not go through the API.
func (s *state) receivedNews(n *number, r *chatRow) messageNews {
	chat := r.conversation
	out := messageNews{
		NumberID: n.id, MessageID: nullable(r.externalID), ID: r.id, Type: r.kind, CreatedAt: stampText(r.at),
		From: cmp.Or(r.phone, r.userID, chat.jid, chat.phone), To: withPlus(n.phone),
		Content: r.text, mediaNews: r.media.news(r.kind, r.text), participantNews: &participantNews{nullable(r.name)},
	}
	if r.media != nil && n.official() {
		out.MediaID = value(r.media.ID)
		out.PhoneNumberID = s.media.phoneNumberOf(out.MediaID)
	}
	if r.direction == outbound {
		out.FromMe, out.From = true, out.To
		out.To = cmp.Or(chat.jid, r.phone, chat.phone, r.userID)
	}
	return out
}

// What webhooks hear of a number.
const (
	numberCreated      = "number.created"
	numberConnected    = "number.connected"
	numberDisconnected = "number.disconnected"
	numberRemoved      = "number.removed"
	numberRestored     = "number.restored"
)

// numberNews is the data of these events.
type numberNews struct {
	NumberID    string `json:"numberId"`
	Phone       string `json:"phone"`
	DisplayName string `json:"displayName"`
	CreatedAt   string `json:"createdAt"` // of the event
	ProfileName string `json:"profileName,omitempty"`
	Error       string `json:"error,omitempty"`
}

// announce notes what happened to a number, in the form of a webhook, and tells
// webhooks.
func (s *state) announce(n *number, name string, at time.Time, why string) {
	data := numberNews{
		NumberID: n.id, Phone: withPlus(n.phone), DisplayName: n.name, CreatedAt: stampText(at), Error: why,
	}
	if name == numberConnected {
		data.ProfileName = n.name
	}
	out := news{name, data}
	s.publish(ChangeNumber, n.id, n.id)
	s.workspace.news = append(s.workspace.news, json.RawMessage(encode(out)))
	s.emit(n, name, at, func() any { return out })
}
