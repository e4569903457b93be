package pilotstatus

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// shaper is a value that prints and logs its shape only. The shape holds no text, name,
// phone number or key.
type shaper interface{ shape() []slog.Attr }

// shapeText returns a shape on one line, as in "kind=text body=12".
func shapeText(s shaper) string {
	var b strings.Builder
	for i, attr := range s.shape() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(attr.String())
	}
	return b.String()
}

func shapeOf(kind string, attrs ...slog.Attr) []slog.Attr {
	return append([]slog.Attr{slog.String("kind", kind)}, attrs...)
}

// knownType returns t if it is a documented kind of media, so that a caller's own text is
// not printed.
func knownType(t MediaType) string {
	switch t {
	case MediaTypeImage, MediaTypeVideo, MediaTypeDocument, MediaTypeAudio, MediaTypeVoice, MediaTypeSticker:
		return string(t)
	}
	return "other"
}

func (c TextContent) shape() []slog.Attr {
	return shapeOf(kindText, slog.Int("body", len(c.Body)), slog.Int("buttons", len(c.Buttons)),
		slog.Bool("header", c.Header != nil), slog.Int("footer", len(c.Footer)))
}

func (c TemplateContent) shape() []slog.Attr {
	return shapeOf(kindTemplate, slog.Int("variables", len(c.Variables)), slog.Bool("media", c.Media != nil))
}

func (c MediaContent) shape() []slog.Attr {
	return shapeOf(kindMedia, slog.String("type", knownType(c.Type)),
		slog.Int("source", len(c.Source)), slog.Int("caption", len(c.Caption)))
}

func (c ListContent) shape() []slog.Attr {
	rows := 0
	for _, section := range c.Sections {
		rows += len(section.Rows)
	}
	return shapeOf(kindList, slog.Int("body", len(c.Body)), slog.Int("sections", len(c.Sections)), slog.Int("rows", rows))
}

func (c CarouselContent) shape() []slog.Attr {
	return shapeOf(kindCarousel, slog.Int("body", len(c.Body)), slog.Int("cards", len(c.Cards)))
}

func (c FlowContent) shape() []slog.Attr {
	return shapeOf(kindFlow, slog.Int("body", len(c.Body)), slog.Int("data", len(c.Data)))
}

func (r SendRequest) shape() []slog.Attr {
	content := slog.String("content", "none")
	if s, ok := r.Content.(shaper); ok && reflect.ValueOf(r.Content).Kind() == reflect.Struct {
		content = slog.Attr{Key: "content", Value: slog.GroupValue(s.shape()...)}
	}
	to := string(r.To.kind)
	if !r.To.kind.isKnown() {
		to = "none"
	}
	return []slog.Attr{
		slog.String("to", to), content,
		slog.Bool("key", r.IdempotencyKey != ""), slog.Bool("scheduled", !r.DeliverAt.IsZero()),
		slog.Int("labels", len(r.Labels)), slog.Int("extra", len(r.Extra)),
	}
}

// String returns the shape of the request: kinds, lengths in bytes and counts.
func (r SendRequest) String() string { return shapeText(r) }

// Format writes String, whatever the verb.
func (r SendRequest) Format(f fmt.State, _ rune) { printText(f, r.String()) }

// GoString returns String.
func (r SendRequest) GoString() string { return r.String() }

// LogValue returns the shape of the request: kinds, lengths in bytes and counts.
func (r SendRequest) LogValue() slog.Value { return slog.GroupValue(r.shape()...) }

// String returns the shape of the content: its kind, lengths in bytes and counts.
func (c TextContent) String() string { return shapeText(c) }

// Format writes String, whatever the verb.
func (c TextContent) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// GoString returns String.
func (c TextContent) GoString() string { return c.String() }

// LogValue returns the shape of the content.
func (c TextContent) LogValue() slog.Value { return slog.GroupValue(c.shape()...) }

// String returns the shape of the content: its kind and counts.
func (c TemplateContent) String() string { return shapeText(c) }

// Format writes String, whatever the verb.
func (c TemplateContent) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// GoString returns String.
func (c TemplateContent) GoString() string { return c.String() }

// LogValue returns the shape of the content.
func (c TemplateContent) LogValue() slog.Value { return slog.GroupValue(c.shape()...) }

// String returns the shape of the content: its kind, type and lengths in bytes.
func (c MediaContent) String() string { return shapeText(c) }

// Format writes String, whatever the verb.
func (c MediaContent) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// GoString returns String.
func (c MediaContent) GoString() string { return c.String() }

// LogValue returns the shape of the content.
func (c MediaContent) LogValue() slog.Value { return slog.GroupValue(c.shape()...) }

// String returns the shape of the content: its kind, lengths in bytes and counts.
func (c ListContent) String() string { return shapeText(c) }

// Format writes String, whatever the verb.
func (c ListContent) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// GoString returns String.
func (c ListContent) GoString() string { return c.String() }

// LogValue returns the shape of the content.
func (c ListContent) LogValue() slog.Value { return slog.GroupValue(c.shape()...) }

// String returns the shape of the content: its kind, lengths in bytes and counts.
func (c CarouselContent) String() string { return shapeText(c) }

// Format writes String, whatever the verb.
func (c CarouselContent) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// GoString returns String.
func (c CarouselContent) GoString() string { return c.String() }

// LogValue returns the shape of the content.
func (c CarouselContent) LogValue() slog.Value { return slog.GroupValue(c.shape()...) }

// String returns the shape of the content: its kind, lengths in bytes and counts.
func (c FlowContent) String() string { return shapeText(c) }

// Format writes String, whatever the verb.
func (c FlowContent) Format(f fmt.State, _ rune) { printText(f, c.String()) }

// GoString returns String.
func (c FlowContent) GoString() string { return c.String() }

// LogValue returns the shape of the content.
func (c FlowContent) LogValue() slog.Value { return slog.GroupValue(c.shape()...) }
