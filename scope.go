package pilotstatus

import (
	"context"
	"errors"
	"os"
)

// NumberClient is a client with a number key, which belongs to one WhatsApp number. It
// sends and reads messages of that number. It is safe for concurrent use.
type NumberClient struct {
	*Client

	Messages    MessagesService    // sends, follows and cancels messages
	Inbox       InboxService       // reads conversations and messages
	Groups      GroupsService      // lists, creates and changes groups
	Newsletters NewslettersService // lists the channels that the number can write to
	Templates   TemplatesService   // submits templates and reads their approval
	Media       MediaService       // downloads files that contacts sent
	Analytics   AnalyticsService   // counts sent messages
	Contacts    ContactsService    // asks which phone numbers have WhatsApp
	Calls       CallsService       // starts, answers and follows voice calls
	Leads       LeadsService       // reads leads of Facebook forms
	Referrals   ReferralsService   // reads which ads brought messages

	Ads           AdsService           // counts the results of ads
	LeadPages     LeadPagesService     // links Facebook Pages whose leads come to the number
	Key           KeyService           // lists and rotates the calling key
	EmbedSessions EmbedSessionsService // creates tokens for the embedded chat
	Webhooks      WebhooksService      // manages the URLs that receive events of the number
	Projects      ProjectsService      // remains of an earlier API
}

// NewNumberClient returns a client that authenticates with a number key. It sends nothing.
// A wrong key shows at the first call, as an [*UnauthorizedError]; a tenant key as a
// [*TenantScopeError]. A service can check the key when it starts, with
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

// TenantClient is a client with a tenant key, which belongs to the whole workspace and to
// no number. It connects and administers numbers, and it cannot send. It is safe for
// concurrent use.
type TenantClient struct {
	*Client

	Numbers        NumbersService        // administers the numbers of the workspace
	Pairing        PairingService        // sends no key: the token of the link is the credential
	MetaOnboarding MetaOnboardingService // sends no key: the token of the link is the credential
	APIKeys        APIKeysService        // the keys of all numbers
	Key            TenantKeyService      // rotates the calling key

	Branding      BrandingService      // the look of pairing pages
	ExtraNumbers  ExtraNumbersService  // buys and releases capacity for numbers
	Billing       BillingService       // creates payment pages
	EmbedSessions EmbedSessionsService // creates tokens for the embedded chat and pairing
	PhoneLines    PhoneLinesService    // verifies the account that rents phone lines

	Ads        AdsService        // counts the results of ads
	AdAccounts AdAccountsService // links ad accounts, for the names of ads
	LeadPages  LeadPagesService  // links Facebook Pages to numbers
	Webhooks   WebhooksService   // manages the URLs that receive events of all numbers
	Projects   ProjectsService   // remains of an earlier API
}

// NewTenantClient returns a client that authenticates with a tenant key. It sends nothing.
// A wrong key shows at the first call, as an [*UnauthorizedError]; a number key as a
// [*NumberScopeError]. A service can check the key when it starts, with
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

// NumberView makes the calls that a tenant key may make for one number. Its calls, and
// those of its Do, carry x-whatsapp-number-id. It cannot send; [TenantClient.OpenNumber]
// returns a client that can. It shares the connections of the tenant client, is cheap to
// make and is safe for concurrent use.
type NumberView struct {
	*Client

	Inbox     InboxService     // reads the number's conversations and messages
	Contacts  ContactsService  // asks from this number which phone numbers have WhatsApp
	Leads     LeadsService     // reads the number's leads
	Referrals ReferralsService // reads which ads brought messages to the number
	Ads       AdsService       // counts the results of ads for the number
	LeadPages LeadPagesService // links Facebook Pages whose leads come to the number
	Webhooks  WebhooksService  // manages the URLs that receive events of the number
}

// Number returns a view of the number with that id (the id of [NumbersService.List], not a
// phone number). It sends nothing. With an invalid id every call of the view fails, because
// without the id some calls act on the whole workspace.
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

