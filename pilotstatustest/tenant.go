package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Tenant is the workspace, with what the world outside the API does to it and
// with switches for answers that exist in two forms.
type Tenant struct {
	server *Server
}

// Tenant returns the workspace.
func (s *Server) Tenant() *Tenant { return &Tenant{server: s} }

// change runs f under the lock.
func (t *Tenant) change(f func(s *state, now time.Time)) {
	t.server.mu.Lock()
	defer t.server.mu.Unlock()
	f(t.server.state, t.server.state.clock.now())
}

// find is change for an f that looks something up. If f returns false, find fails the test
// with the message.
func (t *Tenant) find(f func(s *state, now time.Time) bool, format string, args ...any) {
	var found bool
	t.change(func(s *state, now time.Time) { found = f(s, now) })
	if !found {
		t.server.tb.Helper()
		t.server.failf(format, args...)
	}
}

// KeyID returns the id of the working tenant key, which can stand for the key in
// the header x-api-key-id.
func (t *Tenant) KeyID() (id string) {
	t.change(func(s *state, _ time.Time) { id = s.tenantKey.id })
	return id
}

// PairingLink makes a pairing link for a number and returns its token, which
// works for 24 hours or until the number connects. An unknown number is handled
// as by Server.Number, and the token is "".
func (t *Tenant) PairingLink(numberID string) (token string) {
	t.server.tb.Helper()
	t.server.Number(numberID).change(func(s *state, n *number, _ time.Time) { token = s.newPairing(n) })
	return token
}

// SetMessageStatus sets the status of a message, which from then on moves only
// by this method. Any text will do, also one that the API does not have yet.
// errorCode is kept for FAILED only. An unknown id fails the test under
// NewServer; otherwise nothing happens.
func (t *Tenant) SetMessageStatus(messageID, status, errorCode string) {
	t.server.tb.Helper()
	t.find(func(s *state, now time.Time) bool {
		m := s.message(messageID)
		if m == nil {
			return false
		}
		m.byHand = true
		switch status {
		case sent, delivered, read:
			s.reach(m, status, now)
		case failed:
			s.fail(m, messageFailure{code: errorCode, text: errorCode}, now)
		default:
			m.Status, m.ErrorCode, m.ErrorMessage = status, "", ""
			s.changed(m)
		}
		return true
	}, "no message %q", messageID)
}

// ManualTicks lets the messages that are accepted from now on move only by
// SetMessageStatus and [Person.Read]: no time, no deadline and no failure that the server
// knows of moves them. Messages that are there already go on as they were.
func (t *Tenant) ManualTicks(on bool) {
	t.change(func(s *state, _ time.Time) { s.manual = on })
}

// TicksAreManual says whether ManualTicks is on.
func (t *Tenant) TicksAreManual() (on bool) {
	t.change(func(s *state, _ time.Time) { on = s.manual })
	return on
}

// CancelCounts switches Messages.Cancel to the form of its answer that says how
// many messages were cancelled and how many are unknown, instead of which ones.
func (t *Tenant) CancelCounts(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.cancelCounts = on })
}

// RefuseKeyList switches Key.List to what the documentation says of it: a number
// key gets 403 NUMBER_SCOPE_NOT_ALLOWED.
func (t *Tenant) RefuseKeyList(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.keyListRefused = on })
}

// DeadPairingIsAnswer switches Pairing.Info to answer 200 with valid false for a
// token that is unknown, used or expired, instead of 404.
func (t *Tenant) DeadPairingIsAnswer(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.pairingInvalid = on })
}

// UnknownFields switches on a field in every object of every answer that the
// reference does not have.
func (t *Tenant) UnknownFields(on bool) {
	t.change(func(s *state, _ time.Time) { s.shapes.unknownFields = on })
}

// WithholdInbox switches the lists of the inbox to an older form: what the number's
// PII policy hides is left out, and RELAY_ONLY leaves nothing but the notice. Without
// it such rows are there, with null for what they would tell.
func (t *Tenant) WithholdInbox(on bool) {
	t.change(func(s *state, _ time.Time) { s.inbox.withhold = on })
}

