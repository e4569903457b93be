package pilotstatus

import (
	"context"
	"slices"
)

// KeyInfo is a key of the calling number, without the key itself.
type KeyInfo struct {
	ID         Secret    `json:"id"` // for [APIKeyID], which makes it as good as the key
	Name       string    `json:"name"`
	KeyPrefix  string    `json:"keyPrefix"`  // the first characters of the key
	LastUsedAt Timestamp `json:"lastUsedAt"` // zero: never
	CreatedAt  Timestamp `json:"createdAt"`

	WebhookID string      `json:"webhookId"` // "" without a linked webhook
	Webhook   *KeyWebhook `json:"webhook"`

	ProjectID          string    `json:"projectId"`
	WhatsAppInstanceID string    `json:"whatsappInstanceId"`
	WhatsAppInstance   *Instance `json:"whatsappInstance"`

	// RetentionDays is how long send logs keep personal data. With 0 they keep
	// none.
	RetentionDays int `json:"retentionDays" strict:"true"`
}

// KeyWebhook is the webhook that a key is linked to.
type KeyWebhook struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  Secret `json:"url"` // may hold a token of yours
}

// KeyScope is what a key is for. The set is open.
type KeyScope string

// The documented scopes.
const (
	KeyScopeNumber KeyScope = "number"
	KeyScopeTenant KeyScope = "tenant"
)

// RotatedKey is the key that took the place of the calling one.
type RotatedKey struct {
	ID        Secret   `json:"id"`
	Name      string   `json:"name"`
	Key       Secret   `json:"key" required:"true"` // shown this once: store Key.Reveal()
	KeyPrefix string   `json:"keyPrefix"`
	KeyLast4  string   `json:"keyLast4"`
	Scope     KeyScope `json:"scope"`

	WhatsAppNumberID string    `json:"whatsappNumberId"` // "" for a tenant key
	CreatedAt        Timestamp `json:"createdAt"`
}

// Credential returns the new key for a new client. The client that rotated goes
// on with the old key, which no longer works; only one of a [NumberPool] takes the new one.
func (k RotatedKey) Credential() Credential { return APIKey(k.Key.Reveal()) }

// NumberKey is a number of the workspace and its key.
type NumberKey struct {
	NumberID    string `json:"numberId"`
	Number      string `json:"number"` // the phone number
	DisplayName string `json:"displayName"`
	KeyID       Secret `json:"keyId"`
	KeyLast4    string `json:"keyLast4"`
	Key         Secret `json:"key"` // the working key; zero where Revealable is false
	Revealable  bool   `json:"revealable"`
}

// Credential returns the number's key for [NewNumberClient], which needs the same
// options as the tenant client: only [TenantClient.OpenNumber] shares them. Where the
// API does not reveal the key, the constructor answers [*KeyUnavailableError].
func (k NumberKey) Credential() Credential {
	if k.Key.IsZero() {
		return Credential{problem: &KeyUnavailableError{
			NumberID: k.NumberID,
			Reason: "the API does not reveal it; regenerate it with APIKeys.RegenerateNumber or in the dashboard, " +
				"which stops the old one",
		}}
	}
	return APIKey(k.Key.Reveal())
}

// RegeneratedKey is the key that took the place of a number's.
type RegeneratedKey struct {
	NumberID  string    `json:"numberId"`
	KeyID     Secret    `json:"keyId"`
	KeyPrefix string    `json:"keyPrefix"`
	KeyLast4  string    `json:"keyLast4"`
	Key       Secret    `json:"key" required:"true"` // store Key.Reveal()
	CreatedAt Timestamp `json:"createdAt"`
}

// Credential returns the new key for a new [NumberClient]. Clients with the old key do
// not work any more.
func (k RegeneratedKey) Credential() Credential { return APIKey(k.Key.Reveal()) }

// regenerateBody is the request of APIKeys.RegenerateNumber.
type regenerateBody struct {
	WhatsAppNumberID string `json:"whatsappNumberId"`
}

func (b regenerateBody) validate() error { return validateID("numberID", b.WhatsAppNumberID) }

func rotate(ctx context.Context, c *Client) (*RotatedKey, error) {
	key, err := invoke[RotatedKey](ctx, c, opKeyRotate, input{})
	if err == nil && c.pooled != nil {
		c.pooled().rotated(key.Credential())
	}
	return key, err
}

// Key.List and APIKeys.List are one route: a number's key gets rows with "id", without
// the keys themselves, and a tenant key rows with "keyId" and the keys of all numbers.
// So the answer says of which kind the calling key is, and no question is needed.

// ownKeyRow is a row of Key.List, or of the other answer.
type ownKeyRow struct {
	KeyInfo

	KeyID Secret `json:"keyId" required:"id"`
}

func (r ownKeyRow) otherKind() bool { return r.ID.IsZero() }

func (r ownKeyRow) key() KeyInfo { return r.KeyInfo }

// numberKeyRow is a row of APIKeys.List, or of the other answer.
type numberKeyRow struct {
	NumberKey

	ID Secret `json:"id" required:"keyId"`
}

