package pilotstatustest

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

func (s *Server) snapshotForm() *snapshotForm {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state
	form := &snapshotForm{
		TenantKey: st.tenantKey.secret, WebhookSecret: st.deliveries.secret,
		Numbers: rowsOf(st.numbers, st.numberForm), Templates: rowsOf(st.templates.all, (*template).form),
		Webhooks: rowsOf(st.webhooks.of(nil), (*webhook).form),
	}
	if st.clock.skipped > 0 {
		form.Skipped = st.clock.skipped.String()
	}
	var rows []*chatRow
	for _, n := range st.numbers {
		rows = append(rows, st.mailbox(n).rows...)
	}
	slices.SortFunc(rows, func(a, b *chatRow) int { return a.serial - b.serial })
	form.Messages = rowsOf(rows, (*chatRow).form)
	st.takeMore(form)
	return form
}

func (s *state) numberForm(n *number) numberForm {
	out := numberForm{
		ID: n.id, Phone: withPlus(n.phone), Name: n.name, Official: n.official(), Closed: !n.open,
		Blocked: n.unpaidSince, Key: n.key.secret,
	}
	for _, chat := range s.mailbox(n).conversations {
		one := contactForm{
			ID: chat.id, Name: chat.name, Phone: chat.phone, UserID: chat.userID, Username: chat.username, JID: chat.jid,
			Unread: chat.unread, Created: chat.createdAt,
		}
		if chat.jid == "" {
			one.WroteAt = later(n.heard[chat.phone], n.heard[chat.userID])
		}
		out.Contacts = append(out.Contacts, one)
	}
	return out
}

func (t *template) form() templateForm {
	out := templateForm{
		ID: t.id, Name: t.name, Category: t.category, Language: t.language, Body: jsontext.Value(t.body),
		Status: t.status, Reason: t.reason, Flow: t.flow, Official: t.official,
	}
	if t.number != nil {
		out.NumberID = t.number.id
	}
	return out
}

func (hook *webhook) form() webhookForm {
	return webhookForm{ID: hook.id, NumberID: hook.number.id, Name: hook.name, URL: hook.url, Events: hook.events, Paused: !hook.active}
}

func (r *chatRow) form() messageForm {
	out := messageForm{
		ID: r.id, NumberID: r.number.id, Status: r.status, CreatedAt: r.storedAt, Sent: r.sentAt, Delivered: r.deliveredAt, Read: r.readAt,
	}
	if m := r.message; m != nil {
		out.ID, out.Body, out.Layout = m.ID, jsontext.Value(m.Body), jsontext.Value(m.layout)
		out.Correlation, out.External, out.Key, out.FlowToken = m.CorrelationID, m.ExternalID, m.IdempotencyKey, m.FlowToken
		out.ErrorCode, out.ErrorMessage, out.Template, out.ByHand = m.ErrorCode, m.ErrorMessage, m.Template, m.byHand
		for _, g := range m.answers {
			out.Answered = append(out.Answered, givenForm{ButtonID: g.buttonID, RowID: g.rowID, Flow: g.flow, At: g.at})
		}
		return out
	}
	chat := r.conversation
	out.Contact, out.FromMe, out.Origin = cmp.Or(chat.jid, chat.userID, chat.phone), r.direction == outbound, r.origin
	out.Name, out.Phone, out.UserID, out.Type, out.Text, out.ReplyTo = r.name, r.phone, r.userID, r.kind, r.text, r.repliedTo
	out.External, out.Media, out.File, out.Happened = r.externalID, r.media, r.fileKey.mediaID, r.at
	if a := r.answer; a != nil {
		out.Answer = &answerForm{MessageID: a.MessageID, ButtonID: a.ButtonID, RowID: a.RowID, Payload: a.Payload, Form: a.Form}
	}
	return out
}
