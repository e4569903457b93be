package pilotstatus

import (
	"context"
	"errors"
	"os"
)

// NumberClient is a client with a number key, which is bound to one WhatsApp
// number: it sends and reads for that number. It is safe for concurrent use.
type NumberClient struct {
	*Client

	Messages    MessagesService    // sends, follows and cancels messages
	Inbox       InboxService       // reads conversations and messages, also inbound ones
	Groups      GroupsService      // lists, makes and changes groups
	Newsletters NewslettersService // lists the channels that the number can write to
	Templates   TemplatesService   // writes templates and follows their approval
	Media       MediaService       // downloads files that contacts sent
	Analytics   AnalyticsService   // counts what was sent
	Contacts    ContactsService    // asks which phone numbers have WhatsApp
	Calls       CallsService       // starts, answers and follows voice calls
	Leads       LeadsService       // reads leads of Facebook forms
	Referrals   ReferralsService   // reads which ads brought messages

	Ads           AdsService           // sums up what ads brought
	LeadPages     LeadPagesService     // links Facebook Pages whose leads come to the number
	Key           KeyService           // lists and rotates the calling key
	EmbedSessions EmbedSessionsService // makes tokens for the embedded chat
	Webhooks      WebhooksService      // says where events of the number go
	Projects      ProjectsService      // remains of an earlier API
}

// NewNumberClient returns a client that authenticates with a number key. Nothing
// is sent; a wrong key shows at the first call, as [*UnauthorizedError], and a
// tenant key as [*TenantScopeError]. A service finds out at its start with
// [NumberClient.CheckKey].
func NewNumberClient(cred Credential, opts ...Option) (*NumberClient, error) {
	c, err := newClient(forNumber, cred, opts)
	if err != nil {
		return nil, err
	}
	return numberClient(c), nil
}

func numberClient(c *Client) *NumberClient {
	return &NumberClient{
		Client:        c,
		Messages:      MessagesService{c},
		Inbox:         InboxService{c},
		Groups:        GroupsService{c},
		Newsletters:   NewslettersService{c},
		Templates:     TemplatesService{c},
		Media:         MediaService{c},
		Analytics:     AnalyticsService{c},
		Contacts:      ContactsService{c},
		Calls:         CallsService{c},
		Leads:         LeadsService{c},
		Referrals:     ReferralsService{c},
		Ads:           AdsService{c},
		LeadPages:     LeadPagesService{c},
		Key:           KeyService{c},
		EmbedSessions: EmbedSessionsService{c},
		Webhooks:      WebhooksService{c},
		Projects:      ProjectsService{c},
	}
}

// TenantClient is a client with a tenant key, which stands for the whole
// workspace and is bound to no number: it connects and administers numbers, and
// it cannot send. It is safe for concurrent use.
type TenantClient struct {
	*Client

	Numbers        NumbersService        // administers the numbers of the workspace
	Pairing        PairingService        // sends no key: the token of the link is the credential
	MetaOnboarding MetaOnboardingService // sends no key: the token of the link is the credential
	APIKeys        APIKeysService        // the keys of all numbers
	Key            TenantKeyService      // rotates the calling key

	Branding      BrandingService      // the look of pairing pages
	ExtraNumbers  ExtraNumbersService  // buys and releases capacity for numbers
	Billing       BillingService       // makes payment pages
	EmbedSessions EmbedSessionsService // makes tokens for the embedded chat and pairing
	PhoneLines    PhoneLinesService    // verifies the account that rents phone lines

	Ads        AdsService        // sums up what ads brought
	AdAccounts AdAccountsService // links ad accounts, for the names of ads
	LeadPages  LeadPagesService  // links Facebook Pages to numbers
	Webhooks   WebhooksService   // says where events of all numbers go
	Projects   ProjectsService   // remains of an earlier API
}

// NewTenantClient returns a client that authenticates with a tenant key. Nothing
// is sent; a wrong key shows at the first call, as [*UnauthorizedError], and a
// number key as [*NumberScopeError]. A service finds out at its start with
// [TenantClient.CheckKey].
func NewTenantClient(cred Credential, opts ...Option) (*TenantClient, error) {
	c, err := newClient(forTenant, cred, opts)
	if err != nil {
		return nil, err
	}
	keyless := c.core().client(forPublic, Credential{}, "")
	return &TenantClient{
		Client:         c,
		Numbers:        NumbersService{c},
		Pairing:        PairingService{keyless},
		MetaOnboarding: MetaOnboardingService{keyless},
		APIKeys:        APIKeysService{c},
		Key:            TenantKeyService{c},
		Branding:       BrandingService{c},
		ExtraNumbers:   ExtraNumbersService{c},
		Billing:        BillingService{c},
		EmbedSessions:  EmbedSessionsService{c},
		PhoneLines:     PhoneLinesService{c},
		Ads:            AdsService{c},
		AdAccounts:     AdAccountsService{c},
		LeadPages:      LeadPagesService{c},
		Webhooks:       WebhooksService{c},
		Projects:       ProjectsService{c},
	}, nil
}

