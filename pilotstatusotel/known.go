package pilotstatusotel

import "github.com/pilotstatus/pilotstatus-go"

// knownEvent returns the name of an event if this version knows it: the names that arrive
// are an open set, and attributes are not.
func knownEvent(event pilotstatus.Event) string {
	switch event.(type) {
	case *pilotstatus.MalformedEvent:
		return "malformed"
	case *pilotstatus.MetaEnvelope:
		return "meta"
	}
	switch name := event.EventName(); name {
	case pilotstatus.EventMessageSent, pilotstatus.EventMessageDelivered, pilotstatus.EventMessageRead,
		pilotstatus.EventMessageFailed, pilotstatus.EventMessageReply, pilotstatus.EventMessageReceived,
		pilotstatus.EventMessageGroup, pilotstatus.EventMessageNewsletter, pilotstatus.EventNumberCreated,
		pilotstatus.EventNumberConnected, pilotstatus.EventNumberDisconnected, pilotstatus.EventNumberRemoved,
		pilotstatus.EventNumberRestored, pilotstatus.EventNumberRecovered, pilotstatus.EventNumberHealthBlocked,
		pilotstatus.EventNumberHealthDegraded, pilotstatus.EventNumberHealthShadowban, pilotstatus.EventLeadReceived,
		pilotstatus.EventCallRinging, pilotstatus.EventCallConnected, pilotstatus.EventCallEnded,
		pilotstatus.EventCallMissed, pilotstatus.EventCallPermissionUpdated, pilotstatus.EventCalls,
		pilotstatus.EventFlowResponseReceived, pilotstatus.EventPhoneLinePurchased,
		pilotstatus.EventPhoneLineAudioReceived, pilotstatus.EventPhoneLineCodeReceived,
		pilotstatus.EventPhoneLineCodeFailed, pilotstatus.EventPhoneLineRenewed,
		pilotstatus.EventPhoneLinePaymentFailed, pilotstatus.EventPhoneLineSuspended,
		pilotstatus.EventPhoneLineReturned, pilotstatus.EventPhoneLineCanceled,
		pilotstatus.EventPhoneLineVerificationUpdated, pilotstatus.EventEvolutionCallOffer,
		pilotstatus.EventEvolutionCallAccept, pilotstatus.EventEvolutionCallTerminate:
		return name
	}
	return other
}

// knownCode returns a code if this version knows it.
func knownCode(code pilotstatus.ErrorCode) string {
	switch code {
	case pilotstatus.CodeTenantScopeNotAllowed, pilotstatus.CodeNumberScopeNotAllowed, pilotstatus.CodePermissionDenied,
		pilotstatus.CodeNumberNotInGrant, pilotstatus.CodeInvalidSession, pilotstatus.CodeValidationError,
		pilotstatus.CodeUnknownFields, pilotstatus.CodeEmptyPatch, pilotstatus.CodeInvalidDateRange,
		pilotstatus.CodeInvalidSourceType, pilotstatus.CodeIdempotencyKeyInvalid, pilotstatus.CodeIdempotencyKeyReused,
		pilotstatus.CodeIdempotencyKeyInUse, pilotstatus.CodeMissingTemplateVariables,
		pilotstatus.CodeInvalidTemplateVariableValue, pilotstatus.CodeFlowWindowClosed, pilotstatus.CodeNumberBlocked,
		pilotstatus.CodeNotSupportedForMeta, pilotstatus.CodeMetaGroupsNotEligible,
		pilotstatus.CodeSubscriptionRequiredForMedia, pilotstatus.CodeTemplateCategoryMarketingRequiresOwnNumber,
		pilotstatus.CodeNewsletterNotAllowedInTest, pilotstatus.CodeTemplateNotFound,
		pilotstatus.CodeTemplateExamplesRequired, pilotstatus.CodeMetaTemplateSubmitFailed,
		pilotstatus.CodeWhatsAppInstanceNotConnected, pilotstatus.CodeEvolutionAPIKeyMissing,
		pilotstatus.CodeProviderNotConfigured, pilotstatus.CodeUpstreamTimeout, pilotstatus.CodeUpstreamError,
		pilotstatus.CodeNumberNotFound, pilotstatus.CodeNumberRequired, pilotstatus.CodeNumberMismatch,
		pilotstatus.CodeWebhookNotFound, pilotstatus.CodeNumberSoftDeleted, pilotstatus.CodeNumberAlreadyActive,
		pilotstatus.CodePaymentFailed, pilotstatus.CodeInsufficientFunds, pilotstatus.CodePaymentProviderError,
		pilotstatus.CodePaymentInProgress, pilotstatus.CodeConfirmationRequired, pilotstatus.CodeNumberLimitExceeded,
		pilotstatus.CodeFeatureNotSupported, pilotstatus.CodeMetaCallPermissionRequired,
		pilotstatus.CodeMetaCallPermissionRequestLimit, pilotstatus.CodeLeadNotFound,
		pilotstatus.CodeAdAccountNotProven, pilotstatus.CodeAdAccountNotShared, pilotstatus.CodeAdsLookupUnavailable,
		pilotstatus.CodeAdsNotConfigured, pilotstatus.CodeNotFound, pilotstatus.CodeResyncCooldown,
		pilotstatus.CodeRateLimited, pilotstatus.CodeContactCodeCooldown, pilotstatus.CodeContactCodeInvalid,
		pilotstatus.CodeContactCodeExpired, pilotstatus.CodeActivationNotFound:
		return string(code)
	}
	return other
}
