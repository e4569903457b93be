package browsertest

import (
	"slices"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// under is where an element can be pointed at; null while it is not there, is covered or
// takes no click. It needs no timer: pages whose scripts are switched off have none.
const under = `((at) => {
	const el = document.querySelector(at);
	el?.scrollIntoViewIfNeeded();
	const place = el?.getClientRects()[0];
	if (!place || el.disabled) return null;
	const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
	return document.elementFromPoint(x, y)?.closest(at) === el ? [x, y] : null;
})(%s)`

// still is how long an element must stay in its place.
const still = 20 * time.Millisecond

// point moves the mouse to an element, as soon as that stays where it is.
func (b *tab) point(selector string) (x, y float64) {
	b.t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); {
		at := eval[[]float64](b, under, selector)
		time.Sleep(still)
		if at == nil || !slices.Equal(at, eval[[]float64](b, under, selector)) {
			continue
		}
		b.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
		if slices.Equal(at, eval[[]float64](b, under, selector)) {
			return at[0], at[1]
		}
	}
	require.Fail(b.t, "it cannot be clicked: "+selector, b.where())
	return 0, 0
}

// click clicks with the mouse, which then leaves for a place where it disturbs nothing.
func (b *tab) click(selector string) {
	b.t.Helper()
	x, y := b.point(selector)
	b.do(chromedp.MouseClickXY(x, y), chromedp.MouseEvent("mouseMoved", 2, 2))
}
