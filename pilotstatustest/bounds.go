package pilotstatustest

// How many there can be in a workspace that is not a test's, and in a snapshot.
const (
	maxNumbers   = 1000
	maxContacts  = 10_000 // of all numbers
	maxTemplates = 1000
	maxWebhooks  = 1000
)
