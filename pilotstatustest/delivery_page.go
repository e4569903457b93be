package pilotstatustest

import "time"

// Delivery is an event on its way to a webhook, see [Server.FindDeliveries].
type Delivery struct {
	ID        string
	WebhookID string
	NumberID  string
	MessageID string // that the event tells of, as in ChatMessage; "" for none
	Event     string
	Body      []byte // do not change it
	State     DeliveryState
	CreatedAt time.Time // when it happened

	// NextAt is when a waiting one is tried, by the clock of the server; it is zero for
	// any other and while it is tried.
	NextAt   time.Time
	Attempts []DeliveryAttempt
}

// DeliveryState is what has become of a delivery.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting  DeliveryState = "waiting"  // for its first try or the next one
	DeliveryAccepted DeliveryState = "accepted" // answered with 2xx
	DeliveryGivenUp  DeliveryState = "given up" // after its last try, or because the webhook went
	DeliveryDropped  DeliveryState = "dropped"  // untried, because too many waited, see WithKeep
)

// DeliveryAttempt is one request to a webhook.
type DeliveryAttempt struct {
	URL       string
	Signature string // of the body; "" was not sent
	At        time.Time
	Took      time.Duration // real time; 0 where no answer came
	Status    int           // 0: no answer came
	Answer    string        // body of the answer, 64 KiB at most
	Error     string        // why no answer came
	ByHand    bool          // sent again by hand, see Server.Redeliver
}

// DeliveryQuery chooses deliveries. What is zero chooses nothing.
type DeliveryQuery struct {
	WebhookID string
	NumberID  string
	MessageID string
	Event     string
	State     DeliveryState
	Failed    bool // the last try was not answered with 2xx

	Before string // ID: only older ones
	Limit  int    // of the page; 0 is 50
}

// DeliveryPage is the newest deliveries that a query chooses, the newest first, all from
// one moment.
type DeliveryPage struct {
	Deliveries []Delivery
	Total      int // that the query chooses, whatever Before and Limit
	Waiting    int // of all webhooks
	More       bool
	Dropped    int // deliveries of the server that WithKeep dropped so far
	Seq        int64
}
