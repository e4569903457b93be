package pilotstatus

import "context"

// scopeSet says which kinds of client an operation is for. A client has exactly
// one of them.
type scopeSet uint8

const (
	forNumber scopeSet = 1 << iota
	forTenant
	forView
	forPublic
)

// String names the kind of a client.
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
// is sent; a wrong key shows at the first call, as *UnauthorizedError, and a
// tenant key as *TenantScopeError. A service finds out at its start with
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
// is sent; a wrong key shows at the first call, as *UnauthorizedError, and a
// number key as *NumberScopeError. A service finds out at its start with
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
// x-whatsapp-number-id, those of its Do too. It cannot send; TenantClient.OpenNumber
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

// Number returns a view of the number with that id (the id of Numbers.List, not
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

// OpenNumber returns a client for the number with that id, with the number's own
// key. It asks the API for the keys of all numbers (APIKeys.List); for many
// numbers use a [NumberPool], which asks once. The client shares the
// connections and options of t. opts override those of t, the base URL too. The error is a *KeyUnavailableError
// where the API shows no key for the number, or knows no number with that id.
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
