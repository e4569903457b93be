package pilotstatus

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isAPIWord reports whether a field of a request, a placeholder of its path or a parameter
// of its query holds one of the API's own words, or the id of a template or a Flow. Errors
// may repeat these.
func isAPIWord(field string, value any) bool {
	switch field {
	case "templateId", "flowId":
		return true
	case "type", "mediaType", "action", "mode", "category", "language", "provider",
		"purpose", "surface", "channel", "piiMode", "events", "documentType", "status", "call_icon_visibility",
		"callback_permission_status", "metaFlow", "source", "sourceType", "direction":
		return isWords(value)
	}
	return false
}

// isWords reports whether value is a word, or a list of words.
func isWords(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.") == ""
	case []any:
		return !slices.ContainsFunc(value, func(element any) bool { return !isWords(element) })
	}
	return false
}

// scopeSet is the set of client kinds that an operation is for. A client has exactly one of
// them.
type scopeSet uint8

const (
	forNumber scopeSet = 1 << iota
	forTenant
	forView
	forPublic
)

// String returns the kind of a client.
func (s scopeSet) String() string {
	switch s {
	case forNumber:
		return "number client"
	case forTenant:
		return "tenant client"
	case forView:
		return "number view"
	case forPublic:
		return "public client"
	}
	return "client"
}

// opDo is the operation name of Client.Do. It is not its path, which may hold ids.
const opDo = "Do"

// operation is one endpoint: one row of the table below.
type operation struct {
	name   string // service and method, as in "Messages.Send"
	method string
	route  string // the path, with a placeholder for each id
	scopes scopeSet
	retry  RetryClass
}

// takesOtherKind reports whether the API would perform the operation with the wrong kind of
// key for this client. The scopes of a row decide: an operation for both kinds works with
// either key, and on a view the API ignores the number header if the key is a number key.
// In other cases the API refuses the wrong kind itself. One route, GET /v1/api-keys, is two
// operations, one for each kind, with two forms of answer: see listKeys. Client.Do performs
// the request of its caller; on a view the API would perform it for another number.
func (op *operation) takesOtherKind(scope scopeSet) bool {
	switch {
	case op.name == opDo:
		return scope == forView
	case scope == forNumber:
		return op.scopes&forTenant != 0
	case scope == forTenant || scope == forView:
		return op.scopes&forNumber != 0
	}
	return false
}

// params are the values for the placeholders of a route, in their order.
type params []string

// path returns the path with the values in place, plain and escaped.
func (op *operation) path(values params) (path, escaped string, err error) {
	if len(values) == 0 {
		plain, err := url.PathUnescape(op.route)
		return plain, op.route, err
	}
	var plain, raw strings.Builder
	rest := op.route
	for _, value := range values {
		before, placeholder, _ := strings.Cut(rest, "{")
		name, after, _ := strings.Cut(placeholder, "}")
		if err := op.checkID(name, value); err != nil {
			return "", "", err
		}
		plain.WriteString(before)
		plain.WriteString(value)
		raw.WriteString(before)
		raw.WriteString(escapeSegment(value))
		rest = after
	}
	plain.WriteString(rest)
	raw.WriteString(rest)
	return plain.String(), raw.String(), nil
}

// privateParams returns the values that errors must not show: the ids, but not the words of
// the API.
func (op *operation) privateParams(values params) []string {
	var private []string
	rest := op.route
	for _, value := range values {
		_, placeholder, _ := strings.Cut(rest, "{")
		name, after, _ := strings.Cut(placeholder, "}")
		if !isAPIWord(name, value) {
			private = append(private, value)
		}
		rest = after
	}
	return private
}

// checkID refuses an id that would name another resource.
func (op *operation) checkID(name, value string) error {
	if err := validateID(name, value); err != nil {
		return err
	}
	plain := decodedID(value)
	isWord := func(word string) bool { return strings.EqualFold(word, plain) }
	if slices.ContainsFunc(neighbors(op.route), isWord) {
		return invalid(name, "this word is an endpoint of its own, not an id")
	}
	return nil
}