// NumberView is what a tenant key may do for one number: its calls carry
// x-whatsapp-number-id, those of its Do too. It cannot send; [TenantClient.OpenNumber]
// returns a client that can. It shares the connections of the tenant client,
// costs next to nothing to make and is safe for concurrent use.
type NumberView struct {
	*Client

	Inbox     InboxService     // reads the number's conversations and messages
	Contacts  ContactsService  // asks from this number which phone numbers have WhatsApp
	Leads     LeadsService     // reads the number's leads
	Referrals ReferralsService // reads which ads brought messages to the number
	Ads       AdsService       // sums up what ads brought to the number
	LeadPages LeadPagesService // links Facebook Pages whose leads come to the number
	Webhooks  WebhooksService  // says where events of the number go
}

// Number returns a view of the number with that id (the id of [NumbersService.List], not
// a phone number). Nothing is sent. An id that cannot be one fails every call of
// the view, because without it some calls act on the whole workspace.
func (t *TenantClient) Number(id string) *NumberView {
	if t == nil || t.Client == nil || t.core == nil {
		return &NumberView{}
	}
	c := t.core().client(forView, t.cred, id)
	c.kind = t.kind
	if err := t.checkScope("TenantClient.Number", forTenant); err != nil {
		c.problem = err
	} else if err := validateNumberID(id); err != nil {
		c.problem = err
	}
	return &NumberView{
		Client:    c,
		Inbox:     InboxService{c},
		Contacts:  ContactsService{c},
		Leads:     LeadsService{c},
		Referrals: ReferralsService{c},
		Ads:       AdsService{c},
		LeadPages: LeadPagesService{c},
		Webhooks:  WebhooksService{c},
	}
}

// OpenNumber returns a client for the number with that id, with the number's own key. It
// asks the API for the keys of all numbers ([APIKeysService.List]); for many numbers use a
// [NumberPool], which asks once. The client shares the connections and options of t. opts
// override those of t, the base URL too. The error is a [*KeyUnavailableError] where the
// API shows no key for the number, or knows no number with that id.
func (t *TenantClient) OpenNumber(ctx context.Context, id string, opts ...Option) (*NumberClient, error) {
	if t == nil || t.Client == nil || t.core == nil {
		return nil, errNoClient()
	}
	if err := validateNumberID(id); err != nil {
		return nil, err
	}
	o, err := t.core().with(opts)
	if err != nil {
		return nil, err
	}
	keys, err := t.APIKeys.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.NumberID == id {
			return t.open(key, o)
		}
	}
	return nil, &KeyUnavailableError{NumberID: id, Reason: "the workspace has no number with this id"}
}

func (t *TenantClient) open(key NumberKey, o options) (*NumberClient, error) {
	cred := key.Credential()
	if err := cred.validate(); err != nil {
		return nil, err
	}
	return numberClient(newCore(o).client(forNumber, cred, "")), nil
}

// PublicClient is a client without a key, for pages on which a person pairs a
// phone: the token of the pairing link is the credential. It is safe for
// concurrent use.
type PublicClient struct {
	*Client

	Pairing        PairingService        // the token of the link is the credential
	MetaOnboarding MetaOnboardingService // the token of the link is the credential
}

// NewPublicClient returns a client that sends no key.
func NewPublicClient(opts ...Option) (*PublicClient, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	c := newCore(o).client(forPublic, Credential{}, "")
	return &PublicClient{Client: c, Pairing: PairingService{c}, MetaOnboarding: MetaOnboardingService{c}}, nil
}

// validateNumberID refuses what cannot stand in the header x-whatsapp-number-id.
func validateNumberID(id string) error {
	for _, r := range id {
		if notHeaderText(r) {
			return invalid("id", "a number id has no blanks, control characters or accents; it is the id of Numbers.List")
		}
	}
	return validateID("id", id)
}

// CheckKey asks the API whether the key works and is a number's, by one request that
// changes nothing ([CallsService.Settings]). Call it when a service starts:
//
//	if err := number.CheckKey(ctx); err != nil {
//		return fmt.Errorf("PILOT_STATUS_API_KEY: %w", err)
//	}
//
// It returns a [*TenantScopeError] for a tenant key, an [*UnauthorizedError] for a key that
// the API does not know, and otherwise how the request failed: the base URL may be
// wrong, or the API out of reach. Nothing but a clear answer of the API makes it nil;
// that a number has no call settings is one.
//
// # Keys of the wrong kind
//
// A number key and a tenant key look alike. Most operations are for one kind only, and the
// API refuses the other one. Operations that both kinds may call would do their work on the
// wrong number or workspace: the first such call of a client asks the same question as
// CheckKey, at the cost of one request, and the client remembers the answer. With a key of
// the wrong kind the call is not sent; its error is a [*TenantScopeError] or a
// [*NumberScopeError] whose StatusCode is 0. Where the question has no answer (the API is
// down, a timeout, a 401), a call that only reads goes on, one that changes something is
// not sent and returns a [*KeyCheckError], and the next call asks again.
// [MessagesService.Send] never asks, nor do clients of [TenantClient.OpenNumber] and
// [NumberPool].
func (c *NumberClient) CheckKey(ctx context.Context) error {
	if c == nil {
		return errNoClient()
	}
	return c.Client.checkKey(ctx, forNumber)
}

