package pilotstatus

import (
	"context"
)

// KeyInfo describes a key of the calling number, without the key itself.
type KeyInfo struct {
	ID         Secret    `json:"id"` // for [APIKeyID], which makes it as powerful as the key
	Name       string    `json:"name"`
	KeyPrefix  string    `json:"keyPrefix"`  // the first characters of the key
	LastUsedAt Timestamp `json:"lastUsedAt"` // zero: never
	CreatedAt  Timestamp `json:"createdAt"`

	WebhookID string      `json:"webhookId"` // "" without a linked webhook
	Webhook   *KeyWebhook `json:"webhook"`

	ProjectID          string    `json:"projectId"`
	WhatsAppInstanceID string    `json:"whatsappInstanceId"`
	WhatsAppInstance   *Instance `json:"whatsappInstance"`

	// RetentionDays is the number of days for which send logs keep personal data. With 0
	// they keep none.
	RetentionDays int `json:"retentionDays" strict:"true"`
}

// KeyWebhook is the webhook linked to a key.
type KeyWebhook struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  Secret `json:"url"` // may contain a token of yours
}

// KeyScope is the scope of a key. The set is open.
type KeyScope string

// The documented scopes.
const (
	KeyScopeNumber KeyScope = "number"
	KeyScopeTenant KeyScope = "tenant"
)

// RotatedKey is the key that replaced the calling key.
type RotatedKey struct {
	ID        Secret   `json:"id"`
	Name      string   `json:"name"`
	Key       Secret   `json:"key" required:"true"` // returned only this once: store Key.Reveal()
	KeyPrefix string   `json:"keyPrefix"`
	KeyLast4  string   `json:"keyLast4"`
	Scope     KeyScope `json:"scope"`

	WhatsAppNumberID string    `json:"whatsappNumberId"` // "" for a tenant key
	CreatedAt        Timestamp `json:"createdAt"`
}

// Credential returns the new key for a new client. The client that rotated the key still
// uses the old key, which no longer works; only a client of a [NumberPool] switches to the
// new one.
func (k RotatedKey) Credential() Credential { return APIKey(k.Key.Reveal()) }

// NumberKey is a number of the workspace and its key.
type NumberKey struct {
	NumberID    string `json:"numberId"`
	Number      string `json:"number"` // the phone number
	DisplayName string `json:"displayName"`
	KeyID       Secret `json:"keyId"`
	KeyLast4    string `json:"keyLast4"`
	Key         Secret `json:"key"` // the current key; zero if Revealable is false
	Revealable  bool   `json:"revealable"`
}

// Credential returns the number's key for [NewNumberClient]. Give that client the same
// options as the tenant client; only [TenantClient.OpenNumber] shares them. If the API does
// not reveal the key, the constructor returns a [*KeyUnavailableError].
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

// RegeneratedKey is the key that replaced the key of a number.
type RegeneratedKey struct {
	NumberID  string    `json:"numberId"`
	KeyID     Secret    `json:"keyId"`
	KeyPrefix string    `json:"keyPrefix"`
	KeyLast4  string    `json:"keyLast4"`
	Key       Secret    `json:"key" required:"true"` // store Key.Reveal()
	CreatedAt Timestamp `json:"createdAt"`
}

// Credential returns the new key for a new [NumberClient]. Clients with the old key no
// longer work.
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

// Key.List and APIKeys.List share one route. A number key gets rows with "id" and without
// keys; a tenant key gets rows with "keyId" and the keys of all numbers. So the answer
// shows the kind of the calling key, and no other request is needed.

// ownKeyRow is a row of Key.List, or of the answer to a tenant key.
type ownKeyRow struct {
	KeyInfo

	KeyID Secret `json:"keyId" required:"id"`
}

// numberKeyRow is a row of APIKeys.List, or of the answer to a number key.
type numberKeyRow struct {
	NumberKey

	ID Secret `json:"id" required:"keyId"`
}