// decodedID decodes an id repeatedly, as a server or proxy might by mistake, and removes
// blanks and slashes at its ends, as some of them do.
func decodedID(value string) string {
	for range maxDecoded {
		plain, err := url.PathUnescape(value)
		if err != nil || plain == value {
			break
		}
		value = plain
	}
	return strings.Trim(value, " /")
}

// maxDecoded is how often decodedID decodes an id.
const maxDecoded = 4

// validateID refuses a text that cannot be an id.
func validateID(name, value string) error {
	plain := decodedID(value)
	switch {
	case strings.TrimSpace(plain) == "":
		return invalid(name, "an id is required")
	case hasDotSegment(plain):
		return invalid(name, "a path segment of dots is no id")
	case strings.ContainsFunc(value, unicode.IsControl), strings.ContainsFunc(plain, unicode.IsControl), !utf8.ValidString(value):
		return invalid(name, "an id is valid UTF-8 without control characters")
	}
	return nil
}

// neighbors returns the words that are endpoints themselves in the place of the id of the
// route, in this table or elsewhere in the API.
func neighbors(route string) []string {
	switch prefix, _, _ := strings.Cut(route, "{"); prefix {
	case "/v1/messages/":
		return []string{"cancel", "group", "history", "opt-in", "send", "typing", "unread"}
	case "/v1/calls/":
		return []string{"permissions", "settings"}
	case "/v1/numbers/":
		return []string{"check", "meta", "remote-pairing"}
	}
	return nil
}

// escapeSegment escapes a value so that it stays one segment of a path, without reserved
// characters.
func escapeSegment(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}

