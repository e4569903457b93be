package emulator

// Config says how an emulator is. The zero value of each field is its default.
type Config struct {
	URL     string // where it is reached, such as http://127.0.0.1:4010, without a slash at its end
	OpenAPI []byte // the description of the JSON API, to be served

	Webhooks  []string // URLs that the events of every number of the default tenant go to
	DeliverTo []string // hosts beside loopback that deliveries may go to
	Keep      int      // messages of a tenant; 0 is all
	KeepBytes int      // of the messages of a tenant; 0 is all
	Seed      []byte   // what the default tenant begins with, see the snapshot of the JSON API; nil: two numbers

	Fixed       bool    // the keys and the secret of the default tenant are always the same
	IDs         *uint64 // seed of the ids; nil: they are random
	ManualTicks bool    // messages of the default tenant do not move by themselves

	Hosts       []string // names that a request may have in Host; .example.com is all names below it
	CORSOrigins []string // origins such as http://localhost:5173 that may use everything

	// Notice is told of each refused request and each delivery that was given up, one call
	// after the other, and some are left out where there are many; nil: nobody is.
	Notice func(text string)

	Streams int // event streams at once; 0 is 64
	Waits   int // of the JSON API at once; 0 is 1024
	Tenants int // at once, beside the default one; 0 is 256
}

const (
	defaultStreams = 64
	defaultWaits   = 1024
	defaultTenants = 256
)
