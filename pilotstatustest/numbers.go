package pilotstatustest

import (
	"net/http"
	"time"
)

const (
	providerWeb  = "PILOT_STATUS" // paired by QR code
	providerMeta = "META"         // official
)

// unpaidGrace is the time between a refused charge and the end of the connection.
const unpaidGrace = 7 * 24 * time.Hour

func numberRoutes() []route {
	notIDs := []string{"check", "meta", "remote-pairing"}
	return []route{
		{
			op: "Numbers.List", method: http.MethodGet, path: "/v1/numbers",
			scope: scopeTenant, status: http.StatusOK, handle: listNumbers,
		},
		{
			op: "Numbers.Get", method: http.MethodGet, path: "/v1/numbers/{id}",
			scope: scopeTenant, status: http.StatusOK, reserved: notIDs, handle: getNumber,
		},
	}
}

// number is a WhatsApp number of the workspace.
type number struct {
	id           string
	instanceName string
	instanceID   string // of the engine; "" for an official number
	phone        string // digits
	name         string
	provider     string
	key          *key
	privacy      privacy

	open        bool // connected
	connectedAt time.Time
	checkedAt   time.Time
	unpaidSince time.Time // not zero: sending is blocked
	cutOffAt    time.Time // when it is disconnected unless it is paid for

	createdAt, updatedAt time.Time

	nextFailures []messageFailure // of the next accepted messages
}

// number returns the number with an id, or nil.
func (s *state) number(id string) *number {
	for _, n := range s.numbers {
		if n.id == id {
			return n
		}
	}
	return nil
}

func (n *number) official() bool { return n.provider == providerMeta }

func (n *number) state() string {
	if n.open {
		return "OPEN"
	}
	return "CLOSE"
}

func (n *number) disconnect(at time.Time) {
	n.open, n.connectedAt, n.updatedAt = false, time.Time{}, at
}

// block stops sending because the charge of an extra number was refused. Only a
// number that is paired by QR code is disconnected in the end.
func (n *number) block(at time.Time) {
	n.unpaidSince, n.updatedAt = at, at
	if !n.official() {
		n.cutOffAt = at.Add(unpaidGrace)
	}
}

func (n *number) unblock(at time.Time) {
	n.unpaidSince, n.cutOffAt, n.updatedAt = time.Time{}, time.Time{}, at
}

// nextCutOff returns the number that is the first to be disconnected by t
// because its charge stayed unpaid, or nil.
func (s *state) nextCutOff(t time.Time) *number {
	var next *number
	for _, n := range s.numbers {
		if n.cutOffAt.IsZero() || n.cutOffAt.After(t) {
			continue
		}
		if next == nil || n.cutOffAt.Before(next.cutOffAt) {
			next = n
		}
	}
	return next
}

// linkAnswer is the state of one device link.
type linkAnswer struct {
	State       string  `json:"state"`
	ConnectedAt *string `json:"connectedAt"`
}

func (n *number) link() linkAnswer {
	return linkAnswer{n.state(), stamp(n.connectedAt)}
}

type coexistenceAnswer struct {
	Status   string  `json:"status"`
	Evidence *string `json:"evidence"`
}

// coexistence is nil for a number that is not official.
func (n *number) coexistence() *coexistenceAnswer {
	if !n.official() {
		return nil
	}
	return &coexistenceAnswer{"NO", nullable("meta_is_on_biz_app")}
}

// numberRow is a row of Numbers.List.
type numberRow struct {
	ID                      string             `json:"id"`
	InstanceName            string             `json:"instanceName"`
	Number                  string             `json:"number"`
	Name                    string             `json:"name"`
	Provider                string             `json:"provider"`
	State                   string             `json:"state"`
	APIKeys                 []keyRef           `json:"apiKeys"`
	PrimaryLink             linkAnswer         `json:"primaryLink"`
	SecondaryLink           *linkAnswer        `json:"secondaryLink"`
	IsFullyConnected        bool               `json:"isFullyConnected"`
	LastValidatedAt         string             `json:"lastValidatedAt"`
	Coexistence             *coexistenceAnswer `json:"coexistence,omitempty"`
	ExtraChargeUnpaidSince  *string            `json:"extraChargeUnpaidSince"`
	ExtraChargeDisconnectAt *string            `json:"extraChargeDisconnectAt"`
	CreatedAt               string             `json:"createdAt"`
	UpdatedAt               string             `json:"updatedAt"`
}

type keyRef struct {
	Name      string  `json:"name"`
	KeyPrefix string  `json:"keyPrefix"`
	KeyLast4  *string `json:"keyLast4"`
}

func listNumbers(c *call) (any, *failure) {
	rows := make([]numberRow, 0, len(c.state.numbers))
	for _, n := range c.state.numbers {
		ref := keyRef{Name: n.key.name, KeyPrefix: n.key.prefix()}
		if !n.key.hidden {
			ref.KeyLast4 = nullable(n.key.last4())
		}
		rows = append(rows, numberRow{
			ID: n.id, InstanceName: n.instanceName, Number: n.phone, Name: n.name,
			Provider: n.provider, State: n.state(), APIKeys: []keyRef{ref},
			PrimaryLink: n.link(), IsFullyConnected: n.open, LastValidatedAt: stampText(n.checkedAt),
			Coexistence:            n.coexistence(),
			ExtraChargeUnpaidSince: stamp(n.unpaidSince), ExtraChargeDisconnectAt: stamp(n.cutOffAt),
			CreatedAt: stampText(n.createdAt), UpdatedAt: stampText(n.updatedAt),
		})
	}
	return rows, nil
}

func getNumber(c *call) (any, *failure) {
	n := c.state.number(c.params["id"])
	if n == nil {
		return nil, notFound("Number")
	}
	if n.official() && c.query.Get("refresh") == "1" {
		n.checkedAt = c.state.clock.now()
	}
	return n.detail(), nil
}
