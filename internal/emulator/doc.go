// Package emulator is the page and the JSON API of the command pilotstatus-emulator, on
// the engine of package pilotstatustest.
//
// An [Emulator] holds tenants: each is a [pilotstatustest.Server] with its own keys,
// numbers, faults and clock. The key of a request to the API that is emulated says which
// of them answers. The JSON API lies below /emulator/v1/, for the default tenant, and
// below /emulator/v1/tenants/{tenant}/ for any other. Everything else is the page.
package emulator
