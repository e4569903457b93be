package pilotstatustest

func keyRoutes() []route {
	return []route{
		on("Key.List", "GET /v1/api-keys", scopeNumber, listOwnKeys),
		on("Key.Rotate", "POST /v1/api-keys/regenerate", scopeBoth, rotateKey).creates(),
		on("APIKeys.List", "GET /v1/api-keys", scopeTenant, listNumberKeys),
		onBody("APIKeys.RegenerateNumber", "POST /v1/api-keys", scopeTenant, regenerateKey).creates(),
	}
}

func (k *key) prefix() string { return k.secret[:len("ps_0000")] }

func (k *key) last4() string { return k.secret[len(k.secret)-4:] }

// newKey makes a key that works from now on.
func (s *state) newKey(name string, n *number) *key {
	k := &key{
		id:        s.newID("key"),
		secret:    "ps_" + s.secret(24),
		name:      name,
		number:    n,
		createdAt: s.clock.now(),
	}
	s.admitKey(k)
	return k
}

// admitKey lets a key work.
func (s *state) admitKey(k *key) {
	s.keysBySecret[k.secret] = k
	s.keysByID[k.id] = k
}

// dropKey ends a key, by its id too.
func (s *state) dropKey(k *key) {
	delete(s.keysBySecret, k.secret)
	delete(s.keysByID, k.id)
}

// replaceKey makes a key in place of old, which is dead from now on.
func (s *state) replaceKey(old *key) *key {
	s.dropKey(old)
	k := s.newKey(old.name, old.number)
	if old.number != nil {
		old.number.key = k
	} else {
		s.tenantKey = k
	}
	return k
}

// NumberKey returns the working key of a number, "" for an unknown number and for
// one that is deleted.
func (s *Server) NumberKey(numberID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.state.number(numberID); n != nil {
		return n.key.secret
	}
	return ""
}

// TenantKey returns the working key of the workspace.
func (s *Server) TenantKey() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.tenantKey.secret
}

// ownKeyAnswer is a row of Key.List.
type ownKeyAnswer struct {
	ID                 string          `json:"id"`
	Name               string          `json:"name"`
	KeyPrefix          string          `json:"keyPrefix"`
	LastUsedAt         *string         `json:"lastUsedAt"`
	CreatedAt          string          `json:"createdAt"`
	WebhookID          *string         `json:"webhookId"`
	Webhook            *struct{}       `json:"webhook"`
	ProjectID          *string         `json:"projectId"`
	WhatsappInstanceID *string         `json:"whatsappInstanceId"`
	WhatsappInstance   *instanceAnswer `json:"whatsappInstance"`
	RetentionDays      int             `json:"retentionDays"`
}

// instanceAnswer is the engine behind a number that is paired by QR code.
type instanceAnswer struct {
	ID           string `json:"id"`
	InstanceName string `json:"instanceName"`
	DisplayName  string `json:"displayName"`
	Number       string `json:"number"`
	State        string `json:"state"`
}

func listOwnKeys(c *call) (any, *failure) {
	if c.state.shapes.keyListRefused {
		return nil, forbidden("NUMBER_SCOPE_NOT_ALLOWED", "This operation requires an account-wide API key")
	}
	k := c.number.key
	row := ownKeyAnswer{
		ID: k.id, Name: k.name, KeyPrefix: k.prefix(), LastUsedAt: stamp(k.lastUsed), CreatedAt: stampText(k.createdAt),
		RetentionDays: 30,
	}
	if n := c.number; n.instanceID != "" {
		row.WhatsappInstanceID = &n.instanceID
		row.WhatsappInstance = &instanceAnswer{n.instanceID, n.instanceName, n.name, n.phone, n.state()}
	}
	return []ownKeyAnswer{row}, nil
}

// rotatedAnswer is the answer of Key.Rotate.
type rotatedAnswer struct {
	ID               string  `json:"id"`
	Name             string  `json:"name"`
	Key              string  `json:"key"`
	KeyPrefix        string  `json:"keyPrefix"`
	KeyLast4         string  `json:"keyLast4"`
	Scope            string  `json:"scope"`
	WhatsappNumberID *string `json:"whatsappNumberId"`
	CreatedAt        string  `json:"createdAt"`
}

func rotateKey(c *call) (any, *failure) {
	k := c.state.replaceKey(c.key)
	out := rotatedAnswer{
		ID: k.id, Name: k.name, Key: k.secret, KeyPrefix: k.prefix(), KeyLast4: k.last4(),
		Scope: "tenant", CreatedAt: stampText(k.createdAt),
	}
	if k.number != nil {
		out.Scope, out.WhatsappNumberID = "number", &k.number.id
	}
	return out, nil
}

// numberKeyAnswer is a row of APIKeys.List.
type numberKeyAnswer struct {
	NumberID    string  `json:"numberId"`
	Number      string  `json:"number"`
	DisplayName string  `json:"displayName"`
	KeyID       string  `json:"keyId"`
	KeyLast4    *string `json:"keyLast4"`
	Key         *string `json:"key"`
	Revealable  bool    `json:"revealable"`
}

func listNumberKeys(c *call) (any, *failure) {
	return rowsOf(c.state.numbers, func(n *number) numberKeyAnswer {
		row := numberKeyAnswer{
			NumberID: n.id, Number: n.phone, DisplayName: n.name, KeyID: n.key.id, Revealable: !n.key.hidden,
		}
		if row.Revealable {
			row.Key, row.KeyLast4 = nullable(n.key.secret), nullable(n.key.last4())
		}
		return row
	}), nil
}

// regeneratedAnswer is the answer of APIKeys.RegenerateNumber.
type regeneratedAnswer struct {
	NumberID  string `json:"numberId"`
	KeyID     string `json:"keyId"`
	KeyPrefix string `json:"keyPrefix"`
	KeyLast4  string `json:"keyLast4"`
	Key       string `json:"key"`
	CreatedAt string `json:"createdAt"`
}

// regenerateRequest is the body of APIKeys.RegenerateNumber.
type regenerateRequest struct {
	WhatsappNumberID string `json:"whatsappNumberId"`
}

func regenerateKey(c *call, in *regenerateRequest) (any, *failure) {
	if in.WhatsappNumberID == "" {
		return nil, invalid("whatsappNumberId is missing")
	}
	n := c.state.number(in.WhatsappNumberID)
	if n == nil {
		return nil, unknownNumber()
	}
	k := c.state.replaceKey(n.key)
	return regeneratedAnswer{
		NumberID: n.id, KeyID: k.id, KeyPrefix: k.prefix(), KeyLast4: k.last4(), Key: k.secret, CreatedAt: stampText(k.createdAt),
	}, nil
}