func (r numberKeyRow) otherKind() bool { return r.KeyID.IsZero() }

func (r numberKeyRow) key() NumberKey { return r.NumberKey }

// keyRow is a row that becomes a T and knows which kind of key got it.
type keyRow[T any] interface {
	otherKind() bool
	key() T
}

// listKeys calls op, which is one of two on the same route, and refuses the answer of
// the other one.
func listKeys[R keyRow[T], T any](ctx context.Context, c *Client, op *operation) ([]T, error) {
	rows, err := invokeList[R](ctx, c, op, input{}, "data")
	if err != nil {
		return nil, err
	}
	if c.provesWrongKind(ctx, op, len(rows) == 0, slices.ContainsFunc(rows, R.otherKind)) {
		return nil, c.wrongKind(&APIError{Op: op.name, Attempts: 1}, "this was found in the answer, and nothing was changed")
	}
	keys := make([]T, len(rows))
	for i, row := range rows {
		keys[i] = row.key()
	}
	return keys, nil
}

// provesWrongKind reports whether a list of keys, or where it is empty the question,
// proves that the client's key is of the wrong kind.
func (c *Client) provesWrongKind(ctx context.Context, op *operation, empty, other bool) bool {
	if c.kind == nil {
		return other
	}
	kind := c.kind()
	switch {
	case empty:
		verdict, _ := kind.find(ctx, op.name)
		return verdict == kindWrong
	case other:
		kind.learn(kindWrong)
	default:
		kind.learn(kindAllowed)
	}
	return other
}

// KeyService is the calling key of a [NumberClient].
//
//   - [KeyService.List] returns the keys of the calling number, without the keys themselves
//   - [KeyService.Rotate] REVOKES THE CALLING KEY at once and returns the new one, which is
//     shown this once
type KeyService struct{ client *Client }

// List returns the keys of the calling number, without the keys themselves. The
// vendor's documentation says that a number key is refused here
// ([*NumberScopeError]); its official client says otherwise. A tenant key is a
// [*TenantScopeError], found in the answer.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s KeyService) List(ctx context.Context) ([]KeyInfo, error) {
	return listKeys[ownKeyRow](ctx, s.client, opKeyList)
}

// Rotate REVOKES THE CALLING KEY at once and returns the new one, which is shown
// this once: store Key.Reveal() before anything else and make a new client with
// it. Every other process that uses the old key gets [*UnauthorizedError] from then
// on. It is tried once: after an [*OutcomeUnknownError] only a tenant key can repair
// the number's key. After a [*DecodeError] the old key is gone and the new one may
// stand in its Body. A client of a [NumberPool] goes on with the new key.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s KeyService) Rotate(ctx context.Context) (*RotatedKey, error) {
	return rotate(ctx, s.client)
}

// TenantKeyService is the calling key of a [TenantClient].
//
//   - [TenantKeyService.Rotate] REVOKES THE WORKSPACE'S KEY at once and returns the new
//     one, which is shown this once
type TenantKeyService struct{ client *Client }

// Rotate REVOKES THE WORKSPACE'S KEY at once and returns the new one, which is
// shown this once: store Key.Reveal() before anything else and make a new client
// with it. It is tried once: after an [*OutcomeUnknownError] only the dashboard can
// make a new key. After a [*DecodeError] the old key is gone and the new one may
// stand in its Body.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s TenantKeyService) Rotate(ctx context.Context) (*RotatedKey, error) {
	return rotate(ctx, s.client)
}

// APIKeysService is the keys of all numbers of a workspace. It is part of a
// [TenantClient].
//
//   - [APIKeysService.List] returns one row for each number of the workspace, with its
//     working key where the API reveals it
//   - [APIKeysService.RegenerateNumber] REVOKES THE KEY OF A NUMBER at once and returns the
//     new one
type APIKeysService struct{ client *Client }

// List returns one row for each number of the workspace, with its working key
// where the API reveals it. The answer is a bundle of credentials: they print as
// redacted; take care where you store what Reveal returns. A number key gets a
// [*DecodeError], because the path answers it with [KeyService.List].
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s APIKeysService) List(ctx context.Context) ([]NumberKey, error) {
	return listKeys[numberKeyRow](ctx, s.client, opAPIKeysList)
}

// RegenerateNumber REVOKES THE KEY OF A NUMBER at once and returns the new one: every
// client and process that uses the old key gets [*UnauthorizedError] from then on. Store
// Key.Reveal() before anything else. A number of another workspace is
// [CodeNumberNotFound]. It is tried once. After an [*OutcomeUnknownError] or a
// [*DecodeError] the old key may be gone: List shows the number's key that works now,
// or call again, which revokes that one as well.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s APIKeysService) RegenerateNumber(ctx context.Context, numberID string) (*RegeneratedKey, error) {
	return invoke[RegeneratedKey](ctx, s.client, opAPIKeysRegenerateNumber, input{body: regenerateBody{numberID}})
}
