package pilotstatustest

import "time"

// newState returns the state at the start: one workspace, two numbers, a template.
func newState(c clock) *state {
	s := emptyState(c, idState{})
	s.seedNumbers()
	return s
}

// emptyState is a workspace without numbers and with one template.
func emptyState(c clock, ids idState) *state {
	s := &state{
		clock:        c,
		ids:          ids,
		keysBySecret: make(map[string]*key),
		keysByID:     make(map[string]*key),
		pairings:     make(map[string]*pairing),
		repeats:      repeatState{places: make(map[digest]int), inUse: make(map[digest]bool)},
		deliveries:   newDeliveries(),
		media:        mediaState{files: make(map[mediaKey]*mediaFile), owners: make(map[string][]string)},
		calls:        callState{tokens: make(map[string]*audioToken)},
		lines:        lineState{activations: make(map[string]*activation)},
		growth:       growthState{adNames: make(map[string]adNames), lookup: lookupOK},
		workspace: workspaceState{
			signups: make(map[string]*signup), pages: make(map[string]*checkout), denied: make(map[string]bool),
		},
	}
	s.deliveries.secret = "whsec_" + s.secret(24)
	s.tenantKey = s.newKey("Workspace", nil)
	s.templates.all = []*template{seedTemplate()}
	return s
}

// seedNumbers adds the numbers that are there at the start.
func (s *state) seedNumbers() {
	created := s.clock.now().Add(-30 * 24 * time.Hour)
	s.addNumber(&number{
		id: "num_1", provider: providerWeb, phone: "551130004000", name: "Front desk",
		instanceName: "acme-551130004000", instanceID: "wi_1",
	}, created)
	s.addNumber(&number{
		id: "num_2", provider: providerMeta, phone: "551150006000", name: "Official line",
		instanceName: "acme-551150006000",
	}, created.Add(time.Hour))
}

// addNumber puts a connected number, which is paid for, with a key of its own into
// the workspace.
func (s *state) addNumber(n *number, created time.Time) {
	s.enroll(n, created)
	n.open, n.connectedAt, n.checkedAt = true, created, created
	n.seated = true
	s.workspace.slots++
}
