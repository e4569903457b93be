package pilotstatus

import (
	"encoding/json"
	"time"
)

// sendCases are requests of every kind, with every field.
func sendCases() map[string]SendRequest {
	at := time.Date(2026, 11, 4, 15, 0, 0, 123456789, time.FixedZone("BRT", -3*60*60))
	phone := Phone("+55 (11) 99999-0000")
	return map[string]SendRequest{
		"template": {
			To: phone, IdempotencyKey: "order-42-shipped",
			Content: TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Joana <& \u2028>", "day": "2", "Ação": `\u0000`}},
		},
		"template-media": {
			To: UserID("BR.900100200300"), IdempotencyKey: "k",
			Content: TemplateContent{ID: "visit", Media: &MessageMedia{Source: "https://a.example/x.png?a=1&b=2", Type: MediaTypeImage}, AIRewrite: Ptr(false)},
		},
		"text": {To: phone, IdempotencyKey: "k", Content: TextContent{Body: "Olá <b> & 😀 \"q\" \\ \t\n\x01\x7f\u2029\ufffd"}},
		"text-everything": {
			To: GroupID("120363000000000777@g.us"), IdempotencyKey: "k",
			Content: TextContent{
				Body: "Which day?", Footer: "Clinic", Header: &TextHeader{Type: TextHeaderTypeText, Content: "Visit"},
				Buttons: []TextButton{ReplyButton("Tuesday"), URLButton("Map", "https://a.example/map"), CallButton("Call", "+551130004000")},
			},
			DeliverAt: at, DeliverUntil: at.Add(time.Hour), Labels: []string{"recall", "<b>"}, MarkRead: Ptr(false),
			Extra: map[string]any{
				"newField": map[string]any{"b": "<&>", "a": int64(9007199254740993)}, "amount": json.Number("1.10"), "wait": 90 * time.Second, "big": 1e30,
			},
		},
		"copy": {To: phone, IdempotencyKey: "k", Content: TextContent{Body: "Code", Buttons: []TextButton{CopyButton("Copy", "1234")}}, MarkRead: Ptr(true)},
		"media": {
			To: NewsletterID("120363000000000999@newsletter"), IdempotencyKey: "k",
			Content: MediaContent{Source: "data:image/png;base64,iVBORw0KGgo=", Type: MediaTypeImage, Caption: "Here"},
		},
		"list": {
			To: phone, IdempotencyKey: "k",
			Content: ListContent{Body: "Choose", Button: "Open", Footer: "f", Sections: []ListSection{
				{Title: "Days", Rows: []ListRow{{Title: "Mon", Description: "d", ID: "r1"}, {Title: "Tue", ID: "r2"}}}, {},
			}},
		},
		"carousel": {
			To: UserID("900100200300@lid"), IdempotencyKey: "k",
			Content: CarouselContent{
				Body: "b", Footer: "f", CardTemplate: json.RawMessage(`{"any": [1.50, "\u00e9<"]}`),
				Cards: []CarouselCard{{Media: map[string]string{"url": "https://a.example/1"}, Body: "one", Buttons: []CarouselButton{
					{Type: CarouselButtonTypeURL, Text: "Go", URL: "https://a.example"}, {Type: CarouselButtonTypeQuickReply, Text: "Yes", Payload: "y"},
				}}, {}},
			},
		},
		"carousel-empty-template": {To: phone, IdempotencyKey: "k", Content: CarouselContent{Cards: []CarouselCard{{}}, CardTemplate: json.RawMessage(`{}`)}},
		"flow": {
			To: phone, IdempotencyKey: "k",
			Content: FlowContent{
				FlowID: "flow_1", CTA: "Start", Action: FlowActionNavigate, Screen: "FIRST", Mode: FlowModePublished, Body: "b", Footer: "f",
				Data: map[string]any{"z": 1, "order": int64(9007199254740993), "list": []any{}, "at": at, "price": json.Number("10.50"), "html": "<&>", "wait": time.Second},
			},
		},
		"flow-empty": {To: phone, IdempotencyKey: "k", Content: FlowContent{FlowID: "flow_1", Data: map[string]any{}}},
	}
}
