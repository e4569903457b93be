package pilotstatustest

import (
	"cmp"
	"slices"
	"time"
)

// takeMore takes files, calls and leads.
func (s *state) takeMore(f *snapshotForm) {
	for key, file := range s.media.files {
		f.Files = append(f.Files, fileForm{
			ID: key.mediaID, Owner: key.phoneNumberID, Type: file.mimeType, Name: file.fileName, Expired: file.expired, Data: file.data,
		})
	}
	slices.SortFunc(f.Files, func(a, b fileForm) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Owner, b.Owner)) })
	sentAt := make(map[mediaKey]time.Time)
	for _, one := range s.media.sent {
		sentAt[one.key] = one.at
	}
	for i, one := range f.Files {
		f.Files[i].Sent = sentAt[mediaKey{one.Owner, one.ID}]
	}
	for _, v := range s.calls.all {
		if !v.number.gone {
			f.Calls = append(f.Calls, callForm{callFields: callFields(v.Call)})
		}
	}
	for _, l := range s.growth.leads {
		if !l.number.gone {
			f.Leads = append(f.Leads, l.entry())
		}
	}
}

func (l *lead) entry() leadEntry {
	return leadEntry{
		ID: l.id, NumberID: l.number.id, LeadgenID: l.leadgenID, Source: l.source, AutoSend: l.autoSendStatus, AutoReason: l.autoSendReason,
		PageID: l.PageID, FormID: l.FormID, AdID: l.AdID, Platform: l.Platform, Organic: l.Organic, SubmittedAt: l.SubmittedAt,
		FullName: l.FullName, Email: l.Email, Phone: l.Phone, Fields: l.tail().Fields, Consent: l.Consent, Conversation: l.ConversationID,
	}
}

// putFiles comes before the messages, which have them.
func (s *state) putFiles(all []fileForm) {
	slices.SortStableFunc(all, func(a, b fileForm) int { return a.Sent.Compare(b.Sent) })
	for _, f := range all {
		key := mediaKey{f.Owner, f.ID}
		file := &mediaFile{mimeType: f.Type, fileName: f.Name, data: f.Data, expired: f.Expired}
		if f.Sent.IsZero() {
			s.media.add(key, file)
		} else {
			s.keepFile(key, file, f.Sent)
		}
	}
}

func (s *state) putCallsAndLeads(f *snapshotForm, now time.Time) {
	for i := range f.Calls {
		s.putCall(&f.Calls[i], now)
	}
	for i := range f.Leads {
		s.putLead(&f.Leads[i])
	}
	slices.SortStableFunc(s.calls.all, func(a, b *phoneCall) int { return serialOf(a.ID) - serialOf(b.ID) })
	slices.SortStableFunc(s.growth.leads, func(a, b *lead) int { return serialOf(a.id) - serialOf(b.id) })
}

func (s *state) putCall(f *callForm, now time.Time) {
	v := &phoneCall{number: s.number(f.NumberID), Call: Call(f.callFields)}
	v.ID, v.Peer = s.givenID(f.ID, "call"), onlyDigits(f.Peer)
	v.CreatedAt = cmp.Or(f.CreatedAt, now).Truncate(time.Millisecond)
	v.UpdatedAt = cmp.Or(f.UpdatedAt, v.CreatedAt)
	v.ExternalID = v.providerID()
	s.calls.all = append(s.calls.all, v)
}

func (s *state) putLead(f *leadEntry) {
	in := s.submit(Lead{
		PageID: f.PageID, FormID: f.FormID, AdID: f.AdID, Platform: f.Platform, Organic: f.Organic, SubmittedAt: f.SubmittedAt,
		FullName: f.FullName, Email: f.Email, Phone: f.Phone, Consent: f.Consent, ConversationID: f.Conversation,
		Fields: rowsOf(f.Fields, func(one leadField) LeadField { return LeadField{one.Key, value(one.Label), one.Values} }),
	})
	s.growth.leads = append(s.growth.leads, &lead{
		Lead: in.Lead, id: s.givenID(f.ID, "ld"), leadgenID: cmp.Or(f.LeadgenID, in.leadgenID), number: s.number(f.NumberID),
		source: cmp.Or(f.Source, leadPushed), autoSendStatus: cmp.Or(f.AutoSend, "SKIPPED"), autoSendReason: f.AutoReason,
	})
}

// givenID is an id that is given, or a new one.
func (s *state) givenID(id, prefix string) string {
	if id == "" {
		return s.newID(prefix)
	}
	s.lastID = max(s.lastID, serialOf(id))
	return id
}
