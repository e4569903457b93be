package pilotstatus

import (
	"net/http"
)

// ErrorCode is the stable code of an error answer. It is itself an error: errors.Is(err,
// [CodeTemplateNotFound]) finds an answer with that code at any depth, except in a call
// whose outcome is unknown or that was accepted. The set is open: for a code that this
// version does not list, compare with your own ErrorCode("NEW_CODE").
type ErrorCode string

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// The codes that the API documents, with their status. Match the code alone, because the
// API may change the status.
const (
	CodeTenantScopeNotAllowed                      ErrorCode = "TENANT_SCOPE_NOT_ALLOWED"                        // 403: tenant key without a number
	CodeNumberScopeNotAllowed                      ErrorCode = "NUMBER_SCOPE_NOT_ALLOWED"                        // 403: number key where a tenant key is needed
	CodePermissionDenied                           ErrorCode = "PERMISSION_DENIED"                               // 403: the key lacks the permission, or its owner does
	CodeNumberNotInGrant                           ErrorCode = "NUMBER_NOT_IN_GRANT"                             // 403: number outside the reach of the key
	CodeInvalidSession                             ErrorCode = "INVALID_SESSION"                                 // 401: session token expired
	CodeValidationError                            ErrorCode = "VALIDATION_ERROR"                                // 400: payload refused
	CodeUnknownFields                              ErrorCode = "UNKNOWN_FIELDS"                                  // 400: body has a field the server does not know
	CodeEmptyPatch                                 ErrorCode = "EMPTY_PATCH"                                     // 400: nothing to change
	CodeInvalidDateRange                           ErrorCode = "INVALID_DATE_RANGE"                              // 400: start after end
	CodeInvalidSourceType                          ErrorCode = "INVALID_SOURCE_TYPE"                             // 400: sourceType not ad or post
	CodeIdempotencyKeyInvalid                      ErrorCode = "IDEMPOTENCY_KEY_INVALID"                         // 400: the key is too long or has control characters
	CodeIdempotencyKeyReused                       ErrorCode = "IDEMPOTENCY_KEY_REUSED"                          // 409: same key, other body
	CodeIdempotencyKeyInUse                        ErrorCode = "IDEMPOTENCY_KEY_IN_USE"                          // 409: first call with this key still runs
	CodeMissingTemplateVariables                   ErrorCode = "MISSING_TEMPLATE_VARIABLES"                      // 400: placeholder without a value; details.missingKeys
	CodeInvalidTemplateVariableValue               ErrorCode = "INVALID_TEMPLATE_VARIABLE_VALUE"                 // 400: value blank or not a string; details.invalidKeys
	CodeFlowWindowClosed                           ErrorCode = "FLOW_WINDOW_CLOSED"                              // 4xx: a Flow outside the 24-hour window, which Meta would drop silently
	CodeNumberBlocked                              ErrorCode = "NUMBER_BLOCKED"                                  // 409: sending is blocked; the body's reason extra_charge_unpaid is settled by [NumbersService.Pay] or in the dashboard
	CodeNotSupportedForMeta                        ErrorCode = "NOT_SUPPORTED_FOR_META"                          // 400: not possible on an official number
	CodeMetaGroupsNotEligible                      ErrorCode = "META_GROUPS_NOT_ELIGIBLE"                        // 400: official number without the approved business account that groups need
	CodeSubscriptionRequiredForMedia               ErrorCode = "SUBSCRIPTION_REQUIRED_FOR_MEDIA"                 // 402: paid subscription needed
	CodeTemplateCategoryMarketingRequiresOwnNumber ErrorCode = "TEMPLATE_CATEGORY_MARKETING_REQUIRES_OWN_NUMBER" // 403: marketing template from the platform's shared number
	CodeNewsletterNotAllowedInTest                 ErrorCode = "NEWSLETTER_NOT_ALLOWED_IN_TEST"                  // 403: channels cannot be used in the former test environment
	CodeTemplateNotFound                           ErrorCode = "TEMPLATE_NOT_FOUND"                              // 404: no such template, from [TemplatesService.Get], Update and Delete; the 404 of [MessagesService.Send] has no documented code
	CodeTemplateExamplesRequired                   ErrorCode = "TEMPLATE_EXAMPLES_REQUIRED"                      // 400: sample missing for a variable; details.missing
	CodeMetaTemplateSubmitFailed                   ErrorCode = "META_TEMPLATE_SUBMIT_FAILED"                     // 400: Meta refused the submission; Meta's text in error
	CodeWhatsAppInstanceNotConnected               ErrorCode = "WHATSAPP_INSTANCE_NOT_CONNECTED"                 // 409: session not OPEN
	CodeEvolutionAPIKeyMissing                     ErrorCode = "EVOLUTION_API_KEY_MISSING"                       // 503: provider not configured at the platform
	CodeProviderNotConfigured                      ErrorCode = "PROVIDER_NOT_CONFIGURED"                         // 503: permanent: stop polling
	CodeUpstreamTimeout                            ErrorCode = "UPSTREAM_TIMEOUT"                                // 503: provider too slow
	CodeUpstreamError                              ErrorCode = "UPSTREAM_ERROR"                                  // 503: provider failed
	CodeNumberNotFound                             ErrorCode = "NUMBER_NOT_FOUND"                                // 404, some operations 400: no such number in the workspace
	CodeNumberRequired                             ErrorCode = "NUMBER_REQUIRED"                                 // 400: tenant key, no number named
	CodeNumberMismatch                             ErrorCode = "NUMBER_MISMATCH"                                 // 400: body names another number than the key's own
	CodeWebhookNotFound                            ErrorCode = "WEBHOOK_NOT_FOUND"                               // 404: no such webhook
	CodeNumberSoftDeleted                          ErrorCode = "NUMBER_SOFT_DELETED"                             // 409: phone is inside its 30-day deletion window: [NumbersService.Restore] or [NumbersService.Purge] first
	CodeNumberAlreadyActive                        ErrorCode = "NUMBER_ALREADY_ACTIVE"                           // 409: same phone was connected again meanwhile
	CodePaymentFailed                              ErrorCode = "PAYMENT_FAILED"                                  // 402: charge refused; the fields of [PaymentError] say more
	CodeInsufficientFunds                          ErrorCode = "INSUFFICIENT_FUNDS"                              // 402: no credits and no usable card
	CodePaymentProviderError                       ErrorCode = "PAYMENT_PROVIDER_ERROR"                          // 502: the outcome is open; the server tries again by itself
	CodePaymentInProgress                          ErrorCode = "PAYMENT_IN_PROGRESS"                             // 409: another payment of the workspace runs
	CodeConfirmationRequired                       ErrorCode = "CONFIRMATION_REQUIRED"                           // 409: plan conversion needs [BuyExtraNumbersRequest].Confirm; [ExtraNumbersPreviewOf] reads the preview
	CodeNumberLimitExceeded                        ErrorCode = "NUMBER_LIMIT_EXCEEDED"                           // 409: new limit below the connected numbers
	CodeFeatureNotSupported                        ErrorCode = "FEATURE_NOT_SUPPORTED"                           // 400: provider of this number cannot do it
	CodeMetaCallPermissionRequired                 ErrorCode = "META_CALL_PERMISSION_REQUIRED"                   // 4xx: the contact gave no call permission
	CodeMetaCallPermissionRequestLimit             ErrorCode = "META_CALL_PERMISSION_REQUEST_LIMIT"              // 4xx: too many permission requests to this contact
	CodeLeadNotFound                               ErrorCode = "LEAD_NOT_FOUND"                                  // 404: unknown, or of another number
	CodeAdAccountNotProven                         ErrorCode = "AD_ACCOUNT_NOT_PROVEN"                           // 409: nothing shows that the account belongs to this workspace
	CodeAdAccountNotShared                         ErrorCode = "AD_ACCOUNT_NOT_SHARED"                           // 409: partner access not granted
	CodeAdsLookupUnavailable                       ErrorCode = "ADS_LOOKUP_UNAVAILABLE"                          // 502: Meta could not be asked
	CodeAdsNotConfigured                           ErrorCode = "ADS_NOT_CONFIGURED"                              // 503: integration not configured
	CodeNotFound                                   ErrorCode = "NOT_FOUND"                                       // 404: account not linked here
	CodeResyncCooldown                             ErrorCode = "RESYNC_COOLDOWN"                                 // 429: per-Page cooldown; retryAfterSeconds
	CodeRateLimited                                ErrorCode = "RATE_LIMITED"                                    // 429: 10 submissions per hour; retryAfterSeconds
	CodeContactCodeCooldown                        ErrorCode = "CONTACT_CODE_COOLDOWN"                           // 429: 60 s between codes
	CodeContactCodeInvalid                         ErrorCode = "CONTACT_CODE_INVALID"                            // 400: wrong code
	CodeContactCodeExpired                         ErrorCode = "CONTACT_CODE_EXPIRED"                            // 400: code older than 10 minutes
	CodeActivationNotFound                         ErrorCode = "ACTIVATION_NOT_FOUND"                            // 404: unknown or foreign id, no recording, returned or canceled line
)

func isPermanent(code ErrorCode) bool {
	switch code {
	case CodeProviderNotConfigured, CodeAdsNotConfigured, CodeEvolutionAPIKeyMissing:
		return true
	}
	return false
}

// isTransientStatus reports whether a 5xx is temporary. The three exceptions are about the
// request or the network.
func isTransientStatus(status int) bool {
	switch status {
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusNetworkAuthenticationRequired:
		return false
	}
	return status/100 == 5
}
