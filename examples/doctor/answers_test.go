package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// Every form of every answer that the package knows is no difference.
func TestKnownAnswersAreNoDifference(t *testing.T) {
	t.Parallel()
	const answers = "../../testdata/answers/"
	fake := newFake(t)
	operations := examine(t.Context(), ofFake(fake), time.Now).operations
	compared := 0
	for _, o := range operations {
		files, err := filepath.Glob(answers + o.name + ".*json")
		require.NoError(t, err)
		for _, file := range files {
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			fake.Inject(pilotstatustest.Fault{Op: o.name, Body: string(body), Times: -1})
			r := examine(t.Context(), ofFake(fake), time.Now)
			fake.ClearFaults()
			compared++
			for _, f := range r.findings {
				assert.False(t, f.severity == differs && f.where == o.name, "%s: %s", file, f.text)
			}
		}
	}
	assert.Greater(t, compared, 60)
}

// The second forms of answers, which sources describe too, are no differences either.
func TestSecondForms(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	tenant := fake.Tenant()
	for _, second := range []func(bool){
		tenant.OtherForms, tenant.WrapLists, tenant.BareReferrals, tenant.PlainTemplateBodies, tenant.HideDelivered,
		tenant.SparseCalls, tenant.TextPayloads, tenant.WithholdInbox,
	} {
		second(true)
	}
	fake.Number("num_2").SetPIIMode("RELAY_ONLY", 0)
	r := examine(t.Context(), ofFake(fake), time.Now)
	assert.Empty(t, r.findings, r.String())
}

// cutting breaks off the answers of an operation, as a connection does that ends too early.
type cutting struct{ path string }

// RoundTrip implements http.RoundTripper.
func (c cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, c.path) {
		resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 10), iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
	return resp, err
}

// An answer that breaks off on its way is a failure of the way and no difference.
func TestAnswerBreaksOff(t *testing.T) {
	t.Parallel()
	p := ofFake(newFake(t))
	p.base = cutting{"/templates"}
	r := examine(t.Context(), p, time.Now)
	assert.Contains(t, r.findings, finding{unanswered, "Templates.List", "the answer broke off on its way"})
	for _, f := range r.findings {
		assert.NotEqual(t, differs, f.severity, f.text)
	}
	assert.Equal(t, 1, r.exitCode())
}

// A member that the reference does not have is found in every answer with an object.
func TestUnknownMembersEverywhere(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	fake.Tenant().UnknownFields(true)
	r := examine(t.Context(), ofFake(fake), time.Now)
	for _, o := range r.operations {
		if o.name == checkKey || o.rows == "0" {
			continue
		}
		assert.True(t, slices.ContainsFunc(r.findings, func(f finding) bool {
			return f.where == o.name && strings.HasSuffix(f.text, ".fieldOfTomorrow: unknown member (an object)")
		}), o.name)
	}
}