// ConnectAudio opens the WebSocket of Calls.RealtimeSession as far as the token
// goes: it returns the mode of the session, or "" for a token that is unknown,
// expired or used. A token is used up by the first connection.
func (t *Tenant) ConnectAudio(token string) (mode string) {
	t.change(func(s *state, now time.Time) {
		if one := s.calls.tokens[token]; one != nil && now.Before(one.expires) {
			mode = one.mode
		}
		delete(s.calls.tokens, token)
	})
	return mode
}

// SparseCalls switches the answers of calls to leave out what may be absent: what
// is null in Calls.List and Calls.Get, and the actions of Calls.Permission.
func (t *Tenant) SparseCalls(on bool) {
	t.change(func(s *state, _ time.Time) { s.calls.sparse = on })
}

// LateCallIDs switches Calls.Start to answer without the provider's id of the
// call, which is then known when the call moves on.
func (t *Tenant) LateCallIDs(on bool) {
	t.change(func(s *state, _ time.Time) { s.calls.lateIDs = on })
}

// GroupsNotSupported switches the refusal of groups on official numbers to an older
// form, NOT_SUPPORTED_FOR_META, which AllowGroups does not lift.
func (t *Tenant) GroupsNotSupported(on bool) {
	t.change(func(s *state, _ time.Time) { s.groups.unsupported = on })
}

// WrapLists switches Groups.List, Groups.Create, Newsletters.List and Templates.List
// to their other form, in which an object with one member stands around the answer,
// and in which groups have a name instead of a subject.
func (t *Tenant) WrapLists(on bool) {
	t.change(func(s *state, _ time.Time) { s.groups.wrapped = on })
}

// SubmitLead lets a person fill in a form of a Page that was shared with
// SharePage. Where the Page is linked and Meta pushes its leads, the lead arrives
// at the number of the Page and its id is returned. Otherwise it waits for
// LeadPages.Link or LeadPages.Resync, which bring the leads of 90 days a moment
// later, and the id is "". An unknown Page fails the test under NewServer;
// otherwise nothing happens.
func (t *Tenant) SubmitLead(in Lead) (id string) {
	t.server.tb.Helper()
	t.findPage(in.PageID, func(s *state, p *leadPage) {
		s.growth.completeForm(&in)
		submitted := s.submit(in)
		p.submitted = append(p.submitted, submitted)
		if p.link != nil && !p.link.subscribedAt.IsZero() && !p.link.number.gone {
			id = s.storeLead(p.link.number, submitted, leadPushed).id
		}
	})
	return id
}

// BareReferrals switches Referrals.List to rows that are the referral alone,
// without the message around it.
func (t *Tenant) BareReferrals(on bool) {
	t.change(func(s *state, _ time.Time) { s.growth.bareReferrals = on })
}

// ResolveAdNames says what Meta answered when it was asked for the names of an
// ad: leads and referrals of the ad have them from now on. The zero AdNames is
// for an ad of which Meta told nothing.
func (t *Tenant) ResolveAdNames(adID string, names AdNames) {
	t.change(func(s *state, _ time.Time) {
		s.growth.adNames[adID] = adNames{AdNames: names, resolvedAt: s.clock.now()}
		s.resolveReferrals(adID)
	})
}

// ShareAdAccount gives the platform access to an ad account, such as act_5550001.
// Where it is proven that its ads brought people to this workspace, it can be
// linked.
func (t *Tenant) ShareAdAccount(id, name string, proven bool) {
	t.change(func(s *state, _ time.Time) {
		a := s.growth.account(id)
		if a == nil {
			a = &adAccount{id: id}
			s.growth.accounts = append(s.growth.accounts, a)
		}
		a.name, a.shared, a.proven = name, true, proven
	})
}

// UnshareAdAccount takes the access back. A link of the account stays, and
// AdAccounts.List says that sharing is not active.
func (t *Tenant) UnshareAdAccount(id string) {
	t.change(func(s *state, _ time.Time) {
		if a := s.growth.account(id); a != nil {
			a.shared = false
		}
	})
}

