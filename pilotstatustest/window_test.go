package pilotstatustest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	lia     = "+5511900001234"
	liaID   = "BR.900100200300"
	oneFlow = `"text":"Fill in","flow":{"flowId":"f1","cta":"Start"}`
)

// freeContents are all that an official number may send within the window only, and
// accepts outside it.
func freeContents() map[string]string {
	return map[string]string{
		"text":     `"text":"hi"`,
		"media":    `"media":"https://a.test/i.png","mediaType":"image"`,
		"list":     `"text":"Choose","list":{"buttonText":"Open","sections":[{"rows":[{"title":"One","rowId":"1"}]}]}`,
		"carousel": `"carousel":{"cards":[{"media":{"image":"https://a.test/i.png"}}]}`,
	}
}

// ended sends a content and returns what became of it.
func (c *caller) ended(t *testing.T, fake *pilotstatustest.Server, to, content string) string {
	t.Helper()
	id := c.send(t, `{"destinationNumber":"`+to+`",`+content+`}`)
	fake.Advance(time.Second)
	m := c.get(t, id)
	if code, ok := m["errorCode"].(string); ok {
		assert.NotEmpty(t, m["errorMessage"])
		return m["status"].(string) + " " + code
	}
	return m["status"].(string)
}

func TestFreeContentOutsideTheWindow(t *testing.T) {
	t.Parallel()
	fake, web := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	for name, content := range freeContents() {
		assert.Equal(t, "FAILED META_OUTSIDE_24H_WINDOW", meta.ended(t, fake, lia, content), name)
		assert.Equal(t, "FAILED META_OUTSIDE_24H_WINDOW", meta.ended(t, fake, liaID, content), name)
		assert.Equal(t, "READ", web.ended(t, fake, lia, content), "%s: only Meta has the window", name)
	}
	assert.Equal(t, "READ", meta.ended(t, fake, lia, `"templateId":"onboarding-test","variables":{"name":"Lia"}`))
	assert.Equal(t, "FAILED META_OUTSIDE_24H_WINDOW", meta.ended(t, fake, lia, freeContents()["text"]), "a template opens nothing")

	fake.Number("num_2").Receive(pilotstatustest.Inbound{From: strings.TrimPrefix(lia, "+"), Text: "Hello?"})
	for name, content := range freeContents() {
		assert.Equal(t, "READ", meta.ended(t, fake, lia, content), name)
		assert.Equal(t, "READ", meta.ended(t, fake, strings.TrimPrefix(lia, "+"), content), name)
	}
}

// Neither of these is the person writing to this number within the last 24 hours.
func TestWhatOpensNoWindow(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		number  string
		inbound pilotstatustest.Inbound
	}{
		"another number":  {"num_1", pilotstatustest.Inbound{From: lia}},
		"another person":  {"num_2", pilotstatustest.Inbound{From: "+5511900005678"}},
		"the number":      {"num_2", pilotstatustest.Inbound{From: lia, Origin: "APP"}},
		"a group":         {"num_2", pilotstatustest.Inbound{From: lia, GroupID: teamA}},
		"a day ago":       {"num_2", pilotstatustest.Inbound{From: lia, At: epoch().Add(-24 * time.Hour)}},
		"nearly no phone": {"num_2", pilotstatustest.Inbound{UserID: liaID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, _ := frozen(t)
			fake.Number(one.number).Receive(one.inbound)
			meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
			assert.Equal(t, "FAILED META_OUTSIDE_24H_WINDOW", meta.ended(t, fake, lia, `"text":"hi"`))
			r := meta.do(t, "POST", sendPath, `{"destinationNumber":"`+lia+`",`+oneFlow+`}`)
			assert.Equal(t, "FLOW_WINDOW_CLOSED", r.code())
		})
	}
}

