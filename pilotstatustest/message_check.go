package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// sendRequest is the body of Messages.Send.
type sendRequest struct {
	DestinationNumber *string `json:"destinationNumber"`
	GroupID           *string `json:"groupId"`
	NewsletterID      *string `json:"newsletterId"`

	TemplateID       *string                    `json:"templateId"`
	Variables        map[string]json.RawMessage `json:"variables"`
	MarketingOptions *marketingOptions          `json:"marketingOptions"`
	Text             *string                    `json:"text"`
	Header           *sendHeader                `json:"header"`
	Footer           *string                    `json:"footer"`
	Buttons          []sendButton               `json:"buttons"`
	Media            *string                    `json:"media"`
	MediaType        *string                    `json:"mediaType"`
	Caption          *string                    `json:"caption"`
	List             *sendList                  `json:"list"`
	Carousel         *sendCarousel              `json:"carousel"`
	Flow             *sendFlow                  `json:"flow"`

	MarkRead     *bool      `json:"markRead"`
	Labels       []string   `json:"labels"`
	DeliverAt    *time.Time `json:"deliverAt"`
	DeliverUntil *time.Time `json:"deliverUntil"`
}

type marketingOptions struct {
	AIRewriteEnabled *bool `json:"aiRewriteEnabled"`
}

type sendHeader struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

type sendButton struct {
	Type        string `json:"type"`
	Label       string `json:"label"`
	URL         string `json:"url"`
	PhoneNumber string `json:"phoneNumber"`
	CopyCode    string `json:"copyCode"`
}

type sendList struct {
	ButtonText string        `json:"buttonText"`
	Sections   []sendSection `json:"sections"`
}

type sendSection struct {
	Title string    `json:"title"`
	Rows  []sendRow `json:"rows"`
}

type sendRow struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	RowID       string `json:"rowId"`
}

type sendCarousel struct {
	CardTemplate json.RawMessage `json:"cardTemplate"`
	Cards        []sendCard      `json:"cards"`
}

type sendCard struct {
	Media   map[string]string `json:"media"`
	Body    string            `json:"body"`
	Buttons []cardButton      `json:"buttons"`
}

type cardButton struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	URL     string `json:"url"`
	Payload string `json:"payload"`
}

type sendFlow struct {
	FlowID string                     `json:"flowId"`
	CTA    string                     `json:"cta"`
	Action string                     `json:"action"`
	Screen string                     `json:"screen"`
	Data   map[string]json.RawMessage `json:"data"`
	Mode   string                     `json:"mode"`
}

// check holds the request to what the reference states as a rule and returns its
// content mode.
func (in *sendRequest) check() (string, error) {
	if err := in.checkDestination(); err != nil {
		return "", err
	}
	mode, err := in.mode()
	if err != nil {
		return "", err
	}
	checks := map[string]func() error{
		modeTemplate: in.checkTemplate,
		modeText:     in.checkText,
		modeMedia:    in.checkMedia,
		modeList:     in.checkList,
		modeCarousel: in.checkCarousel,
		modeFlow:     in.checkFlow,
	}
	return mode, checks[mode]()
}

func (in *sendRequest) checkDestination() error {
	var given int
	for _, to := range []*string{in.DestinationNumber, in.GroupID, in.NewsletterID} {
		if to != nil {
			given++
		}
	}
	switch {
	case given != 1:
		return fmt.Errorf("%d destinations", given)
	case in.GroupID != nil && !isJID(*in.GroupID, "@g.us"):
		return errors.New("groupId does not end with @g.us")
	case in.NewsletterID != nil && !isJID(*in.NewsletterID, "@newsletter"):
		return errors.New("newsletterId does not end with @newsletter")
	case in.DestinationNumber != nil && !isPhone(*in.DestinationNumber) && !isUserID(*in.DestinationNumber):
		return errors.New("destinationNumber is neither a phone nor a user id")
	}
	return nil
}