// listKeys calls op, one of two operations on the same route, and refuses the answer of the
// other one. read returns the key of a row, and whether the row is of the other answer.
func listKeys[R, T any](ctx context.Context, c *Client, op *operation, read func(R) (T, bool)) ([]T, error) {
	rows, err := invokeList[R](ctx, c, op, input{}, "data")
	if err != nil {
		return nil, err
	}
	keys, other := make([]T, len(rows)), false
	for i, row := range rows {
		key, isOther := read(row)
		keys[i], other = key, other || isOther
	}
	if c.provesWrongKind(ctx, op, len(rows) == 0, other) {
		return nil, c.wrongKind(&APIError{Op: op.name, Attempts: 1}, "this was found in the answer, and nothing was changed")
	}
	return keys, nil
}

// provesWrongKind reports whether the client's key is of the wrong kind. A list of keys
// proves it; for an empty list another request asks.
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

// KeyService manages the calling key of a [NumberClient].
//
//   - [KeyService.List] returns the keys of the calling number
//   - [KeyService.Rotate] REVOKES THE CALLING KEY at once and returns a new one
type KeyService struct{ client *Client }

// List returns the keys of the calling number, without the keys themselves. The vendor's
// documentation says that the API refuses a number key here; its official client says the
// opposite. A tenant key is recognized by its answer and gets a [*TenantScopeError].
//
// Scope: number key. Retry: [RetrySafe]. Errors: [*NumberScopeError] if the API refuses
// number keys; [*TenantScopeError] for a tenant key; and those of every call.
func (s KeyService) List(ctx context.Context) ([]KeyInfo, error) {
	return listKeys(ctx, s.client, opKeyList, func(r ownKeyRow) (KeyInfo, bool) { return r.KeyInfo, r.ID.IsZero() })
}

// Rotate REVOKES THE CALLING KEY at once and returns the new one, which is returned only
// this once: store Key.Reveal() before anything else and make a new client with it. Every
// other process that uses the old key then gets [*UnauthorizedError]. After an
// [*OutcomeUnknownError], only a tenant key can repair the number's key. After a
// [*DecodeError] the old key is revoked, and its Body may contain the new one. A client of
// a [NumberPool] continues with the new key.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s KeyService) Rotate(ctx context.Context) (*RotatedKey, error) {
	return rotate(ctx, s.client)
}

// TenantKeyService manages the calling key of a [TenantClient].
//
//   - [TenantKeyService.Rotate] REVOKES THE WORKSPACE'S KEY at once and returns a new one
type TenantKeyService struct{ client *Client }

// Rotate REVOKES THE WORKSPACE'S KEY at once and returns the new one, which is returned
// only this once: store Key.Reveal() before anything else and make a new client with it.
// After an [*OutcomeUnknownError], only the dashboard can make a new key. After a
// [*DecodeError] the old key is revoked, and its Body may contain the new one.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s TenantKeyService) Rotate(ctx context.Context) (*RotatedKey, error) {
	return rotate(ctx, s.client)
}

// APIKeysService manages the keys of all numbers of a workspace. It is part of a
// [TenantClient].
//
//   - [APIKeysService.List] returns the numbers of the workspace and their keys
//   - [APIKeysService.RegenerateNumber] REVOKES THE KEY OF A NUMBER and returns a new one
type APIKeysService struct{ client *Client }

// List returns one row for each number of the workspace, with its current key if the API
// reveals it. The answer is a bundle of credentials: they print as redacted, so take care
// where you store the results of Reveal.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: [*NumberScopeError] for a number key, which
// is recognized by its answer, that of [KeyService.List]; and those of every call.
func (s APIKeysService) List(ctx context.Context) ([]NumberKey, error) {
	return listKeys(ctx, s.client, opAPIKeysList, func(r numberKeyRow) (NumberKey, bool) { return r.NumberKey, r.KeyID.IsZero() })
}

// RegenerateNumber REVOKES THE KEY OF A NUMBER at once and returns the new one. Every
// client and process that uses the old key then gets [*UnauthorizedError]. Store
// Key.Reveal() before anything else. After an [*OutcomeUnknownError] or a [*DecodeError]
// the old key may be revoked: [APIKeysService.List] returns the current key. Calling
// RegenerateNumber again revokes that key too.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [CodeNumberNotFound] for a number of
// another workspace; [*OutcomeUnknownError] and those of every call.
func (s APIKeysService) RegenerateNumber(ctx context.Context, numberID string) (*RegeneratedKey, error) {
	return invoke[RegeneratedKey](ctx, s.client, opAPIKeysRegenerateNumber, input{body: regenerateBody{numberID}})
}
