package emulator

import (
	"cmp"
	"net/url"
	"slices"
	"time"
)

func (v *visit) customerCurls(c *chatPane) customerCurls {
	type members = map[string]any
	curls := customerCurls{
		Say: v.personCurl(c, "say", members{"text": "Hello"}), Picture: v.personCurl(c, "picture", members{"caption": "The entrance"}),
	}
	if c.CanCall {
		curls.Call = v.personCurl(c, "call", nil)
	}
	if b := c.Press; b != nil {
		i := slices.IndexFunc(b.Buttons.Buttons, func(one button) bool { return one.Press })
		curls.Press = v.personCurl(c, "press", members{"messageId": b.ID, "buttonId": b.Buttons.Buttons[i].ID})
	}
	if b := c.Choose; b != nil && len(b.Sections[0].Rows) > 0 {
		curls.Choose = v.personCurl(c, "choose", members{"messageId": b.ID, "rowId": b.Sections[0].Rows[0].ID})
	}
	if b := c.Submit; b != nil {
		curls.Submit = v.submitCurl(c, b.ID)
	}
	if !c.Next.IsZero() {
		curls.Jump = v.curl("/clock/advance", map[string]string{"by": c.Next.Sub(v.Now.Truncate(time.Second)).String()})
	}
	return curls
}

// submitCurl is a shell line that answers a flow.
func (v *visit) submitCurl(c *chatPane, messageID string) string {
	answers := map[string]string{"allergies": "none", "arrives_by": "bus"}
	return v.personCurl(c, "submit", map[string]any{"messageId": messageID, "form": answers})
}

// personCurl is a shell line in which the contact of a chat acts, or a member of a group.
func (v *visit) personCurl(c *chatPane, act string, body map[string]any) string {
	who := c.ID
	if c.group != "" {
		who = cmp.Or(c.Member, someMember)
		body["groupId"] = c.group
	}
	at := "/numbers/" + url.PathEscape(c.NumberID) + "/contacts/" + url.PathEscape(who) + "/" + act
	if body == nil {
		return v.curl(at, nil)
	}
	return v.curl(at, body)
}

// contactCurl is a shell line that makes a contact of a number.
func (v *visit) contactCurl(numberID string) string {
	return v.curl("/numbers/"+url.PathEscape(numberID)+"/contacts", map[string]string{"name": "Ada Example", "phone": someMember})
}
