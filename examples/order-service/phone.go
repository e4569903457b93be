package main

import (
	"net/http"
	"strings"
)

// plain returns a phone number as + and digits.
func plain(phone string) string {
	return "+" + strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "", ".", "").Replace(phone)
}

// checkPhone refuses what the tables cannot store. Enqueue refuses the rest that is no phone
// number.
func checkPhone(phone string) error {
	if !isText(phone, 30) {
		return refuse(http.StatusBadRequest, "phone must have 1 to 30 characters")
	}
	return nil
}

// contactOf returns what is equal in the phone number that a customer typed and the one that
// WhatsApp knows the customer by: the latter may lack the 9 before the last eight digits of
// a Brazilian mobile phone.
func contactOf(phone string) string {
	const area = len("+5511")
	phone = plain(phone)
	if strings.HasPrefix(phone, "+55") && len(phone) == area+9 && phone[area] == '9' {
		return phone[:area] + phone[area+1:]
	}
	return phone
}
