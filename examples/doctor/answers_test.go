package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
