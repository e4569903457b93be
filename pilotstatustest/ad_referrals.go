package pilotstatustest

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// adMessage is an inbound message that an ad or a post brought.
type adMessage struct {
	Referral

	id       string
	number   *number
	storedAt time.Time
}

// adNames are the names around an ad as they were when Meta was asked. All are
// empty where Meta gave nothing.
type adNames struct {
	AdNames

	resolvedAt time.Time
}

// addReferral stores a message. One sender has one conversation with a number.
func (s *state) addReferral(n *number, in Referral) *adMessage {
	now := s.clock.now()
	in.At = wireTime(cmp.Or(in.At, now))
	for _, m := range s.growth.referrals {
		if in.ConversationID == "" && in.From != "" && m.From == in.From && m.number == n {
			in.ConversationID = m.ConversationID
		}
	}
	if in.ConversationID == "" {
		in.ConversationID = s.newID("conv")
	}
	m := &adMessage{Referral: in, id: s.newID("cm"), number: n, storedAt: now}
	s.growth.referrals = append(s.growth.referrals, m)
	return m
}

// adMessageRow is a row of Referrals.List: a message of the history.
type adMessageRow struct {
	ID                  string          `json:"id"`
	ConversationID      string          `json:"conversationId"`
	Direction           string          `json:"direction"`
	ProviderKind        string          `json:"providerKind"`
	ExternalMessageID   *string         `json:"externalMessageId"`
	Status              string          `json:"status"`
	MessageType         string          `json:"messageType"`
	Origin              *string         `json:"origin"`
	Text                *string         `json:"text"`
	ParticipantName     *string         `json:"participantName"`
	ParticipantPhone    *string         `json:"participantPhone"`
	ParticipantUserID   *string         `json:"participantUserId"`
	RepliedToExternalID *string         `json:"repliedToExternalId"`
	Media               *struct{}       `json:"media"`
	SentAt              *string         `json:"sentAt"`
	DeliveredAt         *string         `json:"deliveredAt"`
	ReadAt              *string         `json:"readAt"`
	ProviderTimestamp   string          `json:"providerTimestamp"`
	CreatedAt           string          `json:"createdAt"`
	Referral            adMessageSource `json:"referral"`
	Redacted            bool            `json:"redacted,omitempty"`
}

// adMessageSource is the ad or post that brought the message.
type adMessageSource struct {
	SourceID     *string `json:"sourceId"`
	SourceType   *string `json:"sourceType"`
	SourceURL    *string `json:"sourceUrl"`
	Headline     *string `json:"headline"`
	Body         *string `json:"body"`
	MediaType    *string `json:"mediaType"`
	ImageURL     *string `json:"imageUrl"`
	VideoURL     *string `json:"videoUrl"`
	ThumbnailURL *string `json:"thumbnailUrl"`
	CtwaClid     *string `json:"ctwaClid"`
	adNamesAnswer
	Redacted bool `json:"redacted,omitempty"`
}

// namesOf returns what is known of an ad by now.
func (g *growthState) namesOf(adID string) adNames {
	if adID == "" {
		return adNames{}
	}
	return g.adNames[adID]
}

// adNamesAnswer is the part of an answer that comes later than the event.
type adNamesAnswer struct {
	AdName          *string `json:"adName"`
	AdsetID         *string `json:"adsetId"`
	AdsetName       *string `json:"adsetName"`
	CampaignID      *string `json:"campaignId"`
	CampaignName    *string `json:"campaignName"`
	NamesResolvedAt *string `json:"namesResolvedAt"`
}

func (n adNames) answer() adNamesAnswer {
	return adNamesAnswer{
		AdName: nullable(n.Ad), AdsetID: nullable(n.AdsetID), AdsetName: nullable(n.Adset),
		CampaignID: nullable(n.CampaignID), CampaignName: nullable(n.Campaign), NamesResolvedAt: stamp(n.resolvedAt),
	}
}

// adMessageList is the answer of Referrals.List.
type adMessageList struct {
	Referrals any `json:"referrals"`
	pageAnswer
}

func listReferrals(c *call) (any, *failure) {
	span, refused := c.growthSpan()
	if refused != nil {
		return nil, refused
	}
	if kind := c.query.Get("sourceType"); c.query.Has("sourceType") && kind != "ad" && kind != "post" {
		return nil, &failure{
			status: http.StatusBadRequest, code: "INVALID_SOURCE_TYPE", text: "sourceType must be ad or post", why: kind,
		}
	}
	var found []*adMessage
	for _, m := range slices.Backward(c.state.growth.referrals) {
		switch {
		case m.number != c.number, !span.has(m.At):
		case c.query.Has("sourceId") && c.query.Get("sourceId") != m.SourceID:
		case c.query.Has("sourceType") && c.query.Get("sourceType") != m.SourceType:
		default:
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b *adMessage) int { return b.At.Compare(a.At) })
	found, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	around.Notice = c.number.privacy.notice()
	rows, bare := make([]adMessageRow, 0, len(found)), make([]adMessageSource, 0, len(found))
	for _, m := range found {
		row := c.state.adMessageRow(m)
		rows, bare = append(rows, row), append(bare, row.Referral)
	}
	if c.state.growth.bareReferrals {
		return adMessageList{bare, around}, nil
	}
	return adMessageList{rows, around}, nil
}

// adMessageRow writes a message, without what the policy of its number hides.
func (s *state) adMessageRow(m *adMessage) adMessageRow {
	row := adMessageRow{
		ID: m.id, ConversationID: m.ConversationID, Direction: "INBOUND", ProviderKind: m.number.provider,
		ExternalMessageID: nullable(externalID(m.id)), Status: delivered, MessageType: "text",
		ProviderTimestamp: stampText(m.At), CreatedAt: stampText(m.storedAt),
		Referral: adMessageSource{
			SourceID: nullable(m.SourceID), SourceType: nullable(m.SourceType),
			adNamesAnswer: s.growth.namesOf(m.SourceID).answer(),
		},
	}
	if m.number.privacy.hides(m.At, s.clock.now()) {
		row.Redacted, row.Referral.Redacted = true, true
		return row
	}
	row.Text, row.ParticipantName = nullable(m.Text), nullable(m.Name)
	row.ParticipantPhone, row.ParticipantUserID = nullable(m.From), nullable(m.UserID)
	source := &row.Referral
	source.SourceURL, source.Headline, source.Body = nullable(m.SourceURL), nullable(m.Headline), nullable(m.Body)
	source.MediaType, source.ImageURL = nullable(m.MediaType), nullable(m.ImageURL)
	source.VideoURL, source.ThumbnailURL = nullable(m.VideoURL), nullable(m.ThumbnailURL)
	source.CtwaClid = nullable(m.ClickID)
	return row
}
