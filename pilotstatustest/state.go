package pilotstatustest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

// state is the workspace the server imitates. Server.mu guards it and everything
// it leads to.
type state struct {
	clock  clock
	lastID int
	shapes shapes

	tenantKey    *key
	keysBySecret map[string]*key
	keysByID     map[string]*key

	numbers  []*number           // in the order of their creation
	pairings map[string]*pairing // by token

	messages   []*message          // in the order of their acceptance
	messageIDs map[string]*message // by each of their ids
	moving     []*message          // those that have not ended
	remembered map[idempotencyKey]*remembered

	templates templateState
	inbox     inboxState
	groups    groupState
	media     mediaState
	analytics analyticsState
	calls     callState
	lines     lineState
	growth    growthState
	webhooks  webhookState
	workspace workspaceState

	deliveries deliveryState
}

// workspaceID is the id of the one workspace.
const workspaceID = "tenant_1"

// shapes are the answers that sources of the API disagree on.
type shapes struct {
	cancelCounts   bool // Messages.Cancel answers numbers instead of ids
	keyListRefused bool // Key.List is a 403
	pairingInvalid bool // Pairing.Info answers 200 and valid:false for a dead token
	unknownFields  bool // every object has a field that is not in the reference
}

// newState returns the state at the start: one workspace, two numbers, a template.
func newState(c clock) *state {
	s := &state{
		clock:        c,
		keysBySecret: make(map[string]*key),
		keysByID:     make(map[string]*key),
		pairings:     make(map[string]*pairing),
		messageIDs:   make(map[string]*message),
		remembered:   make(map[idempotencyKey]*remembered),
		deliveries:   newDeliveries(),
	}
	s.tenantKey = s.newKey("Workspace", nil)
	created := s.clock.now().Add(-30 * 24 * time.Hour)
	s.addNumber(&number{
		id: "num_1", provider: providerWeb, phone: "551130004000", name: "Front desk",
		instanceName: "acme-551130004000", instanceID: "wi_1",
	}, created)
	s.addNumber(&number{
		id: "num_2", provider: providerMeta, phone: "551150006000", name: "Official line",
		instanceName: "acme-551150006000",
	}, created.Add(time.Hour))
	s.templates.all = []*template{seedTemplate()}
	return s
}

// addNumber puts a connected number, which is paid for, with a key of its own into
// the workspace.
func (s *state) addNumber(n *number, created time.Time) {
	s.enroll(n, created)
	n.open, n.connectedAt, n.checkedAt = true, created, created
	n.seated = true
	s.workspace.slots++
}

// newID returns an id that was not there before. Ids count up, so that a program
// that runs twice prints the same; clients must not read anything from them.
func (s *state) newID(prefix string) string {
	s.lastID++
	return fmt.Sprintf("%s_%06d", prefix, s.lastID)
}

// randomHex returns the text of n random bytes.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
