package browsertest

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// axe is where bash .ci/test-modules puts axe-core.
const axe = "../../../.tools/axe-core/axe.min.js"

// findings are what axe-core says is serious or critical, by all of its rules.
const findings = `axe.run(document, {resultTypes: ["violations"]}).then((all) => all.violations
	.filter((one) => one.impact === "serious" || one.impact === "critical")
	.flatMap((one) => one.nodes.map((node) => one.id + ": " + node.html.slice(0, 200) + " " + node.failureSummary)))`

// axe-core finds nothing serious on any view, in light and dark, on a screen and a phone.
func TestAxe(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(axe)
	require.NoError(t, err, "this test needs axe-core: bash .ci/test-modules brings it")
	s := newService(t)
	w := newWorld(t, plain, "-webhook", s.url)
	b := open(t, w.URL, "start")
	for _, v := range w.views() {
		b.visit(v.address)
		b.settled()
		b.do(chromedp.Evaluate[chromedp.Void](string(source)))
		for _, width := range []int64{1280, 390} {
			b.size(width, 800)
			for _, dark := range []bool{false, true} {
				b.dark(dark)
				assert.Empty(t, eval[[]string](b, findings), "%s, %d px, dark: %t", v.name, width, dark)
			}
		}
	}
}
