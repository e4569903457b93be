package pilotstatustest

import (
	"context"
	"net/http"
	"time"
)

const (
	// bodyTimeout is how long a client has for the whole body of a request.
	bodyTimeout = 30 * time.Second
	// answerTimeout is how long a client has to read the answer.
	answerTimeout = 2 * time.Minute
)

// line is the connection of one request. Neither a client that sends slowly nor one that
// does not read holds it for longer than the server lives, or for ever. What has no
// deadlines, such as the recorder of a test, is as it is.
type line struct {
	*http.ResponseController

	life   context.Context //nolint:containedctx // of the server
	broken func() bool     // waits for what breaks the line off at the end of the life
}

func (s *Server) lineOf(w http.ResponseWriter) *line {
	l := &line{ResponseController: http.NewResponseController(w), life: s.life}
	ended := make(chan struct{})
	stop := context.AfterFunc(s.life, func() {
		defer close(ended)
		l.breakOff()
	})
	l.broken = func() bool {
		if stop() {
			return false
		}
		<-ended
		return true
	}
	return l
}

func (l *line) breakOff() {
	past := time.Unix(1, 0)
	_ = l.SetReadDeadline(past)
	_ = l.SetWriteDeadline(past)
}

// boundBody bounds the time of a body. net/http ends the bound with the body.
func (l *line) boundBody(r *http.Request) {
	if r.ContentLength != 0 {
		_ = l.SetReadDeadline(time.Now().Add(bodyTimeout))
	}
	l.keepEnd()
}

func (l *line) boundAnswer() {
	_ = l.SetWriteDeadline(time.Now().Add(answerTimeout))
	l.keepEnd()
}

// keepEnd breaks the line off where the life has ended, which a later deadline has undone.
func (l *line) keepEnd() {
	if l.life.Err() != nil {
		l.breakOff()
	}
}

// letGo gives the connection to the next request, which bounds its answer by itself.
func (l *line) letGo() {
	if !l.broken() {
		_ = l.SetWriteDeadline(time.Time{})
	}
}
