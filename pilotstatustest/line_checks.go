package pilotstatustest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The documents of a person and of a company.
const (
	documentPerson  = "CPF"
	documentCompany = "CNPJ"
)

// maxDocument is the largest file of a document.
const maxDocument = 10 << 20

func (in *startVerificationRequest) check() error {
	digits, ok := map[string]int{documentPerson: 11, documentCompany: 14}[in.DocumentType]
	if !ok {
		return fmt.Errorf("documentType is %q", in.DocumentType)
	}
	if len(onlyDigits(in.DocumentNumber)) != digits || strings.Trim(in.DocumentNumber, "0123456789.-/ ") != "" {
		return fmt.Errorf("documentNumber is no %s", in.DocumentType)
	}
	if !isEmail(in.ContactEmail) {
		return errors.New("contactEmail is no e-mail address")
	}
	// Without an area code it would be shorter.
	phone := onlyDigits(in.ContactWhatsapp)
	if len(phone) < 10 || !isPhone(phone) || strings.Trim(strings.TrimPrefix(in.ContactWhatsapp, "+"), "0123456789-() ") != "" {
		return errors.New("contactWhatsapp is no phone with country and area code")
	}
	return checkDocument(in.Document)
}

func isEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(domain, "@") && !strings.ContainsAny(text, " \t\r\n")
}

// checkDocument takes a data URL of a file of one of four kinds.
func checkDocument(text string) error {
	rest, isData := strings.CutPrefix(text, "data:")
	kind, data, isBase64 := strings.Cut(rest, ";base64,")
	switch {
	case !isData || !isBase64:
		return errors.New("document is no data URL in base64")
	case !slices.Contains([]string{"application/pdf", "image/jpeg", "image/png", "image/webp"}, kind):
		return fmt.Errorf("document is of type %q", kind)
	}
	file, err := base64.StdEncoding.DecodeString(data)
	switch {
	case err != nil:
		return errors.New("document is not base64")
	case len(file) == 0 || len(file) > maxDocument:
		return fmt.Errorf("document has %d bytes", len(file))
	}
	return nil
}

// maskDocument writes a CPF as ***.***.***-09 and a CNPJ as 12.***.***/0001-**.
func maskDocument(kind, digits string) string {
	if kind == documentCompany {
		return digits[:2] + ".***.***/" + digits[8:12] + "-**"
	}
	return "***.***.***-" + digits[9:]
}

// maskContactEmail writes joana@example.test as j***@example.test.
func maskContactEmail(email string) string {
	at := strings.IndexByte(email, '@')
	first := []rune(email)[:1]
	return string(first) + "***" + email[at:]
}