// MetaLookup sets what asking Meta about ad accounts and Pages gives: ok,
// unavailable or not_configured. Another word fails the test under NewServer;
// otherwise nothing happens.
func (t *Tenant) MetaLookup(outcome string) {
	if !slices.Contains([]string{lookupOK, lookupUnavailable, lookupNotConfigured}, outcome) {
		t.server.tb.Helper()
		t.server.failf("no lookup outcome %q", outcome)
		return
	}
	t.change(func(s *state, _ time.Time) { s.growth.lookup = outcome })
}

// SharePage shares a Facebook Page with the platform: it is a candidate of
// LeadPages.List and can be linked. The id consists of digits. Shared once more
// it takes the name and gets the forms it does not have yet. LeadPages.Forms
// lists 100 forms and says that the list is cut if there are more.
func (t *Tenant) SharePage(pageID, name string, forms ...LeadForm) {
	t.change(func(s *state, _ time.Time) {
		p := s.growth.page(pageID)
		if p == nil {
			p = &leadPage{id: pageID, missingTasks: []string{}}
			s.growth.pages = append(s.growth.pages, p)
		}
		p.name = name
		for _, f := range forms {
			if p.form(f.ID) == nil {
				p.forms = append(p.forms, &leadForm{LeadForm: f})
			}
		}
	})
}

// PageTasks sets which rights of the platform on a Page are missing, such as
// ADVERTISE. Nil is for a Page that Meta could not be asked about, empty, as at
// the start, for one that is ready. While any is missing Meta refuses to push the
// leads of the Page with PAGE_ACCESS_MISSING. An unknown Page fails the test under
// NewServer; otherwise nothing happens.
func (t *Tenant) PageTasks(pageID string, missing []string) {
	t.server.tb.Helper()
	t.findPage(pageID, func(_ *state, p *leadPage) { p.missingTasks = slices.Clone(missing) })
}

// FailSubscription has Meta refuse to push the leads of a Page with a code such as
// META_PERMISSION_MISSING: LeadPages.Link answers 201 with it. A Page that is
// linked stops to get leads. "" ends that; the next LeadPages.Resync then
// subscribes again. An unknown Page fails the test under NewServer; otherwise
// nothing happens.
func (t *Tenant) FailSubscription(pageID, code string) {
	t.server.tb.Helper()
	t.findPage(pageID, func(_ *state, p *leadPage) {
		p.refusal = code
		if p.link != nil && code != "" {
			p.link.subscribedAt, p.link.problem = time.Time{}, code
		}
	})
}

// NoOfficialNumber has LeadPages treat the workspace as one without an official
// number, which cannot show that a Page is its own.
func (t *Tenant) NoOfficialNumber(on bool) {
	t.change(func(s *state, _ time.Time) { s.growth.noOfficial = on })
}

// findPage runs f under the lock with the Page. An unknown Page fails the test.
func (t *Tenant) findPage(id string, f func(*state, *leadPage)) {
	t.server.tb.Helper()
	t.find(func(s *state, _ time.Time) bool {
		p := s.growth.page(id)
		if p != nil {
			f(s, p)
		}
		return p != nil
	}, "no Page %q", id)
}

// AddTemplate adds an approved template that every number can send and returns its
// id. Its variables are the placeholders of the text. A template without a name, with a
// broken placeholder or beyond a bound of [WithKeep], and a name that is taken, fail the
// test under NewServer; otherwise nothing happens and the id is "".
func (t *Tenant) AddTemplate(template Template) (id string) {
	t.server.tb.Helper()
	t.find(func(s *state, _ time.Time) bool {
		if _, err := placeholders(template.Text); err != nil || blank(template.Name) || s.template(template.Name) != nil {
			return false
		}
		if s.isFull(len(s.templates.all), maxTemplates) || s.isFull(len(template.Name)+len(template.Text), maxLayout) {
			return false
		}
		id = s.newID("tpl")
		s.templates.all = append(s.templates.all, newTemplate(id, &template))
		s.publish(ChangeTemplate, "", id)
		return true
	}, "AddTemplate: name %q is blank or taken, a placeholder is broken, or there are too many", template.Name)
	return id
}

