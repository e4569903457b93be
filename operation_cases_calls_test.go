package pilotstatus

import "encoding/json"

// callCases are the cases of calls and of phone lines.
func callCases() []operationCase {
	return append(voiceCallCases(), phoneLineCases()...)
}

func voiceCallCases() []operationCase {
	const id, path = "wacid.a/b+c=", "/v1/calls/wacid.a%2Fb%2Bc%3D"
	return []operationCase{
		{
			op: "Calls.Start", args: []any{StartCallRequest{To: "+5521900000002", SDP: "v=0\r\n", BizOpaqueCallbackData: "order 7"}},
			path: "/v1/calls", body: `{"to":"+5521900000002","sdp":"v=0\r\n","bizOpaqueCallbackData":"order 7"}`,
		},
		{
			op: "Calls.Start", args: []any{StartCallRequest{To: "+5521900000002"}},
			path: "/v1/calls", body: `{"to":"+5521900000002"}`,
		},
		{
			op: "Calls.List", args: []any{ListCallsOptions{Limit: 100, Before: "2026-11-03T15:00:00.120+00:00"}},
			path: "/v1/calls?before=2026-11-03T15%3A00%3A00.120%2B00%3A00&limit=100",
		},
		{op: "Calls.List", args: []any{ListCallsOptions{}}, path: "/v1/calls"},
		{op: "Calls.Get", args: []any{id, GetCallOptions{IncludeSDP: true}}, path: path + "?includeSdp=1"},
		{op: "Calls.Get", args: []any{"call_1", GetCallOptions{}}, path: "/v1/calls/call_1"},
		{op: "Calls.PreAccept", args: []any{id, "v=0"}, path: path + "/pre-accept", body: `{"sdp":"v=0"}`},
		{op: "Calls.Accept", args: []any{id, "v=0"}, path: path + "/accept", body: `{"sdp":"v=0"}`},
		{op: "Calls.Accept", args: []any{id, ""}, path: path + "/accept", body: `{}`},
		{op: "Calls.Reject", args: []any{id}, path: path + "/reject"},
		{op: "Calls.Terminate", args: []any{id}, path: path + "/terminate"},
		{
			op: "Calls.Play", args: []any{id, "https://files.example/a.mp3?sig=1"}, path: path + "/play",
			body: `{"mediaUrl":"https://files.example/a.mp3?sig=1"}`,
		},
		{
			op: "Calls.RealtimeSession", args: []any{id, RealtimeModeListen}, path: path + "/realtime-session",
			body: `{"mode":"listen"}`,
		},
		{op: "Calls.Settings", path: "/v1/calls/settings", renamed: map[string][]string{"calling": {"Raw"}}},
		{
			op: "Calls.UpdateSettings", args: []any{UpdateCallSettingsRequest{
				Status:                   CallSettingEnabled,
				CallIconVisibility:       CallIconVisibilityDisableAll,
				CallbackPermissionStatus: CallSettingDisabled,
				CallHours:                json.RawMessage(`{"status":"DISABLED","big":9007199254740993}`),
				Voicemail:                json.RawMessage(`{"status":"ENABLED"}`),
			}},
			path: "/v1/calls/settings",
			body: `{"status":"ENABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"DISABLED",
				"call_hours":{"status":"DISABLED","big":9007199254740993},"voicemail":{"status":"ENABLED"}}`,
		},
		{
			op: "Calls.UpdateSettings", args: []any{UpdateCallSettingsRequest{Status: CallSettingDisabled}},
			path: "/v1/calls/settings", body: `{"status":"DISABLED"}`,
		},
		{op: "Calls.Permission", args: []any{"+5521900000002"}, path: "/v1/calls/permissions?to=%2B5521900000002"},
		{
			op: "Calls.RequestPermission", args: []any{CallPermissionRequest{To: "+5521900000002", Text: "About your order"}},
			path: "/v1/calls/permissions/request", body: `{"to":"+5521900000002","text":"About your order"}`,
		},
		{
			op: "Calls.RequestPermission", args: []any{CallPermissionRequest{To: "+5521900000002"}},
			path: "/v1/calls/permissions/request", body: `{"to":"+5521900000002"}`,
		},
	}
}

// testDocument is a data URI of a document of a few bytes.
const testDocument = "data:application/pdf;base64,JVBERi0xLjcK"

func testVerification() StartVerificationRequest {
	return StartVerificationRequest{
		DocumentType: DocumentTypeCNPJ, DocumentNumber: "12.345.678/0001-90", ContactEmail: "finance@acme.example",
		ContactWhatsApp: "+55 11 98765-0432", Document: testDocument, IdempotencyKey: "verification-1",
	}
}

func phoneLineCases() []operationCase {
	return []operationCase{
		{op: "PhoneLines.Verification", path: "/v1/phone-lines/verification"},
		{
			op: "PhoneLines.StartVerification", args: []any{testVerification()}, path: "/v1/phone-lines/verification",
			body: `{"documentType":"CNPJ","documentNumber":"12.345.678/0001-90","contactEmail":"finance@acme.example",
				"contactWhatsapp":"+55 11 98765-0432","document":"` + testDocument + `"}`,
		},
		{
			op: "PhoneLines.SendContactCode", args: []any{ContactChannelWhatsApp},
			path: "/v1/phone-lines/verification/contact/whatsapp/send",
		},
		{
			op: "PhoneLines.ConfirmContact", args: []any{ContactChannelEmail, "004217"},
			path: "/v1/phone-lines/verification/contact/email/confirm", body: `{"code":"004217"}`,
		},
		{
			op: "PhoneLines.SubmitDocument", args: []any{testDocument}, path: "/v1/phone-lines/verification/document",
			body: `{"document":"` + testDocument + `"}`,
		},
		{
			op: "PhoneLines.ActivationAudio", args: []any{"act/1 é"}, path: "/v1/phone-lines/activations/act%2F1%20%C3%A9/audio",
			file: "ID3 audio", fileType: "audio/mpeg",
		},
	}
}
