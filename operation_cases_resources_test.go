package pilotstatus

import (
	"io"
	"slices"
	"time"
)

const (
	testGroup     = "120363000000000777@g.us"
	testGroupPath = "/v1/groups/120363000000000777%40g.us"
)

// resourceCases are the cases of the inbox, groups, channels, templates, media,
// analytics and projects.
func resourceCases() []operationCase {
	return slices.Concat(inboxCases(), groupCases(), templateCases(), otherResourceCases())
}

func testInboxOptions() ListInboxOptions {
	from := time.Date(2026, 11, 1, 9, 30, 0, 123456789, time.FixedZone("BRT", -3*60*60))
	return ListInboxOptions{StartDate: from, EndDate: from.Add(time.Hour), Page: 3, PageSize: 50}
}

func inboxCases() []operationCase {
	const query = "?endDate=2026-11-01T13%3A30%3A00.123Z&page=3&pageSize=50&startDate=2026-11-01T12%3A30%3A00.123Z"
	asHistory := map[string][]string{
		"text": {"Content", "Text"}, "messageType": {"Type", "MessageType"},
		"participantPhone": {"From"}, "participantName": {"FromName"}, "participant": {"From"},
	}
	return []operationCase{
		{op: "Inbox.Conversations", args: []any{testInboxOptions()}, path: "/v1/conversations" + query},
		{op: "Inbox.History", args: []any{testInboxOptions()}, path: "/v1/messages/history" + query},
		{
			op: "Inbox.Unread", args: []any{ListUnreadOptions{Page: 2, PageSize: 100}},
			path: "/v1/messages/unread?page=2&pageSize=100", renamed: asHistory,
		},
		{op: "Inbox.GroupMessages", args: []any{testInboxOptions()}, path: "/v1/messages/group" + query, renamed: asHistory},
	}
}

func groupCases() []operationCase {
	change := ChangeParticipantsRequest{
		Participants: []string{"5511900001234", "+5511900005555"},
		Extra:        map[string]any{"silent": true},
	}
	const changed = `{"participants":["5511900001234","+5511900005555"],"silent":true}`
	return []operationCase{
		{op: "Groups.List", path: "/v1/groups", renamed: map[string][]string{"name": {"Subject"}}},
		{
			op: "Groups.Create", args: []any{CreateGroupRequest{Subject: "Night <shift>", Participants: []string{"5511900001234"}}},
			path: "/v1/groups", body: `{"subject":"Night <shift>","participants":["5511900001234"]}`,
		},
		{op: "Groups.Get", args: []any{testGroup}, path: testGroupPath},
		{op: "Groups.AddParticipants", args: []any{testGroup, change}, path: testGroupPath + "/participants", body: changed},
		{op: "Groups.RemoveParticipants", args: []any{testGroup, change}, path: testGroupPath + "/participants", body: changed},
	}
}

func testTemplateBody() TemplateBody {
	return TemplateBody{
		Header: &TemplateHeader{Type: TemplateHeaderTypeText, Text: "Visit {{name}}"},
		Text:   "Hi {{name}}, see you {{day}} at the clinic.",
		Footer: "Clinic Aurora",
		Buttons: []TemplateButton{
			{Type: TemplateButtonTypeQuickReply, Text: "Confirm"},
			{Type: TemplateButtonTypeURL, Text: "Map", URL: "https://aurora.example/{{link}}"},
			{Type: TemplateButtonTypePhoneNumber, Text: "Call", PhoneNumber: "+551130004000"},
			{Type: TemplateButtonTypeCopyCode, Code: "AURORA10"},
		},
	}
}

func templateCases() []operationCase {
	const body = `"body":{"header":{"type":"TEXT","text":"Visit {{name}}"},
		"body":{"text":"Hi {{name}}, see you {{day}} at the clinic."},"footer":{"text":"Clinic Aurora"},"buttons":[
		{"type":"QUICK_REPLY","text":"Confirm"},{"type":"URL","text":"Map","url":"https://aurora.example/{{link}}"},
		{"type":"PHONE_NUMBER","text":"Call","phone_number":"+551130004000"},{"type":"COPY_CODE","example":["AURORA10"]}]},
		"examples":{"name":"Lia","day":"Tuesday","link":"map/1"}`
	examples := map[string]string{"name": "Lia", "day": "Tuesday", "link": "map/1"}
	otherNames := map[string][]string{"language": {"Language"}, "metaRejectionReason": {"RejectionReason"}}
	return []operationCase{
		{op: "Templates.List", path: "/v1/templates", renamed: otherNames},
		{op: "Templates.Get", args: []any{"visit reminder/1"}, path: "/v1/templates/visit%20reminder%2F1", renamed: otherNames},
		{
			op: "Templates.Create", args: []any{SubmitTemplateRequest{
				Name: "visit_reminder", Category: TemplateCategoryUtility, Language: "pt_BR", Body: testTemplateBody(),
				Examples: examples, Extra: map[string]any{"allowCategoryChange": false},
			}},
			path: "/v1/templates",
			body: `{"name":"visit_reminder","category":"UTILITY","language":"pt_BR","allowCategoryChange":false,` + body + `}`,
		},
		{
			op: "Templates.Update", args: []any{"tpl/a1", SubmitTemplateRequest{
				Body: testTemplateBody(), Examples: examples,
				Name: "visit", Category: TemplateCategoryMarketing, Language: "en_US", Extra: map[string]any{"draft": true},
			}},
			path: "/v1/templates/tpl%2Fa1",
			body: `{"name":"visit","category":"MARKETING","language":"en_US","draft":true,` + body + `}`,
		},
		{op: "Templates.Delete", args: []any{"tpl a1"}, path: "/v1/templates/tpl%20a1"},
	}
}

func otherResourceCases() []operationCase {
	return []operationCase{
		{op: "Newsletters.List", path: "/v1/newsletters"},
		{
			op: "Media.Download", args: []any{DownloadMediaRequest{MediaID: "88/0011", PhoneNumberID: "10+20"}, io.Discard},
			path: "/v1/media/88%2F0011?phoneNumberId=10%2B20", ignored: []string{"base64"},
		},
		{
			op: "Analytics.Dashboard", args: []any{GetDashboardOptions{TimeZone: "America/Sao_Paulo", Period: AnalyticsPeriod90Days}},
			path: "/v1/analytics/dashboard?period=90d&tz=America%2FSao_Paulo",
		},
		{op: "Projects.List", path: "/v1/projects"},
		{
			op: "Projects.Create", args: []any{CreateProjectRequest{Name: "Front desk", Description: "Day shift"}},
			path: "/v1/projects", body: `{"name":"Front desk","description":"Day shift"}`,
		},
	}
}