// ApproveTemplate lets Meta approve a template. Only official numbers wait for it:
// other ones can send any of their templates, until RefuseUnapproved says otherwise.
// An unknown id or name fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) ApproveTemplate(idOrName string) {
	t.server.tb.Helper()
	t.SetTemplateStatus(idOrName, templateApproved, "")
}

// RejectTemplate lets Meta reject a template, for a reason that Templates.Get shows.
// Otherwise it is like ApproveTemplate.
func (t *Tenant) RejectTemplate(idOrName, reason string) {
	t.server.tb.Helper()
	t.SetTemplateStatus(idOrName, templateRejected, reason)
}

// SetTemplateStatus sets what Meta says of a template: APPROVED, PENDING, REJECTED,
// DISABLED, or any other text. Only APPROVED can be sent from official numbers: with
// any other the message is accepted and then fails. The status of a template of a
// number that is paired by QR code counts under RefuseUnapproved only. Otherwise it is
// like ApproveTemplate.
func (t *Tenant) SetTemplateStatus(idOrName, status, reason string) {
	t.server.tb.Helper()
	t.find(func(s *state, _ time.Time) bool {
		// A template that Meta has a say in goes before one of a number with the same name.
		found := s.findTemplate(idOrName, func(t *template) bool { return t.number == nil })
		if found == nil {
			found = s.template(idOrName)
		}
		if found == nil {
			return false
		}
		found.status, found.reason = status, reason
		s.publish(ChangeTemplate, "", found.id)
		return true
	}, "no template %q", idOrName)
}

// RefuseTemplate lets Meta refuse the next template that an official number creates
// or updates, with a text of its own: 400 META_TEMPLATE_SUBMIT_FAILED. Called several
// times it is for as many templates.
func (t *Tenant) RefuseTemplate(text string) {
	t.change(func(s *state, _ time.Time) { s.templates.refusals = append(s.templates.refusals, text) })
}

// PlainTemplateBodies switches templates to the form in which body is a string, the
// text alone.
func (t *Tenant) PlainTemplateBodies(on bool) {
	t.change(func(s *state, _ time.Time) { s.templates.plainBodies = on })
}

// RefuseUnapproved switches Messages.Send to an older form, which refuses a template
// without an approved version with 404. It does so on every number, also on one that is
// paired by QR code: give the template another status with SetTemplateStatus. Without
// it an official number accepts the message, which then fails with
// META_TEMPLATE_NOT_APPROVED, and other numbers send it. An unknown template is a 404 in
// both forms. Neither 404 has a code, because the reference names none.
func (t *Tenant) RefuseUnapproved(on bool) {
	t.change(func(s *state, _ time.Time) { s.templates.refuseUnready = on })
}

// LogDelivery puts a row into the log of a webhook, as if an event had been sent
// to it and answered with a status; 0 is for an endpoint that did not answer. An
// unknown id fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) LogDelivery(webhookID, event string, statusCode int) {
	t.server.tb.Helper()
	t.find(func(s *state, now time.Time) bool {
		hook := first(s.webhooks.all, func(w *webhook) bool { return w.id == webhookID })
		if hook == nil {
			return false
		}
		d := webhookDelivery{event: event, statusCode: statusCode, at: now}
		d.payload = encode(map[string]any{"event": event, "data": map[string]any{"numberId": hook.number.id}})
		if statusCode != 0 {
			d.response, d.took = http.StatusText(statusCode), 12*time.Millisecond
		}
		hook.logDelivery(d, s.keep)
		return true
	}, "no webhook %q", webhookID)
}

// WrapWebhooks switches Webhooks.List to an object that has the array under a key
// such as webhooks or data. "" is the bare array.
func (t *Tenant) WrapWebhooks(key string) {
	t.change(func(s *state, _ time.Time) { s.webhooks.listKey = key })
}

// WrapWebhookLogs switches Webhooks.Logs to an object that has the array under a
// key such as logs, deliveries, events, items or data. "" is the bare array.
func (t *Tenant) WrapWebhookLogs(key string) {
	t.change(func(s *state, _ time.Time) { s.webhooks.logsKey = key })
}

