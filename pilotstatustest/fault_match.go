package pilotstatustest

import (
	"slices"
	"strings"
)

// faultFacts is what faults choose a request by. The body is read only when a fault asks
// for it.
type faultFacts struct {
	call *call
	read bool
	to   []string
	name string // of the template
}

// match says whether a fault is for the request.
func (facts *faultFacts) match(f *Fault) bool {
	c := facts.call
	switch {
	case f.Op != "" && f.Op != c.op(),
		f.NumberID != "" && f.NumberID != c.numberID(),
		f.Key != "" && !slices.Contains(c.header.Values(keyHeader), f.Key),
		f.KeyID != "" && (c.key == nil || c.key.id != f.KeyID):
		return false
	case f.To == "" && f.Template == "":
		return true
	}
	facts.readBody()
	return (f.To == "" || slices.Contains(facts.to, strings.TrimPrefix(f.To, "+"))) && (f.Template == "" || f.Template == facts.name)
}

func (facts *faultFacts) readBody() {
	if facts.read {
		return
	}
	facts.read = true
	var in struct {
		DestinationNumber *string `json:"destinationNumber"`
		GroupID           *string `json:"groupId"`
		NewsletterID      *string `json:"newsletterId"`
		To                *string `json:"to"` // of a call
		TemplateID        *string `json:"templateId"`
	}
	if decode(facts.call.body, &in) != nil {
		return // it breaks no rule of faults
	}
	for _, to := range []*string{in.DestinationNumber, in.GroupID, in.NewsletterID, in.To} {
		if to != nil {
			facts.to = append(facts.to, strings.TrimPrefix(*to, "+"))
		}
	}
	facts.name = value(in.TemplateID)
}