// CheckKey asks the API whether the key works and is the workspace's, by one request
// that changes nothing ([BrandingService.Get]). Call it when a service starts. It returns a
// [*NumberScopeError] for a number's key, an [*UnauthorizedError] for a key that the API
// does not know, and otherwise how the request failed. What other calls do with a key
// of the wrong kind is told at [NumberClient.CheckKey]; a tenant client and its views
// ask once for all.
func (t *TenantClient) CheckKey(ctx context.Context) error {
	if t == nil {
		return errNoClient()
	}
	return t.Client.checkKey(ctx, forTenant)
}

const (
	envNumberKey   = "PILOT_STATUS_API_KEY"
	envNumberKeyID = "PILOT_STATUS_API_KEY_ID"
	envTenantKey   = "PILOT_STATUS_TENANT_API_KEY"
	envTenantKeyID = "PILOT_STATUS_TENANT_API_KEY_ID"
	envBaseURL     = "PILOT_STATUS_BASE_URL"
)

// NumberClientFromEnv returns a number client with the key of
// PILOT_STATUS_API_KEY or the key id of PILOT_STATUS_API_KEY_ID (both set is an
// error) and the base URL of PILOT_STATUS_BASE_URL, where it is set. A variable that
// is set and empty counts as not set. The environment is read at this call and nowhere
// else; opts come after it. An error names the variable to set or to correct.
func NumberClientFromEnv(opts ...Option) (*NumberClient, error) {
	cred, opts, err := fromEnv(numberEnv(), tenantEnv(), opts)
	if err != nil {
		return nil, err
	}
	return NewNumberClient(cred, opts...)
}

// TenantClientFromEnv returns a tenant client with the key of
// PILOT_STATUS_TENANT_API_KEY or the key id of PILOT_STATUS_TENANT_API_KEY_ID
// (both set is an error) and the base URL of PILOT_STATUS_BASE_URL, where it is
// set. Otherwise it is like [NumberClientFromEnv].
func TenantClientFromEnv(opts ...Option) (*TenantClient, error) {
	cred, opts, err := fromEnv(tenantEnv(), numberEnv(), opts)
	if err != nil {
		return nil, err
	}
	return NewTenantClient(cred, opts...)
}

func fromEnv(names, others envNames, opts []Option) (Credential, []Option, error) {
	cred, name, err := names.credential(others)
	if err != nil {
		return Credential{}, nil, err
	}
	if err := cred.validate(); err != nil {
		return Credential{}, nil, ofVariable(name, err)
	}
	if text := os.Getenv(envBaseURL); text != "" {
		if _, err := parseBaseURL(text); err != nil {
			return Credential{}, nil, ofVariable(envBaseURL, err)
		}
		opts = append([]Option{WithBaseURL(text)}, opts...)
	}
	return cred, opts, nil
}

// envNames are the variables of one kind of client.
type envNames struct {
	key, id string
	client  string // the constructor
}

func numberEnv() envNames { return envNames{envNumberKey, envNumberKeyID, "NumberClientFromEnv"} }

func tenantEnv() envNames { return envNames{envTenantKey, envTenantKeyID, "TenantClientFromEnv"} }

// credential returns the credential and the variable that it comes from.
func (n envNames) credential(others envNames) (cred Credential, name string, err error) {
	key, id := os.Getenv(n.key), os.Getenv(n.id)
	switch {
	case key != "" && id != "":
		return cred, "", invalid(n.key, "it and "+n.id+" are both set; unset one of them")
	case key != "":
		return APIKey(key), n.key, nil
	case id != "":
		return APIKeyID(id), n.id, nil
	}
	reason := "it is not set, and neither is " + n.id
	for _, empty := range []string{n.key, n.id} {
		if _, set := os.LookupEnv(empty); set {
			reason = "a credential is missing: " + empty + " is set, but empty"
			break
		}
	}
	for _, other := range []string{others.key, others.id} {
		if os.Getenv(other) != "" {
			reason += "; " + other + " is set, which is for " + others.client
			break
		}
	}
	return cred, "", invalid(n.key, reason)
}

// ofVariable lets an error name the variable that the refused value comes from.
func ofVariable(name string, err error) error {
	if wrong, ok := errors.AsType[*ValidationError](err); ok {
		return invalid(name, wrong.Reason)
	}
	return err
}