// mode finds the one content mode. Text and media are modes of their own only
// when they do not belong to another one.
func (in *sendRequest) mode() (string, error) {
	var modes []string
	note := func(mode string, given bool) {
		if given {
			modes = append(modes, mode)
		}
	}
	note(modeTemplate, in.TemplateID != nil)
	note(modeList, in.List != nil)
	note(modeCarousel, in.Carousel != nil)
	note(modeFlow, in.Flow != nil)
	note(modeMedia, in.Media != nil && len(modes) == 0)
	note(modeText, in.Text != nil && len(modes) == 0)
	if len(modes) != 1 {
		return "", fmt.Errorf("content modes %v", modes)
	}
	return modes[0], nil
}

func (in *sendRequest) checkTemplate() error {
	switch {
	case blank(*in.TemplateID):
		return errors.New("templateId is blank")
	case in.Text != nil:
		return errors.New("text with templateId")
	case in.Media != nil:
		return in.checkMediaSource()
	}
	return nil
}

func (in *sendRequest) checkText() error {
	if blank(*in.Text) {
		return errors.New("text is blank")
	}
	if len(in.Buttons) > 3 {
		return fmt.Errorf("%d buttons", len(in.Buttons))
	}
	for i := range in.Buttons {
		if err := in.Buttons[i].check(); err != nil {
			return err
		}
	}
	if h := in.Header; h != nil {
		if !slices.Contains([]string{"text", "image", "video", "document"}, h.Type) || blank(h.Content) {
			return fmt.Errorf("header of type %q", h.Type)
		}
	}
	return nil
}

func (v *sendButton) check() error {
	target, ok := map[string]string{
		"reply": v.Label, "url": v.URL, "call": v.PhoneNumber, "copy": v.CopyCode,
	}[v.Type]
	if !ok {
		return unknownValue{"buttons.type", v.Type}
	}
	if blank(v.Label) || blank(target) {
		member := map[string]string{"url": "url", "call": "phoneNumber", "copy": "copyCode"}[v.Type]
		return fmt.Errorf("a button of type %q needs label%s", v.Type, strings.TrimSuffix(" and "+member, " and "))
	}
	return nil
}

func (in *sendRequest) checkMedia() error {
	if in.Text != nil {
		return errors.New("text with media")
	}
	if in.Caption != nil && !slices.Contains([]string{"image", "video", "document"}, value(in.MediaType)) {
		return fmt.Errorf("caption with %q", value(in.MediaType))
	}
	return in.checkMediaSource()
}

func (in *sendRequest) checkMediaSource() error {
	kinds := []string{"image", "video", "document", "audio", "voice", "sticker"}
	if !slices.Contains(kinds, value(in.MediaType)) {
		return unknownValue{"mediaType", value(in.MediaType)}
	}
	for _, prefix := range []string{"https://", "http://", "data:"} {
		if rest, ok := strings.CutPrefix(*in.Media, prefix); ok && rest != "" {
			return nil
		}
	}
	return errors.New("media is neither a URL nor a data URI")
}

// checkInteractive refuses what lists, carousels and flows exclude.
func (in *sendRequest) checkInteractive() error {
	if len(in.Buttons) > 0 || in.Header != nil || in.Media != nil {
		return errors.New("buttons, header or media with a list, carousel or flow")
	}
	return nil
}

func (in *sendRequest) checkList() error {
	if blank(value(in.Text)) || blank(in.List.ButtonText) || len(in.List.Sections) == 0 {
		return errors.New("a list needs text, buttonText and sections")
	}
	for _, section := range in.List.Sections {
		if len(section.Rows) == 0 {
			return errors.New("a section of the list has no rows")
		}
		for _, row := range section.Rows {
			if blank(row.Title) || blank(row.RowID) {
				return errors.New("a row of the list needs title and rowId")
			}
		}
	}
	return in.checkInteractive()
}

func (in *sendRequest) checkCarousel() error {
	if len(in.Carousel.Cards) == 0 {
		return errors.New("a carousel needs cards")
	}
	for _, card := range in.Carousel.Cards {
		if len(card.Media) == 0 {
			return errors.New("a card needs media")
		}
		for _, b := range card.Buttons {
			if b.Type != "QUICK_REPLY" && b.Type != "URL" || blank(b.Text) {
				return fmt.Errorf("card button of type %q", b.Type)
			}
		}
	}
	return in.checkInteractive()
}

