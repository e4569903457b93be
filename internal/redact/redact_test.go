package redact

import (
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Numbers of 6 digits and more are private, however they are written.
func TestLongNumbersAreWithheld(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "at most 100 characters", "the 24-hour window", "1 to 100 ids", "up to 4096 characters, 3 of 100", "Meta error 13104",
		"(retry after 1m30s) (4 attempts)", "dial tcp 127.0.0.1:8080: refused", "dial tcp 192.168.100.200:443: no",
		"read tcp 10.100.100.1:54321->10.200.200.2:443: reset", "version 1.15.0", "12345", "1234 and 5678", "no digits, (only.) -marks-",
		"current time 2026-11-28T17:38:00Z is after 2026-01-02T03:04:05Z",
	} {
		assert.False(t, Private(nil).Hides(text), "%q", text)
	}
	for _, text := range []string{
		"123456", "1234567", "Meta error 131047", "your code is 482913", "4 8 2 9 1 3", "482-913", "482\u200b913", "482\x00913", "48/29/13", "48_29_13", "4.8.2.9.1.3", "(482) 913",
		"+5511987650432", "+55 (11) 98765-0432", "55 11 98765.0432", "55.11.98.76.50", "555.111.987.650", "(11)98765\u20110432",
		"11\u00a098765\u20130432", "11  98765\t0432", "11\n98765\n0432", "a5511987650432b", "wa:5511987650432@s.net",
		"\uff15\uff15\uff11\uff11\uff19\uff18\uff17", "٥٥١١٩٨٧٦٥٠٤٣٢", "\xff5511987650432\xfe", "%34%38%32%39%31%33", `\u0034\u0038\u0032\u0039\u0031\u0033`,
		"&#52;&#56;&#50;&#57;&#49;&#51;", "&amp;#52;82913", "%2534%2538%2532%2539%2531%2533", "3 of 5511987650432 - 4 left",
	} {
		assert.True(t, Private(nil).Hides(text), "%q", text)
	}
}

// A message shares a run of 8 characters or a whole value of 4 to 7 with what is private.
func TestSharedTextsAreWithheld(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message, private string
		want             bool
	}{
		"nothing":                   {"no such template", "", false},
		"ordinary":                  {"Template not found", "onboarding-test", false},
		"run of 8":                  {"no abcdefgh here", "xxabcdefghyy", true},
		"run of 7":                  {"no abcdefg here", "xxabcdefgyy", false},
		"run at the begin":          {"abcdefgh", "abcdefghi", true},
		"run at the end":            {"zabcdefghi", "bcdefghi", true},
		"whole of 8":                {"abcdefgh", "abcdefgh", true},
		"part of a whole of 7":      {"abcdef", "abcdefg", false},
		"whole of 7":                {"no abcdefg here", "abcdefg", true},
		"whole of 4":                {"hello Anna!", "anna", true},
		"whole of 4 within":         {"banana nannan", "anna", true},
		"whole of 3":                {"hello Ana!", "ana", false},
		"another case":              {"MSG_ABC_1", "msg_abc_1", true},
		"other marks":               {"msg abc 1", "msg_abc/1", true},
		"a digit code":              {"wrong code 4829", "4829", true},
		"accents":                   {"oi JOÃO", "joão", true},
		"accents in JSON":           {`oi jo\u00e3o`, "João", true},
		"accents in JSON twice":     {`oi jo\\u00e3o`, "João", true},
		"entities":                  {"no &#52;8&#x32;1 here", "4821", true},
		"entities without an end":   {"&#52&#56&#50&#49", "4821", true},
		"accents as entities":       {"oi jo&atilde;o", "João", true},
		"entities as percent":       {"%26%2352%3B821", "4821", true},
		"accents as percent":        {"oi jo%C3%A3o", "João", true},
		"accents as percent twice":  {"oi jo%25C3%25A3o", "João", true},
		"all accents in JSON":       {`\u00e1\u00e9\u00ed\u00f3\u00fa`, "áéíóú", true},
		"surrogates":                {`\ud835\udd38\ud835\udd39\ud835\udd38\ud835\udd39`, "𝔸𝔹𝔸𝔹", true},
		"line break in JSON":        {`tudo\nbem`, "tudo bem", true},
		"query":                     {"tudo+bem", "tudo bem", true},
		"full-width digits":         {"no ４８２９", "4829", true},
		"digits of another script":  {"no ४८२९", "4829", true},
		"full-width private digits": {"no 4829", "４８２９", true},
		"another text in accents":   {"áéíóú", "úóíéá", false},
		"a long private text":       {"there is abcdefgh", strings.Repeat("xyz ", 1<<20) + "abcdefgh", true},
		"a long message":            {strings.Repeat("a ", maxShown), "", true},
		"endless escapes":           {"%" + strings.Repeat("25", 9) + "41", "", true},
		"percent sign":              {"100% of 5 %zz %", "", false},
		"backslash at the end":      {`a \`, "", false},
		"cut escapes":               {`a \u12 %4`, "", false},
		"half a surrogate":          {`a \ud835 b \ud835\u0041`, "", false},
	} {
		assert.Equal(t, test.want, Private{test.private}.Hides(test.message), name)
	}
}

// Every decimal digit that Unicode knows has the value that its place in its script says.
func TestDigitValues(t *testing.T) {
	t.Parallel()
	for r := range rune(unicode.MaxRune) {
		if isDigit(r) && !isDigit(r-1) {
			for value := 0; isDigit(r + rune(value)); value++ {
				require.Equal(t, value%10, digitValue(r+rune(value)), "%U", r+rune(value))
			}
		}
	}
}

// A credential is cut out of a text in every form.
func TestCutSecret(t *testing.T) {
	t.Parallel()
	const secret = `k/"e"+y=`
	for text, want := range map[string]string{
		"":            "",
		"k/":          "k/",
		"a " + secret: "a [redacted]",
		`a k/"e"+y= b k/\"e\"+y= c ` + url.QueryEscape(secret) + " d": "a [redacted] b [redacted] c [redacted] d",
		strings.Repeat(secret, 3):                                     strings.Repeat(Redacted, 3),
		`k\/\\\"e\\\"+y= \u006b\u002F\u0022e\u0022\u002by\u003D`:      "[redacted] [redacted]",
		"k%252F%2522e%2522%252By%253D %6b%2f%22%65%22%2b%79%3d":       "[redacted] [redacted]",
		`{"received":"k/\\u0022e\\u0022\\u002by="}`:                   `{"received":"[redacted]"}`,
		"K/\"e\"+y= is another secret, and so are k/\"e\"+y and k%2":  "K/\"e\"+y= is another secret, and so are k/\"e\"+y and k%2",
	} {
		assert.Equal(t, want, CutSecret(text, secret), text)
		assert.Equal(t, text, CutSecret(text, ""))
	}
}
