package main

import (
	"net/http"
	"os"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// plan is what to examine.
type plan struct {
	visits []visit
	base   http.RoundTripper // under the tape
}

// visit is one key to examine. One of the two constructors is set.
type visit struct {
	name, variable string
	number         func(...pilotstatus.Option) (*pilotstatus.NumberClient, error)
	tenant         func(...pilotstatus.Option) (*pilotstatus.TenantClient, error)
}

const (
	numberKey      = "number key"
	tenantKey      = "tenant key"
	numberVariable = "PILOT_STATUS_API_KEY"
	tenantVariable = "PILOT_STATUS_TENANT_API_KEY"
)

// fromEnvironment plans a visit for each key that the environment has.
func fromEnvironment() plan {
	p := plan{base: http.DefaultTransport}
	if isSet(numberVariable) {
		p.visits = append(p.visits, visit{name: numberKey, variable: numberVariable, number: pilotstatus.NumberClientFromEnv})
	}
	if isSet(tenantVariable) {
		p.visits = append(p.visits, visit{name: tenantKey, variable: tenantVariable, tenant: pilotstatus.TenantClientFromEnv})
	}
	return p
}

// isSet reports whether a key or its id is there.
func isSet(variable string) bool { return os.Getenv(variable) != "" || os.Getenv(variable+"_ID") != "" }

// withKeys plans a visit with each key, at another base URL.
func withKeys(baseURL, number, tenant string) plan {
	p := plan{base: http.DefaultTransport}
	at := func(opts []pilotstatus.Option) []pilotstatus.Option {
		quick := pilotstatus.RetryPolicy{MaxRetries: 1, MinWait: time.Millisecond, MaxWait: time.Millisecond}
		return append([]pilotstatus.Option{pilotstatus.WithBaseURL(baseURL), pilotstatus.WithRetry(quick)}, opts...)
	}
	if number != "" {
		p.visits = append(p.visits, visit{name: numberKey, variable: numberVariable,
			number: func(opts ...pilotstatus.Option) (*pilotstatus.NumberClient, error) {
				return pilotstatus.NewNumberClient(pilotstatus.APIKey(number), at(opts)...)
			}})
	}
	if tenant != "" {
		p.visits = append(p.visits, visit{name: tenantKey, variable: tenantVariable,
			tenant: func(opts ...pilotstatus.Option) (*pilotstatus.TenantClient, error) {
				return pilotstatus.NewTenantClient(pilotstatus.APIKey(tenant), at(opts)...)
			}})
	}
	return p
}
