package pilotstatustest

import (
	"net/http"
	"time"
)

// addReferral stores a message that an ad or a post brought in the inbox.
func (s *state) addReferral(n *number, in *Referral, now time.Time) string {
	return s.receiveIn(n, in.ConversationID, &Inbound{
		From: in.From, FromName: in.Name, UserID: in.UserID, Text: in.Text, At: in.At,
		Referral: &InboundReferral{
			SourceID: in.SourceID, SourceType: in.SourceType, SourceURL: in.SourceURL,
			Headline: in.Headline, Body: in.Body, MediaType: in.MediaType,
			ImageURL: in.ImageURL, VideoURL: in.VideoURL, ThumbnailURL: in.ThumbnailURL, CTWAClid: in.ClickID,
		},
	}, now)
}

// adNames are the names around an ad as they were when Meta was asked. All are
// empty where Meta gave nothing.
type adNames struct {
	AdNames

	resolvedAt time.Time
}

// namesOf returns what is known of an ad by now.
func (g *growthState) namesOf(adID string) adNames {
	if adID == "" {
		return adNames{}
	}
	return g.adNames[adID]
}

// resolve takes over the names that Meta gave, if it was asked.
func (f *referral) resolve(names adNames) {
	if names.resolvedAt.IsZero() {
		return
	}
	f.AdName, f.AdsetID, f.AdsetName = names.Ad, names.AdsetID, names.Adset
	f.CampaignID, f.CampaignName, f.NamesResolvedAt = names.CampaignID, names.Campaign, names.resolvedAt
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

func (f *referral) names() adNamesAnswer {
	return adNamesAnswer{
		AdName: nullable(f.AdName), AdsetID: nullable(f.AdsetID), AdsetName: nullable(f.AdsetName),
		CampaignID: nullable(f.CampaignID), CampaignName: nullable(f.CampaignName), NamesResolvedAt: stamp(f.NamesResolvedAt),
	}
}

// referralList is the answer of Referrals.List.
type referralList struct {
	Referrals any `json:"referrals"`
	pageAnswer
}

func listReferrals(c *call) (any, *failure) {
	dates, refused := c.span()
	if refused != nil {
		return nil, refused
	}
	if kind := c.query.Get("sourceType"); c.query.Has("sourceType") && kind != "ad" && kind != "post" {
		return nil, &failure{
			status: http.StatusBadRequest, code: "INVALID_SOURCE_TYPE", text: "sourceType must be ad or post", why: kind,
		}
	}
	var found []*chatRow
	for _, r := range c.state.inboundReferrals(c.number) {
		switch {
		case !dates.holds(r.at):
		case c.query.Has("sourceId") && c.query.Get("sourceId") != r.referral.SourceID:
		case c.query.Has("sourceType") && c.query.Get("sourceType") != r.referral.SourceType:
		default:
			found = append(found, r)
		}
	}
	found, around, refused := page(c, found)
	if refused != nil {
		return nil, refused
	}
	around.Notice = c.number.privacy.notice()
	rows, bare := make([]historyRow, 0, len(found)), make([]*referralAnswer, 0, len(found))
	for _, r := range found {
		row := r.history(c.number, c.hidden(r.at))
		rows, bare = append(rows, row), append(bare, row.Referral)
	}
	if c.state.growth.bareReferrals {
		return referralList{bare, around}, nil
	}
	return referralList{rows, around}, nil
}
