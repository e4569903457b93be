package pilotstatustest

// leadNews is what webhooks hear of a lead. The policy of its number hides nothing of
// it.
type leadNews struct {
	LeadID           string          `json:"leadId"`
	LeadgenID        string          `json:"leadgenId"`
	WhatsappNumberID string          `json:"whatsappNumberId"`
	PageID           string          `json:"pageId"`
	PageName         *string         `json:"pageName"`
	FormID           string          `json:"formId"`
	FormName         *string         `json:"formName"`
	AdID             *string         `json:"adId"`
	AdsetID          *string         `json:"adsetId"`
	CampaignID       *string         `json:"campaignId"`
	AdName           *string         `json:"adName"`
	AdsetName        *string         `json:"adsetName"`
	CampaignName     *string         `json:"campaignName"`
	Platform         *string         `json:"platform"`
	IsOrganic        *bool           `json:"isOrganic"`
	CreatedAt        string          `json:"createdAt"`
	FullName         *string         `json:"fullName"`
	Email            *string         `json:"email"`
	Phone            *string         `json:"phone"`
	Fields           []leadFieldNews `json:"fields"`
	ConsentGiven     *bool           `json:"consentGiven"`
	ConversationID   *string         `json:"conversationId"`
}

type leadFieldNews struct {
	Key    string   `json:"key"`
	Label  string   `json:"label,omitempty"` // left out where it is not known
	Values []string `json:"values"`
}

// tellLead tells webhooks of a lead that arrives now.
func (s *state) tellLead(l *lead) {
	const name = "lead.received"
	s.emit(l.number, name, s.clock.now(), func() any {
		names := s.growth.namesOf(l.AdID)
		out := leadNews{
			LeadID: l.id, LeadgenID: l.leadgenID, WhatsappNumberID: l.number.id, PageID: l.PageID, FormID: l.FormID,
			AdID: nullable(l.AdID), AdsetID: nullable(names.AdsetID), CampaignID: nullable(names.CampaignID),
			AdName: nullable(names.Ad), AdsetName: nullable(names.Adset), CampaignName: nullable(names.Campaign),
			Platform: nullable(l.Platform), IsOrganic: l.Organic, CreatedAt: stampText(l.SubmittedAt),
			FullName: nullable(l.FullName), Email: nullable(l.Email), Phone: nullable(l.Phone),
			Fields: []leadFieldNews{}, ConsentGiven: l.Consent, ConversationID: nullable(l.ConversationID),
		}
		out.PageName, out.FormName = s.growth.pageAndForm(l.PageID, l.FormID)
		for _, f := range l.Fields {
			out.Fields = append(out.Fields, leadFieldNews{f.Key, f.Label, append([]string{}, f.Values...)})
		}
		return news{name, out}
	})
}
