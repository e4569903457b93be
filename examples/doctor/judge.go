package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

const page = "a page of HTML: it came from something before the API, or the path is gone"

// judgeHeader looks at status and headers of an answer of success.
func (x *examination) judgeHeader(op string, answer pilotstatus.Response) {
	if answer.StatusCode != http.StatusOK {
		x.add(differs, op, fmt.Sprintf("status %d in place of 200", answer.StatusCode))
	}
	for _, name := range []string{"Deprecation", "Sunset"} {
		if answer.Header.Get(name) != "" {
			x.add(differs, op, "the API announces the end of this operation (header "+name+")")
		}
	}
	if media := mediaType(answer.Header); media != "application/json" && !x.isPage() {
		x.add(differs, op, media+" in place of application/json")
	}
}

// isPage reports whether the last answer is a page of HTML.
func (x *examination) isPage() bool {
	return bytes.HasPrefix(bytes.TrimSpace(x.tape.body.Bytes()), []byte("<"))
}

// judgeBody compares the last answer with its form. failed is the error of the call.
func (x *examination) judgeBody(op string, f form, answer pilotstatus.Response, failed error) {
	if x.isPage() {
		x.add(differs, op, fmt.Sprintf("%d with "+page, http.StatusOK))
		return
	}
	if isA[*pilotstatus.DecodeError](failed) {
		x.add(differs, op, "this version refuses the answer; the call fails")
	}
	if answer.Header.Get("Content-Encoding") != "" {
		x.add(note, op, "not compared, because something left the answer compressed")
		return
	}
	found, rows, err := compare(x.tape.body.Bytes(), f)
	if err != nil {
		x.add(differs, op, fmt.Sprintf("the answer is not JSON (%d bytes)", x.tape.body.Len()))
	}
	if f.list {
		x.countRows(x.key, op, rows)
	}
	for _, line := range found {
		x.add(differs, op, line)
	}
}

// fail adds what the error of a call means. An answer that cannot be read is judged by its
// text.
func (x *examination) fail(op string, err error) {
	var (
		refused *pilotstatus.APIError
		lost    *pilotstatus.TransportError
		unread  *pilotstatus.DecodeError // judgeBody says what is wrong with it
	)
	switch {
	case x.tape.cut:
		x.add(unanswered, op, "the answer broke off on its way")
	case errors.As(err, &refused):
		x.refused(op, refused)
	case errors.As(err, &lost):
		x.add(unanswered, op, lost.Error())
	case errors.As(err, &unread) && op == checkKey:
		x.add(differs, op, "the answer cannot be read")
	case !errors.As(err, &unread): // the package refused what the API had returned, as an id
		x.add(differs, op, "the package makes no such call: "+err.Error())
	}
}

// refused adds what an error answer means.
func (x *examination) refused(op string, err *pilotstatus.APIError) {
	status, codes := strconv.Itoa(err.StatusCode), knownWords()["ErrorCode"]
	if err.Code != "" {
		status += " " + maskWord(string(err.Code), codes)
	}
	isNew := err.Code != "" && !slices.Contains(codes, string(err.Code))
	if isNew {
		x.add(differs, op, "unknown error code: "+status)
	}
	switch {
	case err.StatusCode == http.StatusUnauthorized:
		x.add(badKey, x.key, "it stopped working: "+op+" is 401")
	case err.StatusCode/100 == 3:
		x.add(differs, op, fmt.Sprintf("a redirect (%d), which is not followed: the base URL may have moved", err.StatusCode))
	case x.isPage():
		x.add(severityOf(err.StatusCode), op, fmt.Sprintf("%d with "+page, err.StatusCode))
	case isNew && err.StatusCode/100 == 4: // the code says it all
	case explain(err.Code) != "":
		x.add(explained(err.Code), op, explain(err.Code)+" ("+string(err.Code)+")")
	case err.StatusCode == http.StatusTooManyRequests:
		x.add(unanswered, op, "the API limits the rate; run this again later")
	case err.StatusCode == http.StatusNotFound && takesID(op):
		x.add(attention, op, "404 for an id that a list has")
	case err.StatusCode == http.StatusConflict:
		x.add(attention, op, status)
	default:
		x.add(severityOf(err.StatusCode), op, "refused with "+status)
	}
}

// takesID reports whether an operation takes an id, which a list had.
func takesID(op string) bool {
	_, method, _ := strings.Cut(op, ".")
	return slices.Contains([]string{"Get", "Status", "Logs", "Forms"}, method)
}

// severityOf tells a failure of the API from a refusal that this version does not expect.
func severityOf(status int) severity {
	if status/100 == 5 || status == http.StatusRequestTimeout {
		return unanswered
	}
	return differs
}

// explain says what a code means here, "" where it means that the API differs.
func explain(code pilotstatus.ErrorCode) string {
	switch code {
	case pilotstatus.CodePermissionDenied, pilotstatus.CodeNumberNotInGrant:
		return "the key has no permission for it"
	case pilotstatus.CodeFeatureNotSupported, pilotstatus.CodeNotSupportedForMeta, pilotstatus.CodeMetaGroupsNotEligible:
		return "this number does not have it"
	case pilotstatus.CodeProviderNotConfigured, pilotstatus.CodeAdsNotConfigured, pilotstatus.CodeEvolutionAPIKeyMissing:
		return "the platform has not set it up"
	case pilotstatus.CodeWhatsAppInstanceNotConnected:
		return "the number is not connected: pair it"
	}
	return ""
}

// explained is the severity of a code that is explained.
func explained(code pilotstatus.ErrorCode) severity {
	if code == pilotstatus.CodeWhatsAppInstanceNotConnected {
		return attention
	}
	return note
}
