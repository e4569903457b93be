package emulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	noticeWindow = time.Second
	maxNotices   = 20 // in a window
)

// notices tells of refused requests and of deliveries that were given up. It is bounded: a
// test of load does not fill the terminal.
type notices struct {
	tell    func(text string) // nil: nobody wants to know
	readers sync.WaitGroup

	mu      sync.Mutex
	began   time.Time // of the window
	told    int       // in the window
	skipped int       // since the last one that was told
}

// follow tells of a tenant until it ends. base is the address of its page.
func (n *notices) follow(engine *pilotstatustest.Server, base string) {
	if n.tell == nil {
		return
	}
	r := &reader{notices: n, engine: engine, base: base}
	n.readers.Go(func() {
		for after, open := int64(0), true; open; {
			after, open = r.read(after)
		}
	})
}

// reader reads the changes of a tenant.
type reader struct {
	*notices

	engine *pilotstatustest.Server
	base   string
	drops  bool // it was told that events are dropped
}

// read reads changes until some are lost, and returns where to go on, or until the engine
// is closed.
func (r *reader) read(after int64) (next int64, open bool) {
	for c, err := range r.engine.WatchFrom(context.Background(), after) {
		if lost, ok := errors.AsType[*pilotstatustest.WatchGapError](err); ok {
			return lost.Newest, true
		}
		if err != nil {
			break
		}
		if text := noticeOf(r.engine, c, r.base); text != "" {
			r.say(text)
		}
		if c.Kind == pilotstatustest.ChangeDelivery && !r.drops && r.engine.Lost().Undelivered > 0 {
			r.drops = true
			r.say("events are dropped that a receiver never gets, because it is slow, see " + r.base + "deliveries")
		}
	}
	return 0, false
}

// noticeOf is what to say of a change, "" for nothing. What a fault broke was to break.
func noticeOf(engine *pilotstatustest.Server, c pilotstatustest.Change, base string) string {
	switch c.Kind {
	case pilotstatustest.ChangeRequest:
		r, err := engine.Request(c.ID)
		if err == nil && r.Status >= http.StatusBadRequest && r.FaultID == "" {
			return fmt.Sprintf("%d %s %s: %s, see %srequests?request=%s",
				r.Status, r.Method, bare(r.Path), unnamed(cmp.Or(r.Refusal, http.StatusText(r.Status))), base, r.ID)
		}
	case pilotstatustest.ChangeDelivery:
		if engine.DeliveryState(c.ID) != pilotstatustest.DeliveryGivenUp {
			return ""
		}
		d, err := engine.Delivery(c.ID)
		if err != nil || len(d.Attempts) == 0 {
			return ""
		}
		last := d.Attempts[len(d.Attempts)-1]
		why := fmt.Sprintf("the last answer was %d", last.Status)
		if last.Status == 0 {
			why = last.Error
		}
		return fmt.Sprintf("%s to %s was given up: %s, see %sdeliveries?delivery=%s", d.Event, BareURL(last.URL), why, base, d.ID)
	}
	return ""
}

// BareURL is an address without what may be a secret: user, password and query.
func BareURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an odd address"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// bare is a path without what may be a phone or a token: words alone.
func bare(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if s != "v1" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") != "" {
			segments[i] = "…"
		}
	}
	return strings.Join(segments, "/")
}

// unnamed is a text without phones and without the values that it quotes: the page has them.
func unnamed(text string) string {
	text = regexp.MustCompile(`"(\\.|[^"\\])*"`).ReplaceAllString(text, `"…"`)
	return regexp.MustCompile(`\+?\d[\d ().-]{6,}\d`).ReplaceAllString(text, "…")
}

// say tells what still fits into the window.
func (n *notices) say(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); now.Sub(n.began) > noticeWindow {
		n.began, n.told = now, 0
	}
	if n.told == maxNotices {
		n.skipped++
		return
	}
	n.told++
	if n.skipped > 0 {
		n.tell(fmt.Sprintf("%d more requests or deliveries failed", n.skipped))
		n.skipped = 0
	}
	n.tell(text)
}
