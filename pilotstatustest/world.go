package pilotstatustest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// The files of this package use each other in one direction: world.go has the types of the
// state and is used by all others; wire.go, exchange.go, page.go and recipient.go read and
// answer one request; then come the resources, each in the file that has its name in the
// package pilotstatus; server.go, number.go and tenant.go use them all. A test of the
// package pilotstatus fails if two files use each other.

// Server is a running fake of the API. Its methods are safe for concurrent use.
type Server struct {
	// URL is the base URL, such as http://127.0.0.1:40123. After New it is for the program to set.
	URL string

	tb      TB
	first   func() *state // makes the state at the start
	routes  []route
	behind  bool // another server, so that the program may know it by another name
	http    *http.Server
	closing sync.Once
	carrier *http.Transport // of deliveries to webhooks
	life    context.Context // is over when Close begins
	end     context.CancelFunc
	work    sync.WaitGroup // own goroutines, requests being answered and deliveries

	mu       sync.Mutex // guards what follows
	closed   bool
	state    *state
	faults   []*ActiveFault
	requests []*Request
	asked    int // requests so far
	injected int // faults so far

	reachedAt string // the host of the newest request with a key
}

// TB is what NewServer needs of a test; *testing.T and *testing.B have it.
type TB interface {
	Helper()
	Cleanup(f func())
	Fatalf(format string, args ...any)
}

// failf ends the test. In a program it does nothing, and the caller goes on.
func (s *Server) failf(format string, args ...any) {
	s.tb.Helper()
	s.tb.Fatalf("pilotstatustest: "+format, args...)
}

// program is the TB of a server that was started without a test.
type program struct{}

func (program) Helper()               {}
func (program) Cleanup(func())        {}
func (program) Fatalf(string, ...any) {}

// Request is a request as the server received it.
type Request struct {
	ID       string // unique among the requests of the server
	Op       string // operation, such as "Messages.Send"; "" for an unknown path
	Method   string
	Path     string // escaped, as it was on the wire
	RawQuery string
	Header   http.Header
	Body     []byte // nil also where it was larger than 32 MiB

	// Status is the status that was answered: 0 as long as the answer is held
	// back, and for good when there was none because the connection was reset.
	Status int

	// Refusal says why the state refused the request, more precisely than the
	// answer does; "" when it was processed or a fault kept it from that.
	Refusal string

	NumberID  string        // the number that it acts on; "" for the whole workspace and without a usable key
	MessageID string        // the message that it was accepted as, or that it repeats
	Replayed  bool          // it repeats an accepted one
	Unknown   []string      // what it has that the server does not know, see Server.Unknown
	FaultID   string        // the fault that broke it, see Server.Faults
	At        time.Time     // when it had come whole, by the clock of the server
	Took      time.Duration // real time from then to the answer

	// The answer as it was meant, also where a fault cut it off. There is none as long as
	// Status is 0.
	AnswerType   string      // content type
	AnswerHeader http.Header // beside it, without length and date; do not change it
	AnswerBody   []byte

	counted int  // bytes of it that are counted, see WithKeepBytes
	dropped bool // is kept by nobody but the exchange
}

// exchange is a request that was processed and has to be answered.
type exchange struct {
	request *Request
	came    time.Time // in real time
	call    *call
	fault   Fault
	answer  answer
}

// call is one request on its way through the state. A handler reads from it what
// was asked, changes the state and returns the answer, or why it refuses.
type call struct {
	state  *state
	route  *route            // nil: unknown path
	params map[string]string // of the path, unescaped
	query  url.Values
	header http.Header
	body   []byte
	target string // method and path, where they are not known
	digest digest // of the body, with an idempotency key

	key     *key     // whose request it is; nil without a usable key
	refused *failure // why there is no usable key
	number  *number  // the number the call acts on; nil: the whole workspace

	held  bool        // the answer will be held back
	inUse *remembered // what keeps the idempotency key in use until release
	taken bool        // inUse was accepted

	unknown []string // what it has that the server does not know

	receipt receipt     // of a handler whose answers are repeated
	first   *remembered // the request that this one repeats
}

// handler returns the value to answer a call with, or refuses the call. An answer is sent
// unchanged, any other value as JSON.
type handler func(*call) (any, *failure)

