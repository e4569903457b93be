package pilotstatustest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

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

func isJID(text, suffix string) bool {
	return len(text) > len(suffix) && strings.HasSuffix(text, suffix)
}

// isPhone takes E.164, also without the plus: 8 to 15 digits.
func isPhone(text string) bool {
	digits := strings.TrimPrefix(text, "+")
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// isUserID takes the durable id of a contact, such as BR.900100200300 or 900100200300@lid.
func isUserID(text string) bool {
	if lid, ok := strings.CutSuffix(text, "@lid"); ok {
		return lid != "" && strings.Trim(lid, "0123456789") == ""
	}
	country, id, ok := strings.Cut(text, ".")
	return ok && len(country) == 2 && id != "" && !strings.ContainsAny(text, " \t\r\n") &&
		strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// mode finds the one content mode. Text and media are modes of their own only
// when they do not belong to another one.
func (in *sendRequest) mode() (string, error) {
	var modes []string
	for _, mode := range []struct {
		name  string
		given bool
	}{
		{modeTemplate, in.TemplateID != nil},
		{modeList, in.List != nil},
		{modeCarousel, in.Carousel != nil},
		{modeFlow, in.Flow != nil},
	} {
		if mode.given {
			modes = append(modes, mode.name)
		}
	}
	if len(modes) == 0 && in.Media != nil {
		modes = append(modes, modeMedia)
	}
	if len(modes) == 0 && in.Text != nil {
		modes = append(modes, modeText)
	}
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
	if !ok || blank(v.Label) || blank(target) {
		return fmt.Errorf("button of type %q", v.Type)
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
		return fmt.Errorf("mediaType %q", value(in.MediaType))
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
		return &failure{status: http.StatusBadRequest, code: "NOT_SUPPORTED_FOR_META", text: "Not supported for official numbers"}
	}
	return in.checkWindow(c, mode)
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }
