package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tab is a tab of the browser.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string // address of the page, with a slash at its end

	mu      sync.Mutex
	wrong   []string
	excused bool // requests that fail or are refused are no complaint
}

// open opens a view in a tab of a browser that remembers nothing.
func open(t *testing.T, base, view string) *tab {
	t.Helper()
	return newTab(t, browser, base, view, chromedp.WithNewBrowserContext())
}

// beside opens a view in another tab of the same browser.
func (b *tab) beside(view string) *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx, b.base, view)
}

func newTab(t *testing.T, parent context.Context, base, view string, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := newBlank(t, parent, base, options...)
	b.visit(view)
	return b
}

// newBlank makes a tab that shows nothing yet.
func newBlank(t *testing.T, parent context.Context, base string, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(parent, options...)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx, base: strings.TrimSuffix(base, "/") + "/"}
	require.NoError(t, chromedp.Do(ctx))
	require.NoError(t, chromedp.Listen(ctx, b.heard))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		assert.Empty(t, b.wrong, "what the browser complained about")
	})
	b.size(1280, 800)
	return b
}

// heard notes errors of scripts, violations of the policy and dialogs.
func (b *tab) heard(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, exception(e.ExceptionDetails))
	case *log.EventEntryAdded:
		failed := e.Entry.Source == "network" || strings.Contains(e.Entry.Text, "blocked by CORS policy")
		if e.Entry.Level == "error" && (!failed || !b.excused) {
			b.wrong = append(b.wrong, e.Entry.Text+" "+e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		b.wrong = append(b.wrong, "a dialog: "+e.Message)
		go func() { _ = chromedp.Do(b.ctx, chromedp.Func(closeDialog)) }()
	}
}

// excuse says that requests will fail or be refused, or no longer.
func (b *tab) excuse(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.excused = on
}

// do runs steps, each of which has a limit.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, step := range steps {
		ctx, stop := context.WithTimeout(b.ctx, patience)
		err := chromedp.Do(ctx, step)
		stop()
		require.NoError(b.t, err, b.where())
	}
}

func (b *tab) visit(view string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + view))
	b.ready()
}

// ready waits until the scripts of the page run and it is live.
func (b *tab) ready() {
	b.t.Helper()
	b.wait(`document.querySelector("#live .live:not(.not)")?.textContent === "live"`)
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// dark has the browser prefer a dark page, or a light one.
func (b *tab) dark(on bool) {
	b.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // colors are at once what they become
		},
	})
	require.NoError(b.t, err)
}

// is evaluates an expression, which may fail while the page changes.
func (b *tab) is(js string) bool {
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+js+")"))
	return err == nil && ok
}

// wait waits until an expression is true.
func (b *tab) wait(js string, args ...any) {
	b.t.Helper()
	if len(args) > 0 {
		js = fmt.Sprintf(js, quoteAll(args)...)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !b.is(js) {
		select {
		case <-tick.C:
		case <-late:
			require.Fail(b.t, "it did not come true: "+js, b.where())
		}
	}
}

func quoteAll(args []any) []any {
	out := make([]any, len(args))
	for i, one := range args {
		data, err := json.Marshal(one)
		if err != nil {
			return []any{err}
		}
		out[i] = string(data)
	}
	return out
}

// where says what a failure needs.
func (b *tab) where() string {
	ctx, stop := context.WithTimeout(b.ctx, 5*time.Second)
	defer stop()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.activeElement?.outerHTML ?? "").slice(0, 200) + "\n" + document.body.innerText.slice(0, 1500)`))
	if err != nil {
		return err.Error()
	}
	return text
}

func eval[T any](b *tab, js string, args ...any) T {
	b.t.Helper()
	if len(args) > 0 {
		js = fmt.Sprintf(js, quoteAll(args)...)
	}
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, js)
	return out
}

// shows waits until the page has an element in which there is a text.
func (b *tab) shows(selector, text string) {
	b.t.Helper()
	b.wait(`[...document.querySelectorAll(%s)].some((el) => el.innerText.includes(%s))`, selector, text)
}

// lacks waits until no element is left.
func (b *tab) lacks(selector string) {
	b.t.Helper()
	b.wait(`!document.querySelector(%s)`, selector)
}

// write types into a field in place of what is there.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.wait(`document.querySelector(%s)`, selector)
	b.do(chromedp.Focus(chromedp.CSS(selector)))
	eval[bool](b, `(() => { document.querySelector(%s).select(); return true })()`, selector)
	b.do(chromedp.KeyEvent(text))
}

// at waits until the address is that of a view, whatever the order of its parameters.
func (b *tab) at(view string) {
	b.t.Helper()
	u, err := url.Parse(b.base + view)
	require.NoError(b.t, err)
	b.wait(`(() => { const a = new URL(location.href), w = new URL(%s); a.searchParams.sort(); w.searchParams.sort();
		return a.origin + a.pathname + "?" + a.searchParams === w.origin + w.pathname + "?" + w.searchParams })()`, u.String())
	name, _, _ := strings.Cut(view, "?")
	b.wait(`document.body.dataset.view === %s`, name)
}

func closeDialog(ctx context.Context, _ *chromedp.Target) error {
	_, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
	return err
}

// mark marks the page, so that marked says whether it is still the same one, not loaded anew.
var mark = chromedp.Evaluate[chromedp.Void](`window.marked = true`)

const marked = `window.marked`

func exception(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	return e.Text
}

func addScript(ctx context.Context, source string) error {
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
	return err
}
