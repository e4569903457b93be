package pilotstatus

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText refuses a text that the API would reject or change.
func checkText(field, text string) error {
	switch {
	case !utf8.ValidString(text):
		return invalid(field, alteredText)
	case strings.IndexByte(text, 0) >= 0:
		return invalid(field, reasonNUL)
	}
	return nil
}

const alteredText = "it is not valid UTF-8; the API would get other characters in its place"

const reasonNUL = "it has the character U+0000, which no text of the API can hold"

// checkTexts is checkText for every text of a value. It checks only types that this package
// declares. Values of type any belong to the caller and are checked when they are encoded.
func checkTexts(field string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		return checkText(field, v.String())
	case reflect.Pointer:
		return checkTexts(field, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if err := checkTexts(field+"."+v.Type().Field(i).Name, v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := checkTexts(fmt.Sprintf("%s[%d]", field, i), v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map: // names in it are private, as its values are
		for entry := v.MapRange(); entry.Next(); {
			if err := checkTexts(field, entry.Key()); err != nil {
				return err
			}
			if err := checkTexts(field, entry.Value()); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkPhone refuses text that cannot be a phone number. The API decides about everything
// else. checkPhone changes nothing.
func checkPhone(field, number string) error {
	if err := checkPhoneText(field, number); err != nil {
		return err
	}
	digits := 0
	for i, r := range number {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" -().", r):
		case r == '@' || unicode.IsLetter(r):
			return invalid(field, "a phone number has no letters and no @; a BSUID or LID is a UserID, the id of a group a GroupID")
		default:
			return invalid(field, fmt.Sprintf("it has the character %U; a phone number has + in front, digits, blanks and - ( ) .", r))
		}
	}
	if digits < minPhoneDigits || digits > maxPhoneDigits {
		return invalid(field, "a phone number has 8 to 15 digits, its country code included")
	}
	return nil
}

// The lengths that E.164 allows, and the length of the shortest numbers in use.
const (
	minPhoneDigits = 8
	maxPhoneDigits = 15
)

// checkPhoneText refuses characters that come from copied documents and forms, invisible
// ones included.
func checkPhoneText(field, number string) error {
	if number == "" {
		return invalid(field, "it is required")
	}
	if !utf8.ValidString(number) {
		return invalid(field, "it is not valid UTF-8")
	}
	if err := checkEnds(field, number); err != nil {
		return err
	}
	for _, r := range number {
		if r < ' ' || r > '~' {
			return invalid(field, fmt.Sprintf("it has the character %U, which no phone number has; it may be invisible, cut it out", r))
		}
	}
	return nil
}

// checkPhoneTexts is checkPhoneText for each number of a list.
func checkPhoneTexts(field string, numbers []string) error {
	for _, number := range numbers {
		if err := checkPhoneText(field, number); err != nil {
			return err
		}
	}
	return nil
}

// checkEnds refuses a text with a blank at an end.
func checkEnds(field, text string) error {
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	for _, r := range []rune{first, last} {
		if unicode.IsSpace(r) {
			return invalid(field, fmt.Sprintf("it has the blank %U at an end; cut it off", r))
		}
	}
	return nil
}