// route is one operation of the API.
type route struct {
	op     string
	method string
	path   []string // its segments; one in braces is a parameter
	scope  scope
	status int // of a success
	handle handler

	permission string // that the key must have; "" for none

	body     bool     // the request has a JSON body; otherwise it may have none
	optional bool     // the body may be left out
	keyed    bool     // the request may carry an Idempotency-Key
	needsKey bool     // keyed, and the Idempotency-Key may not be missing
	reserved []string // words that are paths of their own and never a parameter

	// replay makes the answer, with status 200 unless it says otherwise, to a request
	// that repeats an accepted one: call.first.
	replay handler
}

// scope says which credentials an operation takes.
type scope uint8

const (
	byNumberKey scope = 1 << iota
	byTenantKey
	byView      // a tenant key, if the request names a number
	byPathToken // no key at all: the token in the path is the credential
)

const (
	scopeNumber     = byNumberKey
	scopeNumberView = byNumberKey | byView
	scopeBoth       = byNumberKey | byTenantKey
	scopeBothView   = byNumberKey | byTenantKey | byView
	scopeTenant     = byTenantKey
	scopePublic     = byPathToken
)

// answer is a whole answer, ready to be written.
type answer struct {
	status  int
	header  http.Header // beside the content type and length
	kind    string      // content type; "" for none
	body    []byte
	chunked bool   // the length is not announced
	refusal string // for Request.Refusal
}

// failure is a refusal. An empty code, reason or details does not appear.
type failure struct {
	status  int
	code    string
	text    string
	details any
	reason  string
	more    map[string]any // further members of the body
	why     string         // not sent: what exactly was wrong, where text does not say it
}

// state is the workspace the server imitates. Server.mu guards it and everything
// it leads to.
type state struct {
	clock   clock
	changes changeLog

	keep   int  // messages, and as many of what else grows with them; 0: all
	manual bool // messages move by hand only
	ids    idState
	lastID int
	shapes shapes

	tenantKey    *key
	keysBySecret map[string]*key
	keysByID     map[string]*key

	numbers  []*number           // in the order of their creation
	pairings map[string]*pairing // by token

	messages   []*message // in the order of their acceptance, which is that of their serials
	unknown    unknownState
	lost       Losses
	bytes      holdings
	dropped    int        // serial of the last message that was dropped to keep no more
	droppedRow int        // serial of the last row of an inbox that was
	moving     []*message // those that have not ended, in the same order
	origins    []origin
	repeats    repeatState

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

// publish tells watchers of a change.
func (s *state) publish(kind ChangeKind, numberID, id string) {
	s.changes.add(Change{At: s.clock.now(), Kind: kind, NumberID: numberID, ID: id})
}

// Losses is how much a server has dropped to keep no more, see [WithKeep] and
// [WithKeepBytes].
type Losses struct {
	Messages    int // that were sent
	Received    int // messages that did not go through the API
	Requests    int
	Deliveries  int // of webhooks, with their tries
	Undelivered int // of these, those that waited in a full queue and were never tried
	Files       int // that persons sent
	Keys        int // idempotency keys that had not expired: their repetitions send again
}

// holdings is how many bytes of bodies and files there are.
type holdings struct {
	limit      int // 0: none
	used       int
	deliveries int // of these, those of deliveries
}

// number returns the number with an id, or nil.
func (s *state) number(id string) *number {
	return first(s.numbers, func(n *number) bool { return n.id == id })
}

// newID returns an id that was not there before. Ids count up, so that a program
// that runs twice prints the same; clients must not read anything from them.
func (s *state) newID(prefix string) string {
	s.lastID++
	return s.idText(prefix, s.lastID)
}

// idText is an id of this server.
func (s *state) idText(prefix string, serial int) string {
	return idText(prefix+"_"+s.ids.mark, serial)
}

// idState is what ids and secrets are made of.
type idState struct {
	mark  string        // letters that the ids of another seed do not have; "" for none
	bytes *rand.ChaCha8 // nil: secrets are random
}

// webToken returns a token in the form of a JWT.
func (s *state) webToken() string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	body := base64.RawURLEncoding.EncodeToString([]byte(`{"jti":"` + s.secret(8) + `"}`))
	return head + "." + body + "." + s.secret(32)
}

// secret returns the text of n bytes that nobody can guess, unless WithIDs says otherwise.
func (s *state) secret(n int) string {
	if s.ids.bytes == nil {
		return randomHex(n)
	}
	b := make([]byte, n)
	_, _ = s.ids.bytes.Read(b) // never fails
	return hex.EncodeToString(b)
}

