package pilotstatus

// MessageDirection says who wrote a message. The set is open.
type MessageDirection string

// The documented directions.
const (
	MessageDirectionInbound  MessageDirection = "INBOUND"  // the contact
	MessageDirectionOutbound MessageDirection = "OUTBOUND" // the number
)

// MessageType is what a stored message consists of. The set is open.
type MessageType string

// The documented types.
const (
	MessageTypeText     MessageType = "text"
	MessageTypeImage    MessageType = "image"
	MessageTypeAudio    MessageType = "audio"
	MessageTypeVideo    MessageType = "video"
	MessageTypeDocument MessageType = "document"
	MessageTypeLocation MessageType = "location"
	MessageTypeContacts MessageType = "contacts"
	MessageTypeSticker  MessageType = "sticker"
	MessageTypeReaction MessageType = "reaction"
)

// MediaProvider is where the file of a message lies. The set is open.
type MediaProvider string

// The documented providers of files.
const (
	MediaProviderMeta  MediaProvider = "META"   // an official number: Media.Download
	MediaProviderEvo   MediaProvider = "EVO"    // a web number: fetch the URL
	MediaProviderEvoGo MediaProvider = "EVO_GO" // a web number: fetch the URL
)

// ChatMedia is the file of a stored message.
type ChatMedia struct {
	Provider MediaProvider `json:"provider"`
	ID       string        `json:"id"` // for Media.Download; "" on web numbers

	// URL is a direct link, where there is one. It is signed and expires: fetch it
	// soon, and without the API's headers, which make it fail.
	URL string `json:"url"`

	MimeType string `json:"mimeType"`
	FileName string `json:"fileName"` // as the contact named it: take its base name before you open a file
}

// ReferralSourceType is what a contact came from. The set is open.
type ReferralSourceType string

// The documented sources.
const (
	ReferralSourceTypeAd   ReferralSourceType = "ad"
	ReferralSourceTypePost ReferralSourceType = "post"
)

// ChatReferral is the ad or the post that brought an inbound message. Texts are ""
// where Meta did not say.
type ChatReferral struct {
	SourceID     string             `json:"sourceId"` // Meta's id of the ad or post: group by it, names change
	SourceType   ReferralSourceType `json:"sourceType"`
	SourceURL    string             `json:"sourceUrl"`
	Headline     string             `json:"headline"`
	Body         string             `json:"body"`
	MediaType    string             `json:"mediaType"` // of the ad, as in "image"
	ImageURL     string             `json:"imageUrl"`
	VideoURL     string             `json:"videoUrl"`
	ThumbnailURL string             `json:"thumbnailUrl"`
	CTWAClickID  string             `json:"ctwaClid"` // Meta's id of the click; "" also where it was redacted

	AdName       string `json:"adName"` // Meta's users can change it, like the other names
	AdSetID      string `json:"adsetId"`
	AdSetName    string `json:"adsetName"`
	CampaignID   string `json:"campaignId"`
	CampaignName string `json:"campaignName"`

	// NamesResolvedAt is when Meta was asked for the names. Zero: not yet, or the
	// ad account is not shared. A time without names: Meta gave none.
	NamesResolvedAt Timestamp `json:"namesResolvedAt"`

	// Redacted says that the number's PIIMode hides the click id and the ad's
	// texts. Ids and names stay.
	Redacted bool `json:"redacted"`
}