// The window is one of the person, by each name, and ends 24 hours after the last message,
// whatever came in between.
func TestWindowOfAPerson(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	phone := fake.Number("num_2")
	phone.Receive(pilotstatustest.Inbound{From: lia, UserID: liaID})
	phone.Receive(pilotstatustest.Inbound{From: lia, At: epoch().Add(-48 * time.Hour), Text: "late"})
	later := `"text":"later","deliverAt":"` + epoch().Add(23*time.Hour+59*time.Minute).Format(time.RFC3339Nano) + `"`
	tooLate := `"text":"later","deliverAt":"` + epoch().Add(24*time.Hour).Format(time.RFC3339Nano) + `"`
	first := meta.send(t, `{"destinationNumber":"`+lia+`",`+later+`}`)
	second := meta.send(t, `{"destinationNumber":"`+liaID+`",`+tooLate+`}`)
	for _, to := range []string{lia, liaID} {
		assert.Equal(t, "READ", meta.ended(t, fake, to, `"text":"hi"`))
	}
	fake.Advance(25 * time.Hour)
	assert.Equal(t, "READ", meta.get(t, first)["status"])
	assert.Equal(t, "META_OUTSIDE_24H_WINDOW", meta.get(t, second)["errorCode"], "it is not open any more when it goes out")
	phone.Receive(pilotstatustest.Inbound{UserID: liaID})
	assert.Equal(t, "READ", meta.ended(t, fake, lia, `"text":"hi"`), "they are one person")
}

func TestFlowOutsideTheWindow(t *testing.T) {
	t.Parallel()
	fake, web := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	body := `{"destinationNumber":"` + lia + `",` + oneFlow + `}`
	r := meta.do(t, "POST", sendPath, body)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "FLOW_WINDOW_CLOSED", r.code())
	assert.Empty(t, fake.Messages())
	web.send(t, body)
	fake.Tenant().AddTemplate(pilotstatustest.Template{Name: "form", Text: "Fill in", Flow: true})
	meta.send(t, `{"destinationNumber":"`+lia+`","templateId":"form"}`)

	fake.Number("num_2").Receive(pilotstatustest.Inbound{From: lia})
	out := meta.object(t, http.StatusAccepted, "POST", sendPath, body)
	late := meta.send(t, strings.TrimSuffix(body, "}")+`,"deliverAt":"`+epoch().Add(30*time.Hour).Format(time.RFC3339Nano)+`"}`)
	fake.Advance(24 * time.Hour)
	assert.Equal(t, "FLOW_WINDOW_CLOSED", meta.do(t, "POST", sendPath, body).code())
	fake.Advance(24 * time.Hour)
	assert.Equal(t, "FLOW_WINDOW_CLOSED", meta.get(t, late)["errorCode"])
	fake.Number("num_2").AnswerFlow(out["flowToken"].(string))
	meta.send(t, body)
}

// What is no phone at all is refused at once. What only looks like one is found out when
// the message goes out.
func TestPhonesThatCannotBe(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for _, phone := range []string{
		"+1234567", "+0123456789", "+1234567890123456", "+55 11 90000-1234", "+55119000o1234", "BR", "+55\u00a011900001234",
	} {
		r := number.do(t, "POST", sendPath, `{"destinationNumber":"`+phone+`","text":"hi"}`)
		assert.Equal(t, http.StatusBadRequest, r.status, phone)
		assert.Empty(t, r.code(), phone)
	}
	for _, phone := range []string{
		"+1415555010", "+141555501000", "+5511900001", "+55119000012345", "+21012345678", "+99912345678", "+28123456789", "+80012345678",
	} {
		assert.Equal(t, "FAILED INVALID_DESTINATION", number.ended(t, fake, phone, `"text":"hi"`), phone)
		assert.Equal(t, "FAILED INVALID_DESTINATION",
			number.ended(t, fake, phone, `"templateId":"onboarding-test","variables":{"name":"Lia"}`), phone)
	}
	for _, phone := range []string{
		"+14155550100", "14155550100", "+5511900001234", "+551130004000", "+351912345678", "+4915112345678", "+447700900123", "+59891234567", "+2449123456789",
	} {
		assert.Equal(t, "READ", number.ended(t, fake, phone, `"text":"hi"`), phone)
	}
}
