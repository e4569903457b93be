package browsertest

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Keys beside those that are a character.
const (
	enter  = "Enter"
	escape = "Escape"
	down   = "ArrowDown"
	up     = "ArrowUp"
	forth  = "Tab"
	home   = "Home"
	end    = "End"

	shiftEnter = "Shift+Enter"
)

// press presses keys as a keyboard does: what the page prevents has no other effect.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		p := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: key, Text: key}
		switch key {
		case enter:
			p.Text, p.WindowsVirtualKeyCode = "\r", 13
		case escape:
			p.Text, p.WindowsVirtualKeyCode = "", 27
		case down:
			p.Text, p.WindowsVirtualKeyCode = "", 40
		case up:
			p.Text, p.WindowsVirtualKeyCode = "", 38
		case forth:
			p.Text, p.WindowsVirtualKeyCode = "", 9
		case home:
			p.Text, p.WindowsVirtualKeyCode = "", 36
		case end:
			p.Text, p.WindowsVirtualKeyCode = "", 35
		case shiftEnter:
			p.Key, p.Code, p.Text, p.WindowsVirtualKeyCode, p.Modifiers = enter, enter, "\r", 13, 8
		}
		b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error { return strike(ctx, p) }))
	}
}

func strike(ctx context.Context, p input.DispatchKeyEventParams) error {
	if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, p); err != nil {
		return err
	}
	p.Type, p.Text = input.DispatchKeyEventTypeKeyUp, ""
	_, err := chromedp.Call(ctx, input.DispatchKeyEvent, p)
	return err
}

// typed presses the keys of a text.
func (b *tab) typed(text string) {
	b.t.Helper()
	b.press(strings.Split(text, "")...)
}

// tabTo presses Tab until an element has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 150 {
		b.press(forth)
		if b.is(`document.activeElement.matches(` + quoteAll([]any{selector})[0].(string) + `)`) {
			return
		}
	}
	require.Fail(b.t, "Tab never reaches "+selector)
}

// focused waits until an element has the focus.
func (b *tab) focused(selector string) {
	b.t.Helper()
	b.wait(`document.activeElement?.matches(%s)`, selector)
}