// idText is an id with a number in it, see serialOf.
func idText(prefix string, serial int) string {
	digits := strconv.Itoa(serial)
	return prefix + "000000"[min(len(digits), 6):] + digits
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

// MaxSkipped is how far [Server.Advance] moves the clock in all: 100 years.
const MaxSkipped = 100 * 365 * 24 * time.Hour

// clock is the time of the server. The zero clock is the real one.
type clock struct {
	start   time.Time
	frozen  bool          // time stands still at start
	skipped time.Duration // by Advance
}

func (c *clock) now() time.Time {
	if c.frozen {
		return c.start.Add(c.skipped)
	}
	return time.Now().Add(c.skipped)
}

// pace is the time between two steps of a message.
const pace = 20 * time.Millisecond

// key is an API key: of a number, or of the workspace when number is nil.
type key struct {
	id        string
	secret    string
	name      string
	number    *number
	createdAt time.Time
	lastUsed  time.Time
	hidden    bool // an older key, which the API cannot show any more
}

// repeatState is the accepted requests that had an idempotency key. It is apart from the
// messages, so that a request is repeated and not sent again also when its message was
// dropped.
type repeatState struct {
	first   []remembered   // in the order of their acceptance
	dropped int            // how many were there before
	lost    int            // of these, those that had not expired
	places  map[digest]int // of the newest with a key, among all that there ever were
	inUse   map[digest]bool
	limit   int // of first; 0: none
}

// digest stands for a text, which nothing needs to keep then.
type digest [16]byte

// remembered is the first request with an idempotency key. A million are kept: it has no
// pointers, so that they cost the garbage collector nothing.
type remembered struct {
	key  digest
	body digest
	receipt
}

// receipt is what an answer to Messages.Send is made of, and made again.
type receipt struct {
	at     int64 // Unix milliseconds
	serial int   // of the message
	origin int   // place in state.origins
}

// origin is what many answers to Messages.Send say.
type origin struct {
	name, phone string
	flow        bool
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

	disconnectedAt time.Time // zero: it is connected, or never was
	checkedAt      time.Time // of the last reading of the connection; zero: never read
	stale          *reading  // not nil: the provider does not answer, this is remembered
	statusFails    string    // not "": code with which Numbers.Status fails
	coexists       coexistenceAnswer
	refreshes      int
	gone           bool      // deleted, its key is dead
	restoreUntil   time.Time // of a number in the bin

	seated      bool      // was connected once, so the workspace has to pay for it
	extra       bool      // was beyond what the workspace pays for and is not charged yet
	charge      charge    // what becomes of its charge
	unpaidSince time.Time // not zero: sending is blocked
	cutOffAt    time.Time // when it is disconnected unless it is paid for
	wasCutOff   bool      // that has happened

	createdAt, updatedAt time.Time

	groups    []*groupChat // that it is in
	channels  []*channel   // that it has or follows
	hasGroups bool         // of an official number
	box       mailbox
	dialer    dialer

	nextFailures []messageFailure     // of the next accepted messages
	heard        map[string]time.Time // when a person wrote last, by phone with a plus and by user id
}

func (n *number) official() bool { return n.provider == providerMeta }

const (
	providerWeb  = "PILOT_STATUS" // paired by QR code
	providerMeta = "META"         // official
)

// device is a phone that a number is linked to.
type device struct {
	open        bool // connected
	connecting  bool // its code waits for somebody who scans it
	connectedAt time.Time
	scanAt      time.Time // when somebody will; zero: nobody will
	codes       int       // shown so far
	codeEnded   bool      // the last of them can be scanned no more
	late        int       // answers that still come without a code
}

// reading is what the server remembers of the connection of a number.
type reading struct {
	states map[*device]string
	at     time.Time
}

// charge is what becomes of the attempt to charge the card. The zero charge goes
// through.
type charge struct {
	code        string
	declineCode string // of a declined one, as what follows
	amount      float64
	currency    string
}

// settingsAnswer has the platform's settings first and then those of the device,
// which are null until somebody sets them.
type settingsAnswer struct {
	HistoryImportEnabled      bool `json:"historyImportEnabled"`
	WebhookHistoricalMessages bool `json:"webhookHistoricalMessages"`
	IgnoreNewsletters         bool `json:"ignoreNewsletters"`
	MarkReadOnSend            bool `json:"markReadOnSend"`

	AlwaysOnline  *bool   `json:"alwaysOnline"`
	RejectCall    *bool   `json:"rejectCall"`
	MsgRejectCall *string `json:"msgRejectCall"`
	ReadMessages  *bool   `json:"readMessages"`
	IgnoreGroups  *bool   `json:"ignoreGroups"`
	IgnoreStatus  *bool   `json:"ignoreStatus"`

	AppliesTo appliesTo `json:"appliesTo"`
}

type appliesTo struct {
	History  string `json:"history"`
	Advanced string `json:"advanced"`
	Sending  string `json:"sending"`
}

type coexistenceAnswer struct {
	Status   string  `json:"status"`
	Evidence *string `json:"evidence"`
}

// privacy is the PII policy of a number.
type privacy struct {
	mode string // "" is storeIndefinite
	days int    // of storeDays
}

// hides says whether the content of something that happened at a time is not shown
// any more.
func (p privacy) hides(at, now time.Time) bool {
	switch p.mode {
	case relayOnly:
		return true
	case storeDays:
		return at.Before(now.Add(-time.Duration(p.days) * 24 * time.Hour))
	}
	return false
}

// How long the content of messages, and what is known of people, is kept.
const (
	relayOnly       = "RELAY_ONLY"
	storeDays       = "STORE_X_DAYS"
	storeIndefinite = "STORE_INDEFINITE"
)

// pairing is a link by which a person connects a number. It is used up when the
// number is connected, and forgotten when Pairing.Status has said so.
type pairing struct {
	number  *number
	expires time.Time
	used    bool
}

// signup is a link by which a person connects an official number.
type signup struct {
	name, phone string // wanted by who made the link
	expires     time.Time
}

// message is an accepted message with what moves it.
type message struct {
	Message

	number   *number
	serial   int             // in its id; the correlation id has the next one
	category string          // of Meta's bill
	failure  *messageFailure // how it ends, if not well
	next     time.Time       // its next step, while the number is connected
	byHand   bool            // its status was set, it no longer moves by itself
	seq      int64           // of the change with which it was accepted
	odd      int             // members and values of its request that are not known
	answers  []given         // of people
	content  sentContent     // as it was when it was accepted
	layout   json.RawMessage // the body of its template, as it was when it was accepted
	first    bool            // it was the first with that layout, which is counted with it
	row      *chatRow        // nil: it has none yet, or it was dropped

	marksRead bool // what came before it counts as read
}

// sentContent is what a send shows.
type sentContent struct {
	kind  string
	text  string
	media *chatMedia
}

// given is what a person pressed, chose or submitted.
type given struct {
	buttonID string
	rowID    string
	flow     bool
	at       time.Time
}

// Message is a message that was accepted: Messages.Send answered 202, or would
// have without a fault.
type Message struct {
	ID            string
	CorrelationID string
	ExternalID    string // WhatsApp's id, "" until the message is SENT
	NumberID      string // the number it is sent from

	DestinationNumber string // one of these three
	GroupID           string
	NewsletterID      string

	Mode     string          // template, text, media, list, carousel or flow
	Template string          // name of the template
	Body     json.RawMessage // the whole request, byte for byte; do not change it

	Status       string
	ErrorCode    string
	ErrorMessage string

	IdempotencyKey string // "" when there was none
	FlowToken      string // of a flow

	CreatedAt    time.Time
	DeliverAt    time.Time // zero: at once
	DeliverUntil time.Time // zero: no deadline
	SentAt       time.Time
	DeliveredAt  time.Time
	ReadAt       time.Time
}

// messageFailure is why a message fails after it was accepted.
type messageFailure struct {
	code string
	text string
}

// The states of a message.
const (
	queued    = "QUEUED"
	sent      = "SENT"
	delivered = "DELIVERED"
	read      = "READ"
	failed    = "FAILED"
	canceled  = "CANCELED"
)

// The content modes of a message.
const (
	modeTemplate = "template"
	modeText     = "text"
	modeMedia    = "media"
	modeList     = "list"
	modeCarousel = "carousel"
	modeFlow     = "flow"
)

// templateState is the templates of the workspace.
type templateState struct {
	all      []*template // in the order of their creation
	refusals []string    // of Meta, for the next ones that are submitted

	plainBodies   bool // a body is its text alone
	refuseUnready bool // a send without an approved template is a 404
}

// template is a template with its newest version.
type template struct {
	id       string
	name     string
	category string
	language string
	version  int
	sent     int // the last version that a message has

	// A template belongs to a number that is paired by QR code, or to the business
	// account of the official numbers, or, with neither, to all numbers.
	number   *number
	official bool

	status string // at Meta
	reason string // of a rejection

	body      json.RawMessage // as it was given, always an object
	text      string          // of the body
	variables []string
	flow      bool // has a button that starts a Flow
}

// groupState is the groups and channels of the numbers.
type groupState struct {
	wrapped     bool // groups, channels and templates come inside an object
	unsupported bool // official numbers never have groups
}

// groupChat is a group that a number is in.
type groupChat struct {
	id      string
	subject string
	members []string // digits, without the number itself
}

// channel is a newsletter that a number has or follows.
type channel struct {
	id   string
	name string
}

// inboxState is what the numbers sent and received.
type inboxState struct {
	withhold bool // what the PII policy hides is left out instead of redacted
}

// mailbox is what one number sent and received, see the file mailbox.go.
type mailbox struct {
	conversations []*conversation          // in the order of their creation
	ids           map[string]*conversation // by their ids
	named         map[string]*conversation // by the names of their peers; of several with one name the one that had it first
	hidden        []*conversation          // those that have a name under which another one is found

	rows    []*chatRow          // in the order in which they were stored, which is that of their serials
	odd     map[string]*chatRow // by external ids that are not made of their own
	unnoted []*message          // sends that have no row yet
	queued  int                 // rows of sends that have not gone out

	emptied           int // conversations whose rows were all dropped
	rowsGone          int // rows in the list that are dropped
	conversationsGone int
	added             int  // conversations that stay without a row
	lastsGone         bool // conversations may have another last row
}

// peer is whom a number talks to: a person, or a group or channel with a jid.
type peer struct {
	jid      string
	phone    string // with a plus
	name     string
	userID   string
	username string
}

// conversation is all that was exchanged with one peer.
type conversation struct {
	peer

	id        string
	unread    int // by its counter, which may know of more than there are rows
	createdAt time.Time
	last      *chatRow // the newest one; nil: it has no row yet
	count     int      // of its rows
	dropped   int      // rows that it had
	added     bool     // by Number.AddContact: it stays without a row
	hidden    bool     // is in mailbox.hidden
	gone      bool     // was dropped
}

// chatRow is a message in the history of a number.
type chatRow struct {
	id           string
	serial       int // in its id, or in that of the send that it shows; it grows with the rows
	number       *number
	answer       *Answer  // of a person; nil for anything else
	fileKey      mediaKey // of a file that the server got with it
	conversation *conversation
	direction    string
	externalID   string
	status       string
	kind         string // text, image and so on
	origin       string // "" unless it is known who sent it for the number
	text         string // or the caption
	name         string // of the participant, as are phone and userID
	phone        string
	userID       string
	repliedTo    string // external id of the message that it quotes
	media        *chatMedia
	referral     *referral
	at           time.Time // when it happened
	storedAt     time.Time
	sentAt       time.Time
	deliveredAt  time.Time
	readAt       time.Time

	seq     int64    // of the change with which it came
	message *message // the send that it shows; nil for any other row
	gone    bool     // was dropped
	counted int      // bytes of it that are counted, see WithKeepBytes
}

// chatMedia is the file of a message.
type chatMedia struct {
	Provider string  `json:"provider"`
	ID       *string `json:"id"`
	URL      *string `json:"url"`
	MimeType *string `json:"mimeType"`
	FileName *string `json:"fileName"`
}

// referral is the ad or post that brought a message.
type referral InboundReferral

// InboundReferral is the ad or post that brought a message. The names can be missing
// as long as NamesResolvedAt is zero, and after that as well.
type InboundReferral struct {
	SourceID        string
	SourceType      string // ad or post
	SourceURL       string
	Headline        string
	Body            string
	MediaType       string
	ImageURL        string
	VideoURL        string
	ThumbnailURL    string
	CTWAClid        string // Meta's click id
	AdName          string
	AdsetID         string
	AdsetName       string
	CampaignID      string
	CampaignName    string
	NamesResolvedAt time.Time
}

// mediaState is the files that Meta has.
type mediaState struct {
	files  map[mediaKey]*mediaFile
	owners map[string][]string // ids of phone numbers that have a file, by its id
	sent   []sentFile          // those of persons, in this order
	bare   bool                // Media.Download answers base64 that is no data URI
}

// sentFile is a file that a person sent.
type sentFile struct {
	key mediaKey
	at  time.Time
}

// mediaKey is what Meta finds a file by.
type mediaKey struct {
	phoneNumberID string
	mediaID       string
}

type mediaFile struct {
	mimeType string
	fileName string
	data     []byte
	expired  bool // Meta's link is dead
}

// analyticsState is how Analytics.Dashboard answers.
type analyticsState struct {
	noDelivered bool // messages that were delivered count as sent
}

// callState is the voice calls of the workspace and who may be called.
type callState struct {
	all    []*phoneCall // in the order of their beginning
	tokens map[string]*audioToken

	sparse  bool // what may be absent is left out
	lateIDs bool // the provider's id of an outbound call comes only when it rings
}

// phoneCall is a call with the number it is a call of.
type phoneCall struct {
	Call

	number *number
}

// Call is a voice call: one that Calls.Start accepted, or would have without a
// fault, or one that a person began.
type Call struct {
	ID         string
	ExternalID string // the provider's id
	NumberID   string // the number it goes out from or came in on

	Direction    string // INBOUND or OUTBOUND
	Status       string
	Peer         string // the other party, digits
	CallbackData string // what Calls.Start was given as bizOpaqueCallbackData

	SDPOffer  string // of official numbers
	SDPAnswer string

	Queued []string // URLs of Calls.Play that wait for the connection
	Played []string // and those that were played, in their order

	ErrorCode    string
	ErrorMessage string

	CreatedAt   time.Time
	UpdatedAt   time.Time
	ConnectedAt time.Time
	EndedAt     time.Time
}

// The states of a call.
const (
	callInitiated = "INITIATED"
	callRinging   = "RINGING"
	callAccepted  = "ACCEPTED"
	callRejected  = "REJECTED"
	callCompleted = "COMPLETED"
	callFailed    = "FAILED"
	callMissed    = "MISSED"
)

// The directions of a call.
const (
	callInbound  = "INBOUND"
	callOutbound = "OUTBOUND"
)

// dialer is what a number has to do with calls beside the calls themselves.
type dialer struct {
	without     bool // its provider has no calls
	people      map[string]*callee
	settings    callSettings
	maxStarts   int // to one person in callWindow
	maxRequests int
}

// callee is a person who is called from a number.
type callee struct {
	allowed  string    // "" is callsForbidden
	expires  time.Time // of callsForNow, in whole seconds
	starts   []time.Time
	requests []time.Time
}

// callSettings is Meta's own object, of which nothing but the outermost names is
// looked at.
type callSettings map[string]json.RawMessage

// audioToken opens one connection to the sound of a call.
type audioToken struct {
	mode    string
	expires time.Time
}

// lineState is the verification of the workspace, and what was recorded of the
// activation of its lines.
type lineState struct {
	current   *verification // nil: never started
	submitted []time.Time   // of the last hour
	codes     int           // made so far

	channels     []string // that must be confirmed; nil is both
	next         []verificationStep
	nextDocument []string
	bareCooldown bool // the refusal does not say how long it lasts

	activations map[string]*activation
	chunked     bool // the length of a recording is not announced
}

// verification is what was submitted and what has become of it.
type verification struct {
	id        string
	status    string
	kind      string // of the document
	number    string // of the document, digits
	legalName string
	email     string
	whatsapp  string // digits
	contacts  []*contactCode
	document  string // state of the document
	reason    string
	note      string

	createdAt, updatedAt time.Time
}

// contactCode is a channel that must be confirmed, with the code that was sent to
// it last.
type contactCode struct {
	channel   string
	code      string
	sentAt    time.Time
	confirmed bool
}

// verificationStep is a state that a verification gets, and why: the reason of a
// review, or the note of the reviewer.
type verificationStep struct {
	status string
	why    string
}

// activation is the recording of the call in which a line was activated.
type activation struct {
	audio       []byte
	kind        string // content type, "" for none
	disposition string // "" for none
}

// growthState is what ads, posts and the forms of Facebook Pages bring to the
// workspace.
type growthState struct {
	leads    []*lead            // in the order of their arrival
	adNames  map[string]adNames // by ad id
	accounts []*adAccount       // in the order in which they were shared
	pages    []*leadPage        // in the order in which they were shared
	lookup   string             // what asking Meta gives

	noOfficial    bool // as if there were no official number
	bareReferrals bool // rows of Referrals.List are referrals, not messages
}

// lead is a stored lead of a number.
type lead struct {
	Lead

	id             string
	leadgenID      string
	number         *number
	source         string
	autoSendStatus string
	autoSendReason string
}

// Lead is what a person filled into an Instant Form. What is left out is null in
// the API unless its comment says otherwise.
type Lead struct {
	PageID         string // "": the first Page that is linked to the number
	FormID         string // "": the first form of the Page
	AdID           string
	Platform       string // fb or ig
	Organic        *bool
	SubmittedAt    time.Time // zero: now
	FullName       string
	Email          string
	Phone          string
	Fields         []LeadField
	Consent        *bool // nil: unknown
	ConversationID string
}

// LeadField is the answer to a question of the form.
type LeadField struct {
	Key    string
	Label  string // "": the key
	Values []string
}

// submission is a filled form as Meta keeps it, whether or not it is stored here.
type submission struct {
	Lead

	leadgenID string
}

// adNames are the names around an ad as they were when Meta was asked. All are
// empty where Meta gave nothing.
type adNames struct {
	AdNames

	resolvedAt time.Time
}

// AdNames are the names around an ad.
type AdNames struct {
	Ad         string
	AdsetID    string
	Adset      string
	CampaignID string
	Campaign   string
}

// adAccount is an ad account of Meta that was shared with the platform at least
// once.
type adAccount struct {
	id       string
	name     string
	shared   bool      // the platform has access now
	proven   bool      // its ads brought people to this workspace
	linkedAt time.Time // zero: not linked
}

// leadPage is a Facebook Page that was shared with the platform.
type leadPage struct {
	id           string
	name         string
	forms        []*leadForm
	missingTasks []string // nil: Meta could not be asked, empty: ready to be linked
	refusal      string   // why Meta refuses the subscription, by hand

	link       *leadPageLink // nil: a candidate
	submitted  []*submission // what people filled in, as Meta keeps it
	backfillAt time.Time     // when the running backfill brings its leads
	resyncFrom time.Time     // no resync before
}

// leadPageLink makes the leads of a Page those of a number.
type leadPageLink struct {
	id           string
	number       *number
	linkedAt     time.Time
	subscribedAt time.Time // zero: Meta does not push
	problem      string    // why it does not
}

// leadForm is a form of a Page with what the workspace set for it.
type leadForm struct {
	LeadForm

	config *leadFormConfig // nil: never configured
}

// LeadForm is an Instant Form of a Page. What is left out is null in the API
// unless its comment says otherwise.
type LeadForm struct {
	ID         string // digits
	Name       string
	Status     string // such as ACTIVE
	Questions  []LeadQuestion
	Checkboxes []LeadCheckbox
	// CheckboxesHidden is for a form whose checkboxes Meta does not tell.
	CheckboxesHidden bool
}

// LeadQuestion is a question of a form.
type LeadQuestion struct {
	Key     string
	Label   string // "": the key
	Type    string // such as FULL_NAME
	Options []LeadOption
}

// LeadOption is an answer that a question offers.
type LeadOption struct {
	Key   string
	Value string
}

// LeadCheckbox is a checkbox by which a person can consent.
type LeadCheckbox struct {
	Key  string
	Text string
}

// leadFormConfig is what the workspace does with the leads of a form.
type leadFormConfig struct {
	leadFormSettings

	updatedAt time.Time
}

// leadFormSettings is the body of LeadPages.UpdateForm.
type leadFormSettings struct {
	FormName             *string                 `json:"formName"`
	ConsentDisclaimerKey *string                 `json:"consentDisclaimerKey"`
	AutoSendEnabled      bool                    `json:"autoSendEnabled"`
	TemplateID           *string                 `json:"templateId"`
	FreeText             *string                 `json:"freeText"`
	VariableMap          map[string]leadVariable `json:"variableMap"`
}

// leadVariable is where the value of a placeholder comes from: an answer of the
// person, or always the same text.
type leadVariable struct {
	Source string  `json:"source"`
	Key    *string `json:"key,omitempty"`   // of the source field
	Value  *string `json:"value,omitempty"` // of the source static
}

// webhookState is the registry of webhooks.
type webhookState struct {
	all []*webhook // in the order of their creation

	listKey     string // wraps the answer of Webhooks.List; "": a bare array
	logsKey     string // wraps the answer of Webhooks.Logs; "": a bare array
	emptyDelete bool   // Webhooks.Delete answers 204
	textLogs    bool   // the payload in a log is text, not an object
}

// webhook is where the events of one number go.
type webhook struct {
	id     string
	number *number
	name   string
	url    string
	active bool
	events []string // never nil
	logs   []webhookDelivery
	sends  []*sending // what was to be delivered, in this order
	after  []*sending // what goes out behind the next delivery

	queue   []parcel // what waits to be delivered
	carried bool     // a goroutine looks after it
	deleted bool

	lastTriggered        time.Time
	createdAt, updatedAt time.Time
}

// webhookDelivery is one attempt to deliver an event.
type webhookDelivery struct {
	event      string
	statusCode int             // 0: no answer came
	payload    json.RawMessage // what was sent
	response   string          // what was answered
	took       time.Duration   // 0: unknown
	at         time.Time
}

// parcel is one delivery of an event to a webhook.
type parcel struct {
	from time.Time // of the real clock: not before, unless its slip is due
	slip *sending
}

// sending is a delivery with what moves it.
type sending struct {
	id       string
	serial   int // in its id
	hook     *webhook
	event    *event
	state    DeliveryState
	nextAt   time.Time // as in Delivery
	attempts []DeliveryAttempt

	hurry   bool // it waits no longer
	counted int  // bytes of it that are counted, see WithKeepBytes
	gone    bool // is not kept any more
}

// deliveryState is how events get to webhooks, and what is on its way.
type deliveryState struct {
	carry  func(*webhook) // begins to deliver what waits for a webhook; nil: nothing is delivered
	secret string         // signs everything

	retries  int           // after the first try
	wait     time.Duration // before the first of them; it doubles
	patience time.Duration // with a receiver that does not answer
	delay    time.Duration
	copies   int // of each event; below 1 is 1
	shuffle  bool

	catchingUp bool // time goes on: events are caught, to be sorted
	caught     []*event

	lastSlip int           // deliveries so far
	moved    chan struct{} // is closed when something may be due that waits; nil: nobody waits for that
	underway int           // parcels that were neither delivered nor given up
	idle     chan struct{} // is closed when there are none; nil: nobody waits for that
}

// event is something that webhooks hear of.
type event struct {
	name   string
	at     time.Time
	about  string     // the message that it tells of, as in ChatMessage; "" for none
	takers []*webhook // that had subscribed when it happened
	body   []byte     // the exact bytes that are sent; nil: they have to be made of what follows

	sent *message // the send that it tells of, as it was then:
	sentAs
}

// sentAs is what changes of a send and is in its events.
type sentAs struct {
	content    sentContent
	externalID string
	errorCode  string
	errorText  string
}

// workspaceState is what belongs to no number, with the switches of Tenant.
type workspaceState struct {
	otherForms   bool           // see Tenant.OtherForms
	lateCodes    bool           // new numbers have no code at first
	scanAfter    *time.Duration // nil: nobody scans by themselves
	messageError string         // why links are not sent by WhatsApp
	denied       map[string]bool

	bin     []*number         // deleted numbers that can be restored
	places  int               // of all numbers that there ever were
	news    []json.RawMessage // see Tenant.NumberEvents
	signups map[string]*signup

	branding      brandingAnswer
	brandingSaved bool

	free   bool // the plan is FREE, otherwise ON_DEMAND
	slots  int  // numbers that the workspace pays for, or that are free
	noCard bool
	charge charge               // what becomes of a purchase
	pages  map[string]*checkout // by URL

	projects []projectAnswer
}

// brandingAnswer is the look of the page on which people connect numbers.
type brandingAnswer struct {
	LogoURL                 *string `json:"logoUrl"`
	PrimaryColor            *string `json:"primaryColor"`
	BackgroundColor         *string `json:"backgroundColor"`
	CompanyName             *string `json:"companyName"`
	Subtitle                *string `json:"subtitle"`
	SupportURL              *string `json:"supportUrl"`
	DefaultRedirectURL      *string `json:"defaultRedirectUrl"`
	HidePilotStatusBranding bool    `json:"hidePilotStatusBranding"`
}

// checkout is a page on which a person pays.
type checkout struct {
	slots int // bought with it, 0 for money or a card
	card  bool
}

// projectAnswer is a project. They are remains of an earlier API and do nothing.
type projectAnswer struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Slug        string  `json:"slug"`
	Description *string `json:"description"`
	CreatedAt   string  `json:"createdAt"`
}
