package pilotstatus

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Printers that ask for GoString or LogValue directly, past fmt, get no more than fmt does.
func TestPrintersThatAskDirectly(t *testing.T) {
	t.Parallel()
	const private = "+5511987654321"
	encoded := EncodedSend{IdempotencyKey: private, Body: []byte(`{"text":"` + private + `"}`)}
	for _, value := range []any{
		SendRequest{To: Phone(private), Content: TextContent{Body: private}},
		TextContent{Body: private}, TemplateContent{ID: private}, MediaContent{Source: private, Type: private},
		ListContent{Body: private}, CarouselContent{Body: private}, FlowContent{Body: private},
		Phone(private), encoded, APIKey("ps_" + private), &NumberPool{},
	} {
		direct, ok := value.(fmt.GoStringer)
		if assert.True(t, ok, "%T", value) {
			assert.Equal(t, fmt.Sprint(value), direct.GoString(), "%T", value)
			assert.NotContains(t, direct.GoString(), private[5:], "%T", value)
		}
		logged, ok := value.(slog.LogValuer)
		if assert.True(t, ok, "%T", value) {
			assert.NotContains(t, logged.LogValue().String(), private[5:], "%T", value)
		}
		if text, ok := value.(fmt.Stringer); assert.True(t, ok, "%T", value) {
			assert.Equal(t, fmt.Sprint(value), text.String(), "%T", value)
		}
	}
}