// OpenNumber returns a client for the number with that id, with the key of that number. It
// asks the API for the keys of all numbers ([APIKeysService.List]); for many numbers use a
// [NumberPool], which asks once. The client shares the connections and options of t. opts
// override those of t, including the base URL; see [WithMaxIdleConns]. The error is a [*KeyUnavailableError] if the
// API does not show the key of the number, or has no number with that id.
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

// PublicClient is a client without a key, for pages on which a person pairs a phone. The
// token of the pairing link is the credential. It is safe for concurrent use.
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

// validateNumberID refuses an id that cannot be in the header x-whatsapp-number-id.
func validateNumberID(id string) error {
	for _, r := range id {
		if notHeaderText(r) {
			return invalid("id", "a number id has no blanks, control characters or accents; it is the id of Numbers.List")
		}
	}
	return validateID("id", id)
}

// CheckKey asks the API whether the key works and is a number key. It makes one request
// that changes nothing ([CallsService.Settings]). Call it when a service starts:
//
//	if err := number.CheckKey(ctx); err != nil {
//		return fmt.Errorf("PILOT_STATUS_API_KEY: %w", err)
//	}
//
// It returns a [*TenantScopeError] for a tenant key and an [*UnauthorizedError] for an
// unknown key. Any other error is the failure of the request: the base URL may be wrong, or
// the API cannot be reached. It returns nil only after a clear answer of the API, for
// example that the number has no call settings.
//
// # Keys of the wrong kind
//
// A number key and a tenant key look alike. Most operations accept one kind only, and the
// API refuses the other one. An operation that accepts both kinds would act on the wrong
// number or workspace. So the first such call of a client asks the same question as
// CheckKey, at the cost of one request, and the client remembers the answer. With a key of
// the wrong kind the call is not sent; its error is a [*TenantScopeError] or a
// [*NumberScopeError] with StatusCode 0. If the question gets no answer (the API is down, a
// timeout, a 401), a call that only reads continues. A call that changes something is not
// sent and returns a [*KeyCheckError], and the next call asks again. [MessagesService.Send]
// never asks, nor do clients of [TenantClient.OpenNumber] and [NumberPool].
func (c *NumberClient) CheckKey(ctx context.Context) error {
	if c == nil {
		return errNoClient()
	}
	return c.Client.checkKey(ctx, forNumber)
}

// CheckKey asks the API whether the key works and is a tenant key. It makes one request
// that changes nothing ([BrandingService.Get]). Call it when a service starts. It returns a
// [*NumberScopeError] for a number key and an [*UnauthorizedError] for an unknown key. Any
// other error is the failure of the request. [NumberClient.CheckKey] explains how other
// calls treat a key of the wrong kind; a tenant client and its views ask once for all.
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

// NumberClientFromEnv returns a number client with the key in PILOT_STATUS_API_KEY or the
// key id in PILOT_STATUS_API_KEY_ID (both set is an error), and with the base URL in
// PILOT_STATUS_BASE_URL if it is set. An empty variable counts as not set. The environment
// is read only in this call; opts are applied after it. An error names the variable to set
// or to correct.
func NumberClientFromEnv(opts ...Option) (*NumberClient, error) {
	cred, opts, err := fromEnv(numberEnv(), tenantEnv(), opts)
	if err != nil {
		return nil, err
	}
	return NewNumberClient(cred, opts...)
}

// TenantClientFromEnv returns a tenant client with the key in PILOT_STATUS_TENANT_API_KEY
// or the key id in PILOT_STATUS_TENANT_API_KEY_ID (both set is an error), and with the base
// URL in PILOT_STATUS_BASE_URL if it is set. Otherwise it is like [NumberClientFromEnv].
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

// credential returns the credential and the name of its variable.
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

// ofVariable puts the name of the variable into a *ValidationError.
func ofVariable(name string, err error) error {
	if wrong, ok := errors.AsType[*ValidationError](err); ok {
		return invalid(name, wrong.Reason)
	}
	return err
}
