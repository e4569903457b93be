package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lookFolder names the folder that the pictures are written to, to be looked at beside the
// reference. Without it only that nothing is wider than the screen is tested.
const lookFolder = "BROWSERTEST_LOOK"

// offTop says by how much the page itself can be scrolled, and is: only its panes should be.
const offTop = `(() => { const d = document.scrollingElement; return d.scrollHeight > innerHeight || d.scrollTop ?
	"the page is " + d.scrollHeight + " px of " + innerHeight + ", scrolled by " + d.scrollTop : "" })()`

// Nothing is wider than the screen, down to 320 px, on any view.
func TestLook(t *testing.T) {
	t.Parallel()
	s := newService(t)
	w := newWorld(t, plain, "-webhook", s.url)
	b := open(t, w.URL, "start")
	b.dark(false)
	folder := os.Getenv(lookFolder)
	if folder != "" {
		require.NoError(t, os.MkdirAll(folder, 0o755))
	}
	for _, v := range w.views() {
		b.visit(v.address)
		b.settled()
		for _, width := range []int64{320, 390, 1280} {
			b.size(width, 800)
			wide := eval[[]string](b, `document.documentElement.scrollWidth <= innerWidth ? [] :
				[...document.querySelectorAll("body *")].filter((el) => el.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map((el) => el.outerHTML.slice(0, 150))`)
			assert.Empty(t, wide, "%s is wider than %d px", v.name, width)
			assert.Empty(t, eval[string](b, offTop), "%s at %d px", v.name, width)
			if folder == "" || width == 320 {
				continue
			}
			for _, dark := range []bool{false, true} {
				b.dark(dark)
				b.picture(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", v.name, width, map[bool]string{false: "light", true: "dark"}[dark])))
			}
			b.dark(false)
		}
	}
}

func (b *tab) picture(file string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(file, png, 0o644))
}