// TextPayloads switches Webhooks.Logs to rows whose payload is JSON in a text
// instead of an object.
func (t *Tenant) TextPayloads(on bool) {
	t.change(func(s *state, _ time.Time) { s.webhooks.textLogs = on })
}

// WebhookDeleteIsEmpty switches Webhooks.Delete to answer 204 without a body.
func (t *Tenant) WebhookDeleteIsEmpty(on bool) {
	t.change(func(s *state, _ time.Time) { s.webhooks.emptyDelete = on })
}

// DeliveryRetries sets how many more times a delivery is tried after an answer that
// is not 2xx or none, and how long the server waits before the first of them; each
// wait is twice the one before. At the start it is 3 times and 50 milliseconds. The
// time is real time, also under WithClock, as for all deliveries; Advance can end a wait
// before, see [Delivery.NextAt].
func (t *Tenant) DeliveryRetries(times int, wait time.Duration) {
	t.change(func(s *state, _ time.Time) { s.deliveries.retries, s.deliveries.wait = max(times, 0), max(wait, 0) })
}

// DeliveryTimeout sets how long a receiver has to answer, 5 seconds at the start.
func (t *Tenant) DeliveryTimeout(d time.Duration) {
	t.change(func(s *state, _ time.Time) { s.deliveries.patience = d })
}

// DelayDeliveries lets deliveries of what happens from now on come late by so much
// real time.
func (t *Tenant) DelayDeliveries(d time.Duration) {
	t.change(func(s *state, _ time.Time) { s.deliveries.delay = max(d, 0) })
}

// DuplicateDeliveries lets every event from now on be delivered so many times in all
// to each webhook, byte for byte the same. 1 ends it.
func (t *Tenant) DuplicateDeliveries(times int) {
	t.change(func(s *state, _ time.Time) { s.deliveries.copies = times })
}

// ShuffleDeliveries lets events be delivered out of order: the server gathers for 100
// milliseconds of real time what happens, and begins with the newest.
func (t *Tenant) ShuffleDeliveries(on bool) {
	t.change(func(s *state, _ time.Time) { s.deliveries.shuffle = on })
}

// ContactCode returns the code that was sent last to a contact of the verification,
// by its channel: "email" or "whatsapp". It is "" when there was none.
func (t *Tenant) ContactCode(channel string) (code string) {
	t.change(func(s *state, _ time.Time) {
		if s.lines.current == nil {
			return
		}
		for _, one := range s.lines.current.contacts {
			if one.channel == strings.ToUpper(channel) {
				code = one.code
			}
		}
	})
	return code
}

// RequireContacts sets the channels that coming verifications have to confirm,
// "email" and "whatsapp". Normally it is both. Without any, StartVerificationRequest goes
// straight to the next state.
func (t *Tenant) RequireContacts(channels ...string) {
	t.change(func(s *state, _ time.Time) {
		s.lines.channels = []string{}
		for _, channel := range channels {
			s.lines.channels = append(s.lines.channels, strings.ToUpper(channel))
		}
	})
}

// NextVerification chooses the state that the verification gets when all contacts
// are confirmed, or when the document came that it needed; why is the reviewReason
// of IN_REVIEW, else the reviewNote. Called several times it is for as many steps.
// Where nothing is chosen it is IN_REVIEW because of DOCUMENT_CHECK.
func (t *Tenant) NextVerification(status, why string) {
	t.change(func(s *state, _ time.Time) {
		s.lines.next = append(s.lines.next, verificationStep{status, why})
	})
}

// NextDocument chooses the state of the next document that StartVerificationRequest or
// SubmitDocument brings, such as UNREADABLE. Called several times it is for as many
// documents. Where nothing is chosen it is RECEIVED. A verification that needs a
// document goes on only with one that is.
func (t *Tenant) NextDocument(status string) {
	t.change(func(s *state, _ time.Time) { s.lines.nextDocument = append(s.lines.nextDocument, status) })
}

