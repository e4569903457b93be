package pilotstatus

import "unicode/utf8"

// NumberSettings are the settings of a number. A nil device setting was never set:
// the provider's default holds, which is not the same as false.
type NumberSettings struct {
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

	AppliesTo *SettingsScope `json:"appliesTo"`
}

// SettingsScope says where the settings of a number take effect.
type SettingsScope struct {
	History  SettingsTarget `json:"history"`
	Advanced SettingsTarget `json:"advanced"` // of the device settings; SettingsTargetNone on official numbers
	Sending  SettingsTarget `json:"sending"`  // of MarkReadOnSend; SettingsTargetNone on web numbers
}

// SettingsTarget is which numbers a group of settings takes effect on. The set is open.
type SettingsTarget string

// The documented targets.
const (
	SettingsTargetAll         SettingsTarget = "all"
	SettingsTargetEvolutionGo SettingsTarget = "evolution-go" // the engine of web numbers
	SettingsTargetMeta        SettingsTarget = "meta"
	SettingsTargetNone        SettingsTarget = "none" // stored without effect
)

// SettingsSync counts the connected devices of a number that device settings were
// pushed to. A device that is not connected gets them at its next connection.
type SettingsSync struct {
	Applied int64 `json:"applied"`
	Failed  int64 `json:"failed"`
	Skipped int64 `json:"skipped"`
}

const (
	maxPIIRetentionDays = 3650
	maxMsgRejectCall    = 1000 // characters
)

// UpdateNumber is what Numbers.Update changes. What is left zero stays as it is.
type UpdateNumber struct {
	PIIMode PIIMode `json:"piiMode,omitzero"`

	// PIIRetentionDays is how long content is kept, 1 to 3650 days. It is required
	// with PIIModeStoreXDays and has no meaning in the other modes.
	PIIRetentionDays int `json:"piiRetentionDays,omitzero"`

	Settings UpdateSettings `json:"settings,omitzero"`
}

func (u UpdateNumber) validate() error {
	const days = "PIIRetentionDays"
	switch {
	case u == UpdateNumber{}:
		return invalid("UpdateNumber", "it changes nothing; set a field")
	case u.PIIMode == PIIModeStoreXDays && u.PIIRetentionDays == 0:
		return invalid(days, "it is required with PIIModeStoreXDays")
	case u.PIIRetentionDays < 0 || u.PIIRetentionDays > maxPIIRetentionDays:
		return invalid(days, "content is kept for 1 to 3650 days")
	}
	return u.Settings.validate()
}

// UpdateSettings are settings of a number to change, or to create it with. What is
// left zero stays as it is, or gets its default. The first four are the platform's: Ptr
// sets them. The rest are the device's: Set sets them, and Null takes them back to the
// provider's default.
type UpdateSettings struct {
	// HistoryImportEnabled says whether the history of the device is imported after
	// connecting; the default is true. Decide it in Numbers.Create: the import
	// begins right after the connection, where an update comes too late.
	HistoryImportEnabled *bool `json:"historyImportEnabled,omitzero"`

	// WebhookHistoricalMessages replays old messages into webhooks on reconnection.
	WebhookHistoricalMessages *bool `json:"webhookHistoricalMessages,omitzero"`

	// IgnoreNewsletters drops the posts of channels: no conversation, no message,
	// no webhook.
	IgnoreNewsletters *bool `json:"ignoreNewsletters,omitzero"`

	// MarkReadOnSend is the default of SendRequest.MarkRead on official numbers,
	// true where it was never set. It has no effect on web numbers.
	MarkReadOnSend *bool `json:"markReadOnSend,omitzero"`

	// The settings of the device follow. Null takes one back to the provider's
	// default, which is not the same as false. Official numbers store them without
	// effect.

	AlwaysOnline  Field[bool]   `json:"alwaysOnline,omitzero"`
	RejectCall    Field[bool]   `json:"rejectCall,omitzero"`
	MsgRejectCall Field[string] `json:"msgRejectCall,omitzero"` // sent when a call is rejected; at most 1000 characters
	ReadMessages  Field[bool]   `json:"readMessages,omitzero"`  // mark messages read on arrival
	IgnoreGroups  Field[bool]   `json:"ignoreGroups,omitzero"`
	IgnoreStatus  Field[bool]   `json:"ignoreStatus,omitzero"`
}

func (u UpdateSettings) validate() error {
	if text, _ := u.MsgRejectCall.Get(); utf8.RuneCountInString(text) > maxMsgRejectCall {
		return invalid("Settings.MsgRejectCall", "it has at most 1000 characters")
	}
	return nil
}
