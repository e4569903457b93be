package pilotstatustest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestContactsCheck(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	r := number.do(t, "POST", "/v1/numbers/check", `{"numbers":["+5511900001234","+14155550100","+5511900000000","nobody"]}`)
	assert.JSONEq(t, `{"results":[
		{"input":"+5511900001234","exists":true,"number":"551100001234","name":null},
		{"input":"+14155550100","exists":true,"number":"14155550100","name":null},
		{"input":"+5511900000000","exists":false,"number":null,"name":null},
		{"input":"nobody","exists":false,"number":null,"name":null}]}`, string(r.body))
	r = number.do(t, "POST", "/v1/numbers/check", `{"number":"+14155550100"}`)
	assert.JSONEq(t, `{"results":[{"input":"+14155550100","exists":true,"number":"14155550100","name":null}]}`, string(r.body))

	many := `{"numbers":["+14155550100"`
	for range 19 {
		many += `,"+14155550100"`
	}
	assert.Equal(t, http.StatusOK, number.do(t, "POST", "/v1/numbers/check", many+`]}`).status)
	for _, body := range []string{
		`{}`, `{"numbers":[]}`, `{"numbers":"+14155550100"}`, `{"numbers":["+1"],"number":"+1"}`, many + `,"+14155550100"]}`, `x`,
	} {
		r := number.do(t, "POST", "/v1/numbers/check", body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.Equal(t, "VALIDATION_ERROR", r.code(), body)
	}

	fake.Number("num_1").Disconnect()
	r = number.do(t, "POST", "/v1/numbers/check", `{"number":"+14155550100"}`)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Equal(t, "WHATSAPP_INSTANCE_NOT_CONNECTED", r.code())
}