// SetVerification decides the verification now, as a reviewer does; status and why
// are as in NextVerification, and NONE forgets it. Without a verification it fails
// the test under NewServer and otherwise does nothing.
func (t *Tenant) SetVerification(status, why string) {
	t.server.tb.Helper()
	t.find(func(s *state, now time.Time) bool {
		if s.lines.current == nil {
			return false
		}
		s.lines.current.take(verificationStep{status, why}, now)
		if status == verificationNone {
			s.lines.current = nil
		}
		return true
	}, "no verification")
}

// BareCooldown switches the refusal CONTACT_CODE_COOLDOWN to a body without
// retryAfterSeconds.
func (t *Tenant) BareCooldown(on bool) {
	t.change(func(s *state, _ time.Time) { s.lines.bareCooldown = on })
}

// AddActivation adds the recording of an activation call and returns the id of the
// activation. Without a content type or a content disposition, "", the answer has
// no such header; without audio it is 404 ACTIVATION_NOT_FOUND.
func (t *Tenant) AddActivation(audio []byte, contentType, disposition string) (id string) {
	t.change(func(s *state, _ time.Time) {
		id = s.newID("act")
		s.lines.activations[id] = &activation{slices.Clone(audio), contentType, disposition}
	})
	return id
}

// DropActivation takes a recording away, as when the line is returned or canceled.
func (t *Tenant) DropActivation(id string) {
	t.change(func(s *state, _ time.Time) { delete(s.lines.activations, id) })
}

// ChunkAudio switches recordings to answers that do not announce their length.
func (t *Tenant) ChunkAudio(on bool) {
	t.change(func(s *state, _ time.Time) { s.lines.chunked = on })
}

// ScanNewNumbers lets somebody scan the QR code of every device that shows one from
// now on, so much time of the server after its first one. A time below zero ends
// that.
func (t *Tenant) ScanNewNumbers(after time.Duration) {
	t.change(func(s *state, _ time.Time) {
		s.workspace.scanAfter = nil
		if after >= 0 {
			s.workspace.scanAfter = &after
		}
	})
}

// LateCodes lets numbers that are created from now on have no QR code and no pairing
// code at first: both are null in the answer of Numbers.Create and in the first
// answer of Numbers.Connect or Pairing.Connect; for the second device of a dual
// number in the answer of Numbers.UpgradeToDual.
func (t *Tenant) LateCodes(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.lateCodes = on })
}

// OtherForms switches to the second form of the answers that sources disagree on:
//
//   - Numbers.List has no links, Numbers.Status only state and isFullyConnected,
//     Numbers.Delete no restorableUntil;
//   - a created number has displayName and status for name and state; Numbers.Create
//     has no bundles of links, Numbers.CreateMeta the number at the top level,
//     MetaOnboarding.Complete the number in instance;
//   - Numbers.CreatePairingLink has the token in the URL only; Pairing.Info has number
//     for maskedNumber, and like Pairing.Status no links;
//   - Branding.Get has null before anything was saved;
//   - ExtraNumbers.Buy has url for checkoutUrl and the preview in details,
//     Billing.Checkout has checkoutUrl for url;
//   - a project without description has null.
func (t *Tenant) OtherForms(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.otherForms = on })
}

// PairingMessageFails lets Numbers.CreatePairingLink not send the link by WhatsApp,
// and answer with the text as messageError. "" ends it.
func (t *Tenant) PairingMessageFails(text string) {
	t.change(func(s *state, _ time.Time) { s.workspace.messageError = text })
}

// NumberEvents returns what webhooks hear of numbers, in the order in which it
// happened: number.created, number.connected, number.disconnected, number.removed,
// number.restored, and what ReportHealth reported.
func (t *Tenant) NumberEvents() (events []json.RawMessage) {
	t.change(func(s *state, _ time.Time) { events = slices.Clone(s.workspace.news) })
	return events
}

// DenyPermission takes a permission such as billing:manage from all keys: operations
// that need it answer 403 PERMISSION_DENIED. A permission that no operation needs
// fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) DenyPermission(permission string) {
	needed := func(r route) bool { return permission != "" && r.permission == permission }
	if !slices.ContainsFunc(t.server.routes, needed) {
		t.server.tb.Helper()
		t.server.failf("no operation needs %q", permission)
		return
	}
	t.change(func(s *state, _ time.Time) {
		s.workspace.denied[permission] = true
	})
}

