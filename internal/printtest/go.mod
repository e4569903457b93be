module github.com/pilotstatus/pilotstatus-go/internal/printtest

go 1.26

replace github.com/pilotstatus/pilotstatus-go => ../..

require (
	github.com/davecgh/go-spew v1.1.1
	github.com/google/go-cmp v0.7.0
	github.com/kr/pretty v0.3.1
	github.com/pilotstatus/pilotstatus-go v0.0.0-00010101000000-000000000000
	github.com/sanity-io/litter v1.5.8
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/kr/text v0.2.0 // indirect
	github.com/rogpeppe/go-internal v1.9.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
