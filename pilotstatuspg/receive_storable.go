package pilotstatuspg

import "github.com/pilotstatus/pilotstatus-go"

func storableEvent(event pilotstatus.Event) pilotstatus.Event { return event }

func withoutValues(err error) error { return err }