func (in *sendRequest) checkFlow() error {
	if blank(in.Flow.FlowID) || blank(in.Flow.CTA) {
		return errors.New("a flow needs flowId and cta")
	}
	return in.checkInteractive()
}

// checkNumber refuses destinations that an official number cannot reach, or not now.
func (in *sendRequest) checkNumber(c *call, mode string) *failure {
	switch {
	case in.GroupID != nil:
		return c.state.refuseGroups(c.number)
	case in.NewsletterID != nil && c.number.official():
		return badRequest("NOT_SUPPORTED_FOR_META", "Not supported for official numbers")
	}
	return in.checkWindow(c, mode)
}

// contentOf is what a send shows, by a template that is nil unless it has one.
func (in *sendRequest) contentOf(n *number, t *template) sentContent {
	out := sentContent{kind: "text", text: cmp.Or(value(in.Text), value(in.Caption))}
	if t != nil {
		out.text = t.fill(in.Variables)
	}
	if in.Media != nil {
		out.kind = strings.Replace(value(in.MediaType), "voice", "audio", 1)
		out.media = &chatMedia{Provider: n.engine()}
		out.media.MimeType, out.media.URL = mediaSource(*in.Media)
	}
	return out
}

// contentOf is what a send shows by now. One whose template was deleted has no text.
func (s *state) contentOf(m *message) sentContent {
	content := m.content
	if m.Mode == modeTemplate && s.templateOf(m.number, m.Template) == nil {
		content.text = ""
	}
	return content
}

// mediaSource returns the type of a data URI, or else the URL.
func mediaSource(source string) (kind, url *string) {
	data, ok := strings.CutPrefix(source, "data:")
	if !ok {
		return nil, &source
	}
	head, _, _ := strings.Cut(data, ",")
	mediaType, _, _ := mime.ParseMediaType(strings.TrimSuffix(head, ";base64"))
	return nullable(strings.Clone(mediaType)), nil // not a part of a long text
}

// engine is what stands behind a number, as media rows name it.
func (n *number) engine() string {
	if n.official() {
		return providerMeta
	}
	return "EVO_GO"
}

const (
	outsideWindow = "META_OUTSIDE_24H_WINDOW"
	flowClosed    = "FLOW_WINDOW_CLOSED"
	noDestination = "INVALID_DESTINATION"
)

// checkWindow refuses a Flow that could not be delivered. Other content is accepted and
// fails later.
func (in *sendRequest) checkWindow(c *call, mode string) *failure {
	if mode != modeFlow || c.number.mayWrite(value(in.DestinationNumber), c.state.clock.now()) {
		return nil
	}
	return badRequest(flowClosed, "The 24-hour window is closed")
}

// undeliverable says why a message fails when it is to go out at a time, nil if it does
// not.
func (m *message) undeliverable(at time.Time) *messageFailure {
	phone := m.DestinationNumber
	switch {
	case phone != "" && !isUserID(phone) && !canExist(phone):
		return &messageFailure{noDestination, "The destination cannot be used"}
	case m.Mode == modeTemplate || m.number.mayWrite(phone, at):
		return nil
	case m.Mode == modeFlow:
		return &messageFailure{flowClosed, "The 24-hour window is closed"}
	}
	return &messageFailure{outsideWindow, "The contact did not write within the last 24 hours"}
}

// sentTemplate finds the template of a request and checks its variables. The refusal
// has no code: the reference names none for a send.
func (s *state) sentTemplate(n *number, in *sendRequest) (*template, *failure) {
	t := s.templateOf(n, *in.TemplateID)
	if t == nil || s.templates.refuseUnready && !t.approved() {
		return nil, refuse(http.StatusNotFound, "", "Template not found or without an approved version")
	}
	return t, t.checkVariables(in.Variables)
}
