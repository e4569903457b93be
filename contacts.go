package pilotstatus

import "context"

// maxContactsCheck is the API's limit of phone numbers in one Contacts.Check.
const maxContactsCheck = 20

type checkBody struct {
	Numbers []string `json:"numbers"`
}

func (b checkBody) validate() error {
	if len(b.Numbers) == 0 || len(b.Numbers) > maxContactsCheck {
		return invalid("numbers", "1 to 20 phone numbers can be checked at a time")
	}
	return checkPhoneTexts("numbers", b.Numbers)
}

// ContactCheck says whether a phone number has WhatsApp.
type ContactCheck struct {
	Input  string `json:"input" required:"true"` // the number as given; match rows by it, not by position
	Exists bool   `json:"exists" strict:"true"`
	Number string `json:"number"` // the number that WhatsApp knows; its ninth digit may differ from Input
	Name   string `json:"name"`
}

// ContactsService looks up contacts. It is part of a [NumberClient] and of a [NumberView].
//
//   - [ContactsService.Check] checks which phone numbers have WhatsApp
type ContactsService struct{ client *Client }

// Check asks WhatsApp, from a connected web number, which of 1 to 20 phone numbers it
// knows. Checking in bulk gets numbers banned: check a number that a person typed in, not a
// list, and do not check before every send. Calling again after an [*OutcomeUnknownError]
// changes nothing at the API.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetryUnsent]. Errors:
// [CodeNotSupportedForMeta] for an official number; [CodeWhatsAppInstanceNotConnected] for
// a disconnected one; [CodeValidationError] for phone numbers that the API refuses;
// [CodeEvolutionAPIKeyMissing] if the platform is not configured; [*OutcomeUnknownError] and
// those of every call.
func (s ContactsService) Check(ctx context.Context, numbers ...string) ([]ContactCheck, error) {
	return invokeList[ContactCheck](ctx, s.client, opContactsCheck, input{body: checkBody{numbers}}, "results")
}
