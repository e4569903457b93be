package browsertest

import (
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// under is where an element can be pointed at; null while it is not there, moves, is covered
// or takes no click.
const under = `(async (at) => {
	const place = () => document.querySelector(at)?.getClientRects()[0];
	document.querySelector(at)?.scrollIntoViewIfNeeded();
	const before = place();
	await new Promise((done) => setTimeout(done, 20));
	const [el, now] = [document.querySelector(at), place()];
	if (!before || !now || el.disabled || before.x !== now.x || before.y !== now.y) return null;
	const [x, y] = [now.x + now.width / 2, now.y + now.height / 2];
	return document.elementFromPoint(x, y)?.closest(at) === el ? [x, y] : null;
})(%s)`

// point moves the mouse to an element, as soon as that stays where it is.
func (b *tab) point(selector string) (x, y float64) {
	b.t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); {
		at := eval[[]float64](b, under, selector)
		if at == nil {
			continue
		}
		b.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
		if now := eval[[]float64](b, under, selector); now != nil && now[0] == at[0] && now[1] == at[1] {
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
