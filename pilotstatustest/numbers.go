package pilotstatustest

import (
	"net/http"
	"time"
)

const (
	providerWeb  = "PILOT_STATUS" // paired by QR code
	providerMeta = "META"         // official
)

func numberRoutes() []route {
	byID := func(op, method, path string, handle func(*call) (any, *failure)) route {
		return route{
			op: op, method: method, path: "/v1/numbers/{id}" + path, scope: scopeTenant, status: http.StatusOK,
			reserved: []string{"check", "meta", "remote-pairing"}, handle: handle,
		}
	}
	update := byID("Numbers.Update", http.MethodPatch, "", updateNumber)
	update.body = true
	pay := byID("Numbers.Pay", http.MethodPost, "/pay", payNumber)
	pay.permission = "billing:manage"
	return []route{
		{
			op: "Numbers.List", method: http.MethodGet, path: "/v1/numbers",
			scope: scopeTenant, status: http.StatusOK, handle: listNumbers,
		},
		{
			op: "Numbers.Create", method: http.MethodPost, path: "/v1/numbers",
			scope: scopeTenant, status: http.StatusCreated, body: true, handle: createNumber,
		},
		byID("Numbers.Get", http.MethodGet, "", getNumber),
		update,
		byID("Numbers.Delete", http.MethodDelete, "", deleteNumber),
		byID("Numbers.Restore", http.MethodPost, "/restore", restoreNumber),
		byID("Numbers.Purge", http.MethodDelete, "/purge", purgeNumber),
		pay,
		byID("Numbers.Connect", http.MethodGet, "/connect", connectNumber),
		byID("Numbers.Status", http.MethodGet, "/status", numberStatus),
		byID("Numbers.UpgradeToDual", http.MethodPost, "/upgrade-to-dual", upgradeNumber),
		{
			op: "Numbers.CreateMeta", method: http.MethodPost, path: "/v1/numbers/meta",
			scope: scopeTenant, status: http.StatusCreated, body: true, handle: createMetaNumber,
		},
		{
			op: "Numbers.CreatePairingLink", method: http.MethodPost, path: "/v1/numbers/remote-pairing",
			scope: scopeTenant, status: http.StatusCreated, body: true, handle: createPairingLink,
		},
	}
}

// number is a WhatsApp number of the workspace.
type number struct {
	device         // the only one, or the first of two
	second *device // nil: there is one

	id           string
	place        int // among all numbers that there ever were
	instanceName string
	instanceID   string // of the engine; "" for an official number
	phone        string // digits
	name         string
	provider     string
	key          *key
	privacy      privacy
	settings     settingsAnswer
	syncFails    bool // devices refuse settings

	checkedAt    time.Time // of the last reading of the connection; zero: never read
	stale        *reading  // not nil: the provider does not answer, this is remembered
	statusFails  string    // not "": code with which Numbers.Status fails
	coexists     coexistenceAnswer
	refreshes    int
	gone         bool      // deleted, its key is dead
	restoreUntil time.Time // of a number in the bin

	seated      bool      // was connected once, so the workspace has to pay for it
	extra       bool      // was beyond what the workspace pays for and is not charged yet
	charge      charge    // what becomes of its charge
	unpaidSince time.Time // not zero: sending is blocked
	cutOffAt    time.Time // when it is disconnected unless it is paid for
	wasCutOff   bool      // that has happened

	createdAt, updatedAt time.Time

	nextFailures []messageFailure     // of the next accepted messages
	heard        map[string]time.Time // when a person wrote last, by phone with a plus and by user id
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

// unknownNumber is the 404 of the operations that give it a code.
func unknownNumber() *failure {
	return &failure{status: http.StatusNotFound, code: "NUMBER_NOT_FOUND", text: "Number not found"}
}

func (n *number) official() bool { return n.provider == providerMeta }

type coexistenceAnswer struct {
	Status   string  `json:"status"`
	Evidence *string `json:"evidence"`
}

// coexistence is nil for a number that is not official.
func (n *number) coexistence() *coexistenceAnswer {
	switch {
	case !n.official():
		return nil
	case n.coexists.Status == "":
		return &coexistenceAnswer{"NO", nullable("meta_is_on_biz_app")}
	}
	return &n.coexists
}

// documentedRow is a row of Numbers.List as the documentation has it.
type documentedRow struct {
	ID                      string             `json:"id"`
	InstanceName            string             `json:"instanceName"`
	Number                  string             `json:"number"`
	Name                    string             `json:"name"`
	Provider                string             `json:"provider"`
	State                   string             `json:"state"`
	APIKeys                 []keyRef           `json:"apiKeys"`
	IsFullyConnected        bool               `json:"isFullyConnected"`
	LastValidatedAt         *string            `json:"lastValidatedAt,omitempty"`
	Coexistence             *coexistenceAnswer `json:"coexistence,omitempty"`
	ExtraChargeUnpaidSince  *string            `json:"extraChargeUnpaidSince"`
	ExtraChargeDisconnectAt *string            `json:"extraChargeDisconnectAt"`
	CreatedAt               string             `json:"createdAt"`
	UpdatedAt               string             `json:"updatedAt"`
}

// numberRow is a row of Numbers.List.
type numberRow struct {
	documentedRow

	PrimaryLink   linkAnswer  `json:"primaryLink"`
	SecondaryLink *linkAnswer `json:"secondaryLink"`
}

type keyRef struct {
	Name      string  `json:"name"`
	KeyPrefix string  `json:"keyPrefix"`
	KeyLast4  *string `json:"keyLast4"`
}

func (n *number) row() numberRow {
	ref := keyRef{Name: n.key.name, KeyPrefix: n.key.prefix()}
	if !n.key.hidden {
		ref.KeyLast4 = nullable(n.key.last4())
	}
	row := documentedRow{
		ID: n.id, InstanceName: n.instanceName, Number: n.phone, Name: n.name,
		Provider: n.provider, State: n.state(), APIKeys: []keyRef{ref},
		IsFullyConnected: n.fullyConnected(), LastValidatedAt: stamp(n.checkedAt), Coexistence: n.coexistence(),
		ExtraChargeUnpaidSince: stamp(n.unpaidSince), ExtraChargeDisconnectAt: stamp(n.cutOffAt),
		CreatedAt: stampText(n.createdAt), UpdatedAt: stampText(n.updatedAt),
	}
	return numberRow{row, n.link(), n.second.linkOrNull()}
}

func listNumbers(c *call) (any, *failure) {
	rows := make([]numberRow, 0, len(c.state.numbers))
	documented := make([]documentedRow, 0, len(c.state.numbers))
	for _, n := range c.state.numbers {
		row := n.row()
		rows, documented = append(rows, row), append(documented, row.documentedRow)
	}
	if c.state.workspace.otherForms {
		return documented, nil
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
		n.refreshes++
	}
	return n.detail(), nil
}
