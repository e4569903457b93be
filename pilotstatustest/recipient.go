package pilotstatustest

import (
	"cmp"
	"slices"
	"strings"
)

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

func isJID(text, suffix string) bool {
	return len(text) > len(suffix) && strings.HasSuffix(text, suffix)
}

// onlyDigits is a text without everything that is no digit.
func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// withPlus writes a phone as the lists do; "" stays "".
func withPlus(phone string) string {
	if phone == "" {
		return ""
	}
	return "+" + strings.TrimPrefix(phone, "+")
}

// e164Digits takes the plus off a phone and says whether it has enough digits.
func e164Digits(text string, least int) (string, bool) {
	digits := strings.TrimPrefix(text, "+")
	return digits, isPhone(text) && len(digits) >= least
}

// phoneDigits takes phones with and without a plus.
func phoneDigits(phones []string) ([]string, *failure) {
	var digits []string
	for _, phone := range phones {
		if !isPhone(phone) {
			return nil, invalid("participant %q is no phone", phone)
		}
		digits = append(digits, strings.TrimPrefix(phone, "+"))
	}
	return digits, nil
}

// maskPhone writes 551160007000 as +55 11 6****-7000.
func maskPhone(digits string) string {
	if len(digits) < 10 {
		return "****"
	}
	return "+" + digits[:2] + " " + digits[2:4] + " " + digits[4:5] + "****-" + digits[len(digits)-4:]
}

// canExist says whether a phone in the form of E.164 can be one: there is such a country
// code, and it has the digits of the plans that are known best.
func canExist(phone string) bool {
	digits := strings.TrimPrefix(phone, "+")
	switch {
	case strings.HasPrefix(digits, "1"):
		return len(digits) == len("14155550100")
	case strings.HasPrefix(digits, "55"):
		return len(digits) == len("551130004000") || len(digits) == len("5511900001234")
	}
	return !slices.ContainsFunc(unassigned(), func(code string) bool { return strings.HasPrefix(digits, code) })
}

// unassigned are the beginnings that are no country's, freephone numbers included.
func unassigned() []string {
	return strings.Fields("210 214 215 217 219 259 28 292 293 294 295 296 384 388 422 424 425 426 427 428 429 " +
		"671 684 693 694 695 696 697 698 699 80 83 851 854 857 858 859 871 872 873 874 875 876 877 879 " +
		"884 885 887 888 889 89 969 978 979 990 991 997 999")
}

// The directions of a message and the kinds of a conversation.
const (
	inbound  = "INBOUND"
	outbound = "OUTBOUND"

	directConversation     = "DIRECT"
	groupConversation      = "GROUP"
	newsletterConversation = "NEWSLETTER"
)

func (p *peer) kind() string {
	switch {
	case isJID(p.jid, "@g.us"):
		return groupConversation
	case p.jid != "":
		return newsletterConversation
	}
	return directConversation
}

// is says whether two peers are the same group, channel or person. The durable id of a
// person outlives the phone.
func (p *peer) is(other peer) bool {
	switch {
	case p.jid != "" || other.jid != "":
		return p.jid == other.jid
	case p.userID != "" && other.userID != "":
		return p.userID == other.userID
	}
	return p.phone != "" && p.phone == other.phone
}

// learn takes over what is known better by now.
func (p *peer) learn(other peer) {
	p.phone = cmp.Or(other.phone, p.phone)
	p.name = cmp.Or(other.name, p.name)
	p.userID = cmp.Or(other.userID, p.userID)
	p.username = cmp.Or(other.username, p.username)
}