// GrantPermission ends the effect of DenyPermission.
func (t *Tenant) GrantPermission(permission string) {
	t.change(func(s *state, _ time.Time) { delete(s.workspace.denied, permission) })
}

// IncludedNumbers sets how many numbers the workspace pays for, or has for free; at
// the start it is the two that are there. The first connection of a number beyond
// them is charged, see Number.ChargeOutcome, and a charge that goes through raises
// the count.
func (t *Tenant) IncludedNumbers(n int) {
	t.change(func(s *state, _ time.Time) { s.workspace.slots = n })
}

// FreePlan puts the workspace on the plan FREE, on which ExtraNumbers.Buy has to be
// confirmed, or back on ON_DEMAND.
func (t *Tenant) FreePlan(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.free = on })
}

// SavedCard says whether the workspace has a card, as it has at the start. Without,
// ExtraNumbers.Buy ends at a page on which a person pays, see FinishCheckout.
func (t *Tenant) SavedCard(on bool) {
	t.change(func(s *state, _ time.Time) { s.workspace.noCard = !on })
}

// ChargeOutcome sets what becomes of the charges of ExtraNumbers.Buy, with the codes
// of Number.ChargeOutcome.
func (t *Tenant) ChargeOutcome(code string) {
	t.server.tb.Helper()
	t.setCharge(charge{code: code})
}

// Declined is ChargeOutcome for PAYMENT_FAILED with the reason of the card's issuer
// and the amount that was tried; what is empty is left out of the answer.
func (t *Tenant) Declined(declineCode string, amount float64, currency string) {
	t.server.tb.Helper()
	t.setCharge(charge{paymentFailed, declineCode, amount, currency})
}

func (t *Tenant) setCharge(c charge) {
	if !c.known() {
		t.server.tb.Helper()
		t.server.failf("no outcome %q of a charge", c.code)
		return
	}
	t.change(func(s *state, _ time.Time) { s.workspace.charge = c })
}

// FinishCheckout lets a person finish the page of Billing.Checkout or of
// ExtraNumbers.Buy. Money or a card has the charges that were refused tried again,
// which now go through; a purchase opens its slots. A URL that is unknown or was
// finished before fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) FinishCheckout(url string) {
	t.server.tb.Helper()
	t.find(func(s *state, now time.Time) bool { return s.pay(url, now) }, "no checkout page %q", url)
}

// HideDelivered switches Analytics.Dashboard to a form in which statusDistribution
// has no delivered; such messages count as sent.
func (t *Tenant) HideDelivered(on bool) {
	t.change(func(s *state, _ time.Time) { s.analytics.noDelivered = on })
}

// AddMedia gives Meta a file that Media.Download finds under both ids, with the key
// of any official number. The file of a received message needs it in addition to
// [Number.Receive]. fileName may be "".
func (t *Tenant) AddMedia(phoneNumberID, mediaID, mimeType, fileName string, data []byte) {
	t.change(func(s *state, _ time.Time) {
		s.media.add(mediaKey{phoneNumberID, mediaID}, &mediaFile{mimeType: mimeType, fileName: fileName, data: slices.Clone(data)})
	})
}

// ExpireMedia lets Meta's link to a file die, as it does after some minutes: from now
// on Media.Download answers 500. An unknown id fails the test under NewServer;
// otherwise nothing happens.
func (t *Tenant) ExpireMedia(mediaID string) {
	t.server.tb.Helper()
	t.find(func(s *state, _ time.Time) bool {
		for _, owner := range s.media.owners[mediaID] {
			s.media.files[mediaKey{owner, mediaID}].expired = true
		}
		return s.media.has(mediaID)
	}, "no media %q", mediaID)
}

// BareMedia switches Media.Download to a form in which base64 is not a data URI but
// the data alone.
func (t *Tenant) BareMedia(on bool) {
	t.change(func(s *state, _ time.Time) { s.media.bare = on })
}
