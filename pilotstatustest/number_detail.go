package pilotstatustest

import "cmp"

// numberDetail is the answer of Numbers.Get.
type numberDetail struct {
	ID                      string             `json:"id"`
	Number                  string             `json:"number"`
	Name                    string             `json:"name"`
	Provider                string             `json:"provider"`
	State                   string             `json:"state"`
	IsFullyConnected        bool               `json:"isFullyConnected"`
	PIIMode                 string             `json:"piiMode"`
	PIIRetentionDays        *int               `json:"piiRetentionDays"`
	Settings                settingsAnswer     `json:"settings"`
	Health                  healthAnswer       `json:"health"`
	Meta                    *metaAnswer        `json:"meta"`
	Coexistence             *coexistenceAnswer `json:"coexistence"`
	ExtraChargeUnpaidSince  *string            `json:"extraChargeUnpaidSince"`
	ExtraChargeDisconnectAt *string            `json:"extraChargeDisconnectAt"`
	CreatedAt               string             `json:"createdAt"`
	UpdatedAt               string             `json:"updatedAt"`
}

// settingsAnswer has the platform's settings first and then those of the device,
// which are null until somebody sets them.
type settingsAnswer struct {
	HistoryImportEnabled      bool `json:"historyImportEnabled"`
	WebhookHistoricalMessages bool `json:"webhookHistoricalMessages"`
	IgnoreNewsletters         bool `json:"ignoreNewsletters"`
	MarkReadOnSend            bool `json:"markReadOnSend"`

	AlwaysOnline  *bool   `json:"alwaysOnline"`
	RejectCall    *bool   `json:"rejectCall"`
	MsgRejectCall *string `json:"msgRejectCall"`
	ReadMessages  *bool   `json:"readMessages"`
	IgnoreGroups  *bool   `json:"ignoreGroups"`
	IgnoreStatus  *bool   `json:"ignoreStatus"`

	AppliesTo appliesTo `json:"appliesTo"`
}

type appliesTo struct {
	History  string `json:"history"`
	Advanced string `json:"advanced"`
	Sending  string `json:"sending"`
}

type healthAnswer struct {
	QualityRating               *string `json:"qualityRating"`
	MessagingLimitTier          *string `json:"messagingLimitTier"`
	PortfolioMessagingLimitTier *string `json:"portfolioMessagingLimitTier"`
	MetaStatus                  *string `json:"metaStatus"`
	Code                        *string `json:"code"`
	Reason                      *string `json:"reason"`
	Sendable                    bool    `json:"sendable"`
}

// metaAnswer mirrors what Meta says about an official number.
type metaAnswer struct {
	Phone struct {
		PlatformType string `json:"platformType"`
		VerifiedName string `json:"verifiedName"`
	} `json:"phone"`
	Profile struct {
		About *string `json:"about"`
	} `json:"profile"`
	Waba struct {
		ID string `json:"id"`
	} `json:"waba"`
}

// bornWith are the settings of a number that nobody has changed.
func (n *number) bornWith() settingsAnswer {
	s := settingsAnswer{
		HistoryImportEnabled: true, MarkReadOnSend: true,
		AppliesTo: appliesTo{History: "all", Advanced: "evolution-go", Sending: "none"},
	}
	if n.official() {
		s.AppliesTo.Advanced, s.AppliesTo.Sending = "none", "meta"
	}
	return s
}

func (n *number) detail() numberDetail {
	d := numberDetail{
		ID: n.id, Number: n.phone, Name: n.name, Provider: n.provider, State: n.state(), IsFullyConnected: n.fullyConnected(),
		PIIMode:                cmp.Or(n.privacy.mode, storeIndefinite),
		Settings:               n.settings,
		Health:                 healthAnswer{Sendable: n.open},
		Coexistence:            n.coexistence(),
		ExtraChargeUnpaidSince: stamp(n.unpaidSince), ExtraChargeDisconnectAt: stamp(n.cutOffAt),
		CreatedAt: stampText(n.createdAt), UpdatedAt: stampText(n.updatedAt),
	}
	if days := n.privacy.days; days > 0 {
		d.PIIRetentionDays = &days
	}
	if n.official() {
		d.Health.QualityRating, d.Health.MetaStatus = nullable("GREEN"), nullable("CONNECTED")
		d.Health.MessagingLimitTier, d.Health.PortfolioMessagingLimitTier = nullable("TIER_1K"), nullable("TIER_10K")
		d.Meta = new(metaAnswer)
		d.Meta.Phone.PlatformType, d.Meta.Phone.VerifiedName = "CLOUD_API", n.name
		d.Meta.Waba.ID = "waba_" + n.id
	}
	return d
}
