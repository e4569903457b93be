package pilotstatustest

import (
	"slices"
	"time"
)

func referralRoutes() []route {
	return needing("chat:read",
		on("Referrals.List", "GET /v1/referrals", scopeNumberView, with((*call).span, listReferrals)),
		on("Referrals.Summary", "GET /v1/referrals/summary", scopeNumberView, with((*call).span, summarizeReferrals)),
	)
}

// Referral is an inbound text message that an ad or a post brought. What is left
// out is null in the API unless its comment says otherwise.
type Referral struct {
	SourceID     string // of the ad or the post; without it the summaries do not count the message
	SourceType   string // ad or post
	SourceURL    string
	Headline     string
	Body         string
	MediaType    string
	ImageURL     string
	VideoURL     string
	ThumbnailURL string
	ClickID      string // ctwaClid

	From           string // phone of the sender
	Name           string
	UserID         string
	Text           string
	ConversationID string    // "": the conversation of the sender
	At             time.Time // when it happened; zero: now
}

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

func listReferrals(c *call, dates span) (any, *failure) {
	if kind := c.query.Get("sourceType"); c.query.Has("sourceType") && kind != "ad" && kind != "post" {
		return nil, badRequest("INVALID_SOURCE_TYPE", "sourceType must be ad or post").because(kind)
	}
	found := slices.DeleteFunc(c.state.inboundReferrals(c.number), func(r *chatRow) bool {
		return !dates.holds(r.at) ||
			c.query.Has("sourceId") && c.query.Get("sourceId") != r.referral.SourceID ||
			c.query.Has("sourceType") && c.query.Get("sourceType") != r.referral.SourceType
	})
	rows, out, refused := page(c, found, func(r *chatRow) historyRow { return r.history(c.number, c.hidden(r.at)) })
	out.Referrals = rows
	if c.state.growth.bareReferrals {
		out.Referrals = rowsOf(rows, func(row historyRow) *referralAnswer { return row.Referral })
	}
	return out, refused
}

func summarizeReferrals(c *call, dates span) (any, *failure) {
	out := c.state.adSummary(c.number, dates)
	out.PIINotice = c.number.privacy.notice()
	if out.Truncated {
		out.Notice = nullable("Only the 200 ads with the most conversations are listed. Narrow the dates to see the others.")
	}
	return out, nil
}
