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

	Messages MessagesService // sends, follows and cancels messages
	Contacts ContactsService // asks which phone numbers have WhatsApp
	Key      KeyService      // lists and rotates the calling key
}

// NewNumberClient returns a client that authenticates with a number key. Nothing
// is sent; a wrong key shows at the first call, as *UnauthorizedError, and a
// tenant key as *TenantScopeError.
func NewNumberClient(cred Credential, opts ...Option) (*NumberClient, error) {
	c, err := newClient(forNumber, cred, opts)
	if err != nil {
		return nil, err
	}
	return numberClient(c), nil
}

func numberClient(c *Client) *NumberClient {
	return &NumberClient{
		Client:   c,
		Messages: MessagesService{c},
		Contacts: ContactsService{c},
		Key:      KeyService{c},
	}
}

// TenantClient is a client with a tenant key, which stands for the whole
// workspace and is bound to no number: it connects and administers numbers, and
// it cannot send. It is safe for concurrent use.
type TenantClient struct {
	*Client

	Numbers NumbersService   // administers the numbers of the workspace
	Pairing PairingService   // sends no key: the token of the link is the credential
	APIKeys APIKeysService   // the keys of all numbers
	Key     TenantKeyService // rotates the calling key
}

// NewTenantClient returns a client that authenticates with a tenant key. Nothing
// is sent; a wrong key shows at the first call, as *UnauthorizedError, and a
// number key as *NumberScopeError.
func NewTenantClient(cred Credential, opts ...Option) (*TenantClient, error) {
	c, err := newClient(forTenant, cred, opts)
	if err != nil {
		return nil, err
	}
	return &TenantClient{
		Client:  c,
		Numbers: NumbersService{c},
		Pairing: PairingService{c.core.client(forPublic, Credential{}, "")},
		APIKeys: APIKeysService{c},
		Key:     TenantKeyService{c},
	}, nil
}

// NumberView is what a tenant key may do for one number: its calls carry
// x-whatsapp-number-id, those of its Do too. It cannot send; TenantClient.OpenNumber
// returns a client that can. It shares the connections of the tenant client,
// costs next to nothing to make and is safe for concurrent use.
type NumberView struct {
	*Client

	Contacts ContactsService // asks from this number which phone numbers have WhatsApp
}

// Number returns a view of the number with that id (the id of Numbers.List, not
// a phone number). Nothing is sent. An id that cannot be one fails every call of
// the view, because without it some calls act on the whole workspace.
func (t *TenantClient) Number(id string) *NumberView {
	if t == nil || t.Client == nil || t.core == nil {
		return &NumberView{}
	}
	c := t.core.client(forView, t.cred, id)
	if err := t.checkScope("TenantClient.Number", forTenant); err != nil {
		c.problem = err
	} else if err := validateNumberID(id); err != nil {
		c.problem = err
	}
	return &NumberView{Client: c, Contacts: ContactsService{c}}
}

// OpenNumber returns a client for the number with that id, with the number's own
// key. It asks the API for the keys of all numbers (APIKeys.List); to open many
// numbers, list once and use NumberKey.Credential. The client shares the
// connections and options of t. opts override those of t, the base URL too. The error is a *KeyUnavailableError
// where the API shows no key for the number, or knows no number with that id.
func (t *TenantClient) OpenNumber(ctx context.Context, id string, opts ...Option) (*NumberClient, error) {
	if t == nil || t.Client == nil || t.core == nil {
		return nil, errNoClient()
	}
	if err := validateNumberID(id); err != nil {
		return nil, err
	}
	o, err := t.core.with(opts)
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

	Pairing PairingService // the token of the link is the credential
}

// NewPublicClient returns a client that sends no key.
func NewPublicClient(opts ...Option) (*PublicClient, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	c := newCore(o).client(forPublic, Credential{}, "")
	return &PublicClient{Client: c, Pairing: PairingService{c}}, nil
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
