package pilotstatustest

import (
	"errors"
	"unicode/utf8"
)

// How many there can be in a snapshot, and in a workspace of which not all is kept.
const (
	maxNumbers   = 1000   // deleted ones included until they are purged
	maxContacts  = 10_000 // of all numbers, without those that are known only by messages
	maxTemplates = 1000
	maxWebhooks  = 1000
	maxFaults    = 1000
)

// How long texts can be, in characters.
const (
	maxWritten = 65_536 // of a person, as WhatsApp takes it
	maxName    = 256    // of a contact, file, number or webhook
	maxURL     = 2048   // of a webhook
)

// maxLayout is how large a template can be, in bytes of the request that makes it.
const maxLayout = 1 << 20

// keepsAll says whether nothing is ever dropped.
func (s *state) keepsAll() bool { return s.keep == 0 && s.bytes.limit == 0 }

// takesNames says whether a workspace of which not all is kept takes the names.
func (s *state) takesNames(names ...string) bool { return s.keepsAll() || !isLongName(names...) }

// isFull says whether there can be no more of what there are n of.
func (s *state) isFull(n, most int) bool { return !s.keepsAll() && n >= most }

// checkWritten refuses a text that no phone sends.
func checkWritten(text string) error {
	if utf8.RuneCountInString(text) > maxWritten {
		return errors.New("pilotstatustest: the text is longer than 65,536 characters, so WhatsApp does not take it")
	}
	return nil
}

// isLongName says whether one of the names is too long.
func isLongName(names ...string) bool {
	for _, name := range names {
		if utf8.RuneCountInString(name) > maxName {
			return true
		}
	}
	return false
}
