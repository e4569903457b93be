package pilotstatustest

import (
	"net/http"
	"slices"
)

// leadRow is a lead in an answer.
type leadRow struct {
	ID               string         `json:"id"`
	LeadgenID        string         `json:"leadgenId"`
	WhatsappNumberID string         `json:"whatsappNumberId"`
	PageID           string         `json:"pageId"`
	PageName         *string        `json:"pageName"`
	FormID           string         `json:"formId"`
	FormName         *string        `json:"formName"`
	AdID             *string        `json:"adId"`
	AdName           *string        `json:"adName"`
	AdsetName        *string        `json:"adsetName"`
	CampaignName     *string        `json:"campaignName"`
	Platform         *string        `json:"platform"`
	IsOrganic        *bool          `json:"isOrganic"`
	CreatedAt        string         `json:"createdAt"`
	FullName         *string        `json:"fullName"`
	Email            *string        `json:"email"`
	Phone            *string        `json:"phone"`
	Fields           []leadFieldRow `json:"fields"`
	ConsentGiven     *bool          `json:"consentGiven"`
	ConversationID   *string        `json:"conversationId"`
	AutoSendStatus   string         `json:"autoSendStatus"`
	AutoSendReason   *string        `json:"autoSendReason"`
	Source           string         `json:"source"`
	Redacted         bool           `json:"redacted"`
}

type leadFieldRow struct {
	Key    string   `json:"key"`
	Label  string   `json:"label"`
	Values []string `json:"values"`
}

// leadList is the answer of Leads.List.
type leadList struct {
	Leads []leadRow `json:"leads"`
	pageAnswer
}

// leadAnswer is the answer of Leads.Get.
type leadAnswer struct {
	Lead   leadRow `json:"lead"`
	Notice *string `json:"notice,omitempty"`
}

func listLeads(c *call) (any, *failure) {
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	var found []*lead
	for _, l := range slices.Backward(c.state.growth.leads) {
		if l.number == c.number && dates.holds(l.SubmittedAt) && c.asksFor(l) {
			found = append(found, l)
		}
	}
	slices.SortStableFunc(found, func(a, b *lead) int { return b.SubmittedAt.Compare(a.SubmittedAt) })
	found, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	around.Notice = c.number.privacy.notice()
	out := leadList{Leads: make([]leadRow, 0, len(found)), pageAnswer: around}
	for _, l := range found {
		out.Leads = append(out.Leads, c.state.leadRow(l))
	}
	return out, nil
}

// asksFor says whether the ids in the query are those of the lead.
func (c *call) asksFor(l *lead) bool {
	for name, id := range map[string]string{"formId": l.FormID, "adId": l.AdID, "pageId": l.PageID} {
		if c.query.Has(name) && c.query.Get(name) != id {
			return false
		}
	}
	return true
}

func getLead(c *call) (any, *failure) {
	for _, l := range c.state.growth.leads {
		if l.id == c.params["id"] && l.number == c.number {
			return leadAnswer{Lead: c.state.leadRow(l), Notice: c.number.privacy.notice()}, nil
		}
	}
	return nil, &failure{status: http.StatusNotFound, code: "LEAD_NOT_FOUND", text: "Lead not found"}
}

// leadRow writes a lead, without what the policy of its number hides.
func (s *state) leadRow(l *lead) leadRow {
	names := s.growth.namesOf(l.AdID)
	row := leadRow{
		ID: l.id, LeadgenID: l.leadgenID, WhatsappNumberID: l.number.id,
		PageID: l.PageID, FormID: l.FormID, AdID: nullable(l.AdID),
		AdName: nullable(names.Ad), AdsetName: nullable(names.Adset), CampaignName: nullable(names.Campaign),
		Platform: nullable(l.Platform), IsOrganic: l.Organic, CreatedAt: stampText(l.SubmittedAt),
		Fields: []leadFieldRow{}, ConsentGiven: l.Consent, ConversationID: nullable(l.ConversationID),
		AutoSendStatus: l.autoSendStatus, AutoSendReason: nullable(l.autoSendReason), Source: l.source,
		Redacted: l.number.privacy.hides(l.SubmittedAt, s.clock.now()),
	}
	row.PageName, row.FormName = s.growth.pageAndForm(l.PageID, l.FormID)
	if row.Redacted {
		return row
	}
	row.FullName, row.Email, row.Phone = nullable(l.FullName), nullable(l.Email), nullable(l.Phone)
	for _, f := range l.Fields {
		label := f.Label
		if label == "" {
			label = f.Key
		}
		row.Fields = append(row.Fields, leadFieldRow{f.Key, label, append([]string{}, f.Values...)})
	}
	return row
}
