package pilotstatustest

import (
	"strings"
	"unicode"
)

func contactRoutes() []route {
	return []route{
		on("Contacts.Check", "POST /v1/numbers/check", scopeNumberView, checkContacts).takesBody(),
	}
}

// contactResult is one result of Contacts.Check.
type contactResult struct {
	Input  string  `json:"input"`
	Exists bool    `json:"exists"`
	Number *string `json:"number"`
	Name   *string `json:"name"`
}

func checkContacts(c *call) (any, *failure) {
	var in struct {
		Numbers []string `json:"numbers"`
		Number  *string  `json:"number"`
	}
	if err := c.decode(&in); err != nil {
		return nil, invalidPhones(err.Error())
	}
	if in.Number != nil {
		if in.Numbers != nil {
			return nil, invalidPhones("number and numbers")
		}
		in.Numbers = []string{*in.Number}
	}
	switch {
	case len(in.Numbers) < 1 || len(in.Numbers) > 20:
		return nil, invalidPhones("1 to 20 numbers")
	case c.number.official():
		return nil, badRequest("NOT_SUPPORTED_FOR_META", "Not supported for official numbers")
	}
	if refused := c.number.refuseOffline(); refused != nil {
		return nil, refused
	}
	return map[string]any{"results": rowsOf(in.Numbers, checkContact)}, nil
}

func invalidPhones(why string) *failure {
	return badRequest("VALIDATION_ERROR", "Validation error").because(why)
}

// checkContact looks a phone up. Those that end in six zeros, and what is no
// phone, have no WhatsApp. A Brazilian mobile is found without its ninth digit.
func checkContact(phone string) contactResult {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, phone)
	if len(digits) < 8 || strings.HasSuffix(digits, "000000") {
		return contactResult{Input: phone}
	}
	if len(digits) == len("5511900001234") && strings.HasPrefix(digits, "55") && digits[4] == '9' {
		digits = digits[:4] + digits[5:]
	}
	return contactResult{Input: phone, Exists: true, Number: &digits}
}