// The operations of the API. testdata/operations.csv is the list they are
// checked against.
var (
	opMessagesSend   = &operation{"Messages.Send", http.MethodPost, "/v1/messages/send", forNumber, RetryKeyed}
	opMessagesGet    = &operation{"Messages.Get", http.MethodGet, "/v1/messages/{id}", forNumber, RetrySafe}
	opMessagesCancel = &operation{"Messages.Cancel", http.MethodDelete, "/v1/messages/cancel", forNumber, RetryUnsent}

	opInboxConversations = &operation{"Inbox.Conversations", http.MethodGet, "/v1/conversations", forNumber | forView, RetrySafe}
	opInboxHistory       = &operation{"Inbox.History", http.MethodGet, "/v1/messages/history", forNumber | forView, RetrySafe}
	opInboxUnread        = &operation{"Inbox.Unread", http.MethodGet, "/v1/messages/unread", forNumber | forView, RetrySafe}
	opInboxGroupMessages = &operation{"Inbox.GroupMessages", http.MethodGet, "/v1/messages/group", forNumber | forView, RetrySafe}

	opGroupsList               = &operation{"Groups.List", http.MethodGet, "/v1/groups", forNumber, RetrySafe}
	opGroupsCreate             = &operation{"Groups.Create", http.MethodPost, "/v1/groups", forNumber, RetryUnsent}
	opGroupsGet                = &operation{"Groups.Get", http.MethodGet, "/v1/groups/{groupId}", forNumber, RetrySafe}
	opGroupsAddParticipants    = &operation{"Groups.AddParticipants", http.MethodPost, "/v1/groups/{groupId}/participants", forNumber, RetryUnsent}
	opGroupsRemoveParticipants = &operation{"Groups.RemoveParticipants", http.MethodDelete, "/v1/groups/{groupId}/participants", forNumber, RetryUnsent}

	opNewslettersList = &operation{"Newsletters.List", http.MethodGet, "/v1/newsletters", forNumber, RetrySafe}

	opTemplatesList   = &operation{"Templates.List", http.MethodGet, "/v1/templates", forNumber, RetrySafe}
	opTemplatesGet    = &operation{"Templates.Get", http.MethodGet, "/v1/templates/{id}", forNumber, RetrySafe}
	opTemplatesCreate = &operation{"Templates.Create", http.MethodPost, "/v1/templates", forNumber, RetryUnsent}
	opTemplatesUpdate = &operation{"Templates.Update", http.MethodPut, "/v1/templates/{id}", forNumber, RetryUnsent}
	opTemplatesDelete = &operation{"Templates.Delete", http.MethodDelete, "/v1/templates/{id}", forNumber, RetryUnsent}

	opMediaDownload = &operation{"Media.Download", http.MethodGet, "/v1/media/{mediaId}", forNumber, RetrySafe}

	opAnalyticsDashboard = &operation{"Analytics.Dashboard", http.MethodGet, "/v1/analytics/dashboard", forNumber, RetrySafe}

	opContactsCheck = &operation{"Contacts.Check", http.MethodPost, "/v1/numbers/check", forNumber | forView, RetryUnsent}

	opCallsStart             = &operation{"Calls.Start", http.MethodPost, "/v1/calls", forNumber, RetryNever}
	opCallsList              = &operation{"Calls.List", http.MethodGet, "/v1/calls", forNumber, RetrySafe}
	opCallsGet               = &operation{"Calls.Get", http.MethodGet, "/v1/calls/{callId}", forNumber, RetrySafe}
	opCallsPreAccept         = &operation{"Calls.PreAccept", http.MethodPost, "/v1/calls/{callId}/pre-accept", forNumber, RetryUnsent}
	opCallsAccept            = &operation{"Calls.Accept", http.MethodPost, "/v1/calls/{callId}/accept", forNumber, RetryUnsent}
	opCallsReject            = &operation{"Calls.Reject", http.MethodPost, "/v1/calls/{callId}/reject", forNumber, RetryUnsent}
	opCallsTerminate         = &operation{"Calls.Terminate", http.MethodPost, "/v1/calls/{callId}/terminate", forNumber, RetryUnsent}
	opCallsPlay              = &operation{"Calls.Play", http.MethodPost, "/v1/calls/{callId}/play", forNumber, RetryUnsent}
	opCallsRealtimeSession   = &operation{"Calls.RealtimeSession", http.MethodPost, "/v1/calls/{callId}/realtime-session", forNumber, RetryUnsent}
	opCallsSettings          = &operation{"Calls.Settings", http.MethodGet, "/v1/calls/settings", forNumber, RetrySafe}
	opCallsUpdateSettings    = &operation{"Calls.UpdateSettings", http.MethodPut, "/v1/calls/settings", forNumber, RetrySafe}
	opCallsPermission        = &operation{"Calls.Permission", http.MethodGet, "/v1/calls/permissions", forNumber, RetrySafe}
	opCallsRequestPermission = &operation{"Calls.RequestPermission", http.MethodPost, "/v1/calls/permissions/request", forNumber, RetryNever}

	opLeadsList = &operation{"Leads.List", http.MethodGet, "/v1/leads", forNumber | forView, RetrySafe}
	opLeadsGet  = &operation{"Leads.Get", http.MethodGet, "/v1/leads/{id}", forNumber | forView, RetrySafe}

	opReferralsList    = &operation{"Referrals.List", http.MethodGet, "/v1/referrals", forNumber | forView, RetrySafe}
	opReferralsSummary = &operation{"Referrals.Summary", http.MethodGet, "/v1/referrals/summary", forNumber | forView, RetrySafe}

	opAdsSummary = &operation{"Ads.Summary", http.MethodGet, "/v1/ads/summary", forNumber | forTenant | forView, RetrySafe}

	opAdAccountsList   = &operation{"AdAccounts.List", http.MethodGet, "/v1/ads/accounts", forTenant, RetrySafe}
	opAdAccountsLink   = &operation{"AdAccounts.Link", http.MethodPost, "/v1/ads/accounts", forTenant, RetryUnsent}
	opAdAccountsUnlink = &operation{"AdAccounts.Unlink", http.MethodDelete, "/v1/ads/accounts/{adAccountId}", forTenant, RetryUnsent}

	opLeadPagesList       = &operation{"LeadPages.List", http.MethodGet, "/v1/lead-pages", forNumber | forTenant | forView, RetrySafe}
	opLeadPagesLink       = &operation{"LeadPages.Link", http.MethodPost, "/v1/lead-pages", forNumber | forTenant | forView, RetryUnsent}
	opLeadPagesMove       = &operation{"LeadPages.Move", http.MethodPatch, "/v1/lead-pages/{pageLinkId}", forNumber | forTenant | forView, RetryUnsent}
	opLeadPagesUnlink     = &operation{"LeadPages.Unlink", http.MethodDelete, "/v1/lead-pages/{pageLinkId}", forNumber | forTenant | forView, RetryNever}
	opLeadPagesForms      = &operation{"LeadPages.Forms", http.MethodGet, "/v1/lead-pages/{pageLinkId}/forms", forNumber | forTenant | forView, RetrySafe}
	opLeadPagesUpdateForm = &operation{"LeadPages.UpdateForm", http.MethodPut, "/v1/lead-pages/{pageLinkId}/forms/{formId}", forNumber | forTenant | forView, RetrySafe}
	opLeadPagesResync     = &operation{"LeadPages.Resync", http.MethodPost, "/v1/lead-pages/{pageLinkId}/resync", forNumber | forTenant | forView, RetryNever}

	opKeyList   = &operation{"Key.List", http.MethodGet, "/v1/api-keys", forNumber, RetrySafe}
	opKeyRotate = &operation{"Key.Rotate", http.MethodPost, "/v1/api-keys/regenerate", forNumber | forTenant, RetryNever}

	opAPIKeysList             = &operation{"APIKeys.List", http.MethodGet, "/v1/api-keys", forTenant, RetrySafe}
	opAPIKeysRegenerateNumber = &operation{"APIKeys.RegenerateNumber", http.MethodPost, "/v1/api-keys", forTenant, RetryNever}

	opNumbersList              = &operation{"Numbers.List", http.MethodGet, "/v1/numbers", forTenant, RetrySafe}
	opNumbersCreate            = &operation{"Numbers.Create", http.MethodPost, "/v1/numbers", forTenant, RetryUnsent}
	opNumbersGet               = &operation{"Numbers.Get", http.MethodGet, "/v1/numbers/{id}", forTenant, RetrySafe}
	opNumbersUpdate            = &operation{"Numbers.Update", http.MethodPatch, "/v1/numbers/{id}", forTenant, RetrySafe}
	opNumbersDelete            = &operation{"Numbers.Delete", http.MethodDelete, "/v1/numbers/{id}", forTenant, RetryUnsent}
	opNumbersRestore           = &operation{"Numbers.Restore", http.MethodPost, "/v1/numbers/{id}/restore", forTenant, RetryUnsent}
	opNumbersPurge             = &operation{"Numbers.Purge", http.MethodDelete, "/v1/numbers/{id}/purge", forTenant, RetryNever}
	opNumbersPay               = &operation{"Numbers.Pay", http.MethodPost, "/v1/numbers/{id}/pay", forTenant, RetryNever}
	opNumbersConnect           = &operation{"Numbers.Connect", http.MethodGet, "/v1/numbers/{id}/connect", forTenant, RetrySafe}
	opNumbersStatus            = &operation{"Numbers.Status", http.MethodGet, "/v1/numbers/{id}/status", forTenant, RetrySafe}
	opNumbersUpgradeToDual     = &operation{"Numbers.UpgradeToDual", http.MethodPost, "/v1/numbers/{id}/upgrade-to-dual", forTenant, RetryUnsent}
	opNumbersCreateMeta        = &operation{"Numbers.CreateMeta", http.MethodPost, "/v1/numbers/meta", forTenant, RetryUnsent}
	opNumbersCreatePairingLink = &operation{"Numbers.CreatePairingLink", http.MethodPost, "/v1/numbers/remote-pairing", forTenant, RetryNever}

	opPairingInfo    = &operation{"Pairing.Info", http.MethodGet, "/v1/remote-pairing/{token}", forPublic, RetrySafe}
	opPairingConnect = &operation{"Pairing.Connect", http.MethodPost, "/v1/remote-pairing/{token}/connect", forPublic, RetryUnsent}
	opPairingStatus  = &operation{"Pairing.Status", http.MethodGet, "/v1/remote-pairing/{token}/status", forPublic, RetryUnsent}

	opMetaOnboardingComplete = &operation{"MetaOnboarding.Complete", http.MethodPost, "/v1/meta-embedded/{token}/complete", forPublic, RetryUnsent}

	opBrandingGet    = &operation{"Branding.Get", http.MethodGet, "/v1/branding", forTenant, RetrySafe}
	opBrandingUpdate = &operation{"Branding.Update", http.MethodPut, "/v1/branding", forTenant, RetrySafe}

	opExtraNumbersPreview = &operation{"ExtraNumbers.Preview", http.MethodGet, "/v1/subscription/extra-numbers", forTenant, RetrySafe}
	opExtraNumbersBuy     = &operation{"ExtraNumbers.Buy", http.MethodPost, "/v1/subscription/extra-numbers", forTenant, RetryNever}
	opExtraNumbersRelease = &operation{"ExtraNumbers.Release", http.MethodDelete, "/v1/subscription/extra-numbers", forTenant, RetryNever}

	opBillingCheckout = &operation{"Billing.Checkout", http.MethodPost, "/v1/billing/checkout", forTenant, RetryNever}

	opEmbedSessionsCreate = &operation{"EmbedSessions.Create", http.MethodPost, "/v1/embed/sessions", forNumber | forTenant, RetryUnsent}

	opPhoneLinesVerification      = &operation{"PhoneLines.Verification", http.MethodGet, "/v1/phone-lines/verification", forTenant, RetrySafe}
	opPhoneLinesStartVerification = &operation{"PhoneLines.StartVerification", http.MethodPost, "/v1/phone-lines/verification", forTenant, RetryKeyed}
	opPhoneLinesSendContactCode   = &operation{"PhoneLines.SendContactCode", http.MethodPost, "/v1/phone-lines/verification/contact/{channel}/send", forTenant, RetryNever}
	opPhoneLinesConfirmContact    = &operation{"PhoneLines.ConfirmContact", http.MethodPost, "/v1/phone-lines/verification/contact/{channel}/confirm", forTenant, RetryUnsent}
	opPhoneLinesSubmitDocument    = &operation{"PhoneLines.SubmitDocument", http.MethodPost, "/v1/phone-lines/verification/document", forTenant, RetryUnsent}
	opPhoneLinesActivationAudio   = &operation{"PhoneLines.ActivationAudio", http.MethodGet, "/v1/phone-lines/activations/{id}/audio", forTenant, RetrySafe}

	opWebhooksList   = &operation{"Webhooks.List", http.MethodGet, "/v1/webhooks", forNumber | forTenant | forView, RetrySafe}
	opWebhooksCreate = &operation{"Webhooks.Create", http.MethodPost, "/v1/webhooks", forNumber | forTenant | forView, RetryUnsent}
	opWebhooksGet    = &operation{"Webhooks.Get", http.MethodGet, "/v1/webhooks/{id}", forNumber | forTenant | forView, RetrySafe}
	opWebhooksUpdate = &operation{"Webhooks.Update", http.MethodPatch, "/v1/webhooks/{id}", forNumber | forTenant | forView, RetrySafe}
	opWebhooksDelete = &operation{"Webhooks.Delete", http.MethodDelete, "/v1/webhooks/{id}", forNumber | forTenant | forView, RetryUnsent}
	opWebhooksLogs   = &operation{"Webhooks.Logs", http.MethodGet, "/v1/webhooks/{id}/logs", forNumber | forTenant | forView, RetrySafe}

	opProjectsList   = &operation{"Projects.List", http.MethodGet, "/v1/projects", forNumber | forTenant, RetrySafe}
	opProjectsCreate = &operation{"Projects.Create", http.MethodPost, "/v1/projects", forNumber | forTenant, RetryUnsent}
)
