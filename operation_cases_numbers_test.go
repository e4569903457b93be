package pilotstatus

import "slices"

// numberCases are the cases of numbers, pairing pages, keys of numbers, branding,
// capacity, payment pages and embedded sessions.
func numberCases() []operationCase {
	return slices.Concat(numberChangeCases(), numberLinkCases(), accountCases())
}

func numberChangeCases() []operationCase {
	return []operationCase{
		{
			op: "Numbers.Create", args: []any{CreateNumberRequest{
				Name: "Sales", Number: "+55 11 4000-5000", LinkToAPIKey: Ptr(false), Settings: allSettings(),
			}},
			path: "/v1/numbers", renamed: map[string][]string{"status": {"State"}},
			body: `{"name":"Sales","number":"+55 11 4000-5000","linkToApiKey":false,"settings":` + allSettingsJSON + `}`,
		},
		{
			op: "Numbers.Update", args: []any{"num 1", UpdateNumberRequest{
				PIIMode: PIIModeStoreXDays, PIIRetentionDays: 90, Settings: allSettings(),
			}},
			path: "/v1/numbers/num%201", body: `{"piiMode":"STORE_X_DAYS","piiRetentionDays":90,"settings":` + allSettingsJSON + `}`,
		},
		{op: "Numbers.Delete", args: []any{"num 1"}, path: "/v1/numbers/num%201", renamed: map[string][]string{"success": {"OK"}}},
		{op: "Numbers.Restore", args: []any{"num 1"}, path: "/v1/numbers/num%201/restore"},
		{op: "Numbers.Purge", args: []any{"num/1"}, path: "/v1/numbers/num%2F1/purge"},
		{op: "Numbers.Pay", args: []any{"num 1"}, path: "/v1/numbers/num%201/pay"},
		{
			op: "Numbers.CreateMeta", args: []any{CreateMetaNumberRequest{
				Name: "Official", Number: "551150006000", MetaPhoneID: "1020", Extra: map[string]any{"metaAccessToken": "EAAB"},
			}},
			path: "/v1/numbers/meta", body: `{"name":"Official","number":"551150006000","metaPhoneId":"1020","metaAccessToken":"EAAB"}`,
		},
	}
}

func numberLinkCases() []operationCase {
	return []operationCase{
		{op: "Numbers.Connect", args: []any{"num 1", DeviceOptions{Secondary: true}}, path: "/v1/numbers/num%201/connect?link=secondary"},
		{op: "Numbers.Status", args: []any{"num 1", DeviceOptions{Secondary: true}}, path: "/v1/numbers/num%201/status?link=secondary"},
		{op: "Numbers.UpgradeToDual", args: []any{"num 1"}, path: "/v1/numbers/num%201/upgrade-to-dual"},
		{
			op: "Numbers.CreatePairingLink", args: []any{CreatePairingLinkRequest{
				Name: "Branch 2", Number: "+551160007000", LinkToAPIKey: Ptr(true), SendViaWhatsApp: true, Provider: ProviderPilotStatus,
				RedirectURL: "https://example.test/done", ExternalRef: "branch-2", Branding: allOverrides(), MetaFlow: MetaFlowEmbedded,
				Extra: map[string]any{"new": 1},
			}},
			path: "/v1/numbers/remote-pairing",
			body: `{"name":"Branch 2","number":"+551160007000","linkToApiKey":true,"sendViaWhatsApp":true,"provider":"PILOT_STATUS",
			  "redirectUrl":"https://example.test/done","externalRef":"branch-2","branding":` + allOverridesJSON + `,"metaFlow":"embedded","new":1}`,
		},
		{op: "Pairing.Connect", args: []any{"tok/en"}, path: "/v1/remote-pairing/tok%2Fen/connect"},
		{op: "Pairing.Status", args: []any{"tok/en"}, path: "/v1/remote-pairing/tok%2Fen/status"},
		{
			op: "MetaOnboarding.Complete", args: []any{"ey.J+0/a=", CompleteMetaOnboardingRequest{
				PhoneNumberID: "1020", WABAID: "3040", Code: NewSecret("AQD-code"), Extra: map[string]any{"new": 1},
			}},
			path: "/v1/meta-embedded/ey.J%2B0%2Fa%3D/complete", body: `{"phoneNumberId":"1020","wabaId":"3040","code":"AQD-code","new":1}`,
			renamed: map[string][]string{"numberId": {"ID"}},
		},
	}
}

func accountCases() []operationCase {
	return []operationCase{
		{
			op: "APIKeys.RegenerateNumber", args: []any{"num 1"},
			path: "/v1/api-keys", body: `{"whatsappNumberId":"num 1"}`,
		},
		{op: "Branding.Get", path: "/v1/branding"},
		{
			op: "Branding.Update", args: []any{UpdateBrandingRequest{
				LogoURL: Set("https://cdn.example.test/logo.png"), PrimaryColor: Set("#0A7F5A"), BackgroundColor: Set("#FFFFFF"),
				CompanyName: Set("Acme"), Subtitle: Set("Support desk"), SupportURL: Set("https://example.test/help"),
				DefaultRedirectURL: Set("https://example.test/done"), HidePilotStatusBranding: Ptr(true),
			}},
			path: "/v1/branding", body: allOverridesJSON,
		},
		{
			op: "ExtraNumbers.Preview", args: []any{2},
			path: "/v1/subscription/extra-numbers?quantity=2",
		},
		{
			op: "ExtraNumbers.Buy", args: []any{BuyExtraNumbersRequest{Quantity: 2, Confirm: true}},
			path: "/v1/subscription/extra-numbers", body: `{"quantity":2,"confirm":true}`,
			renamed: map[string][]string{"url": {"CheckoutURL"}},
		},
		{
			op: "ExtraNumbers.Release", args: []any{2},
			path: "/v1/subscription/extra-numbers", body: `{"quantity":2}`,
		},
		{
			op: "Billing.Checkout", args: []any{CreatePaymentPageRequest{
				Purpose: CheckoutPurposeWalletTopup, Amount: 120.5, SuccessURL: "https://example.test/ok", CancelURL: "https://example.test/no",
				Extra: map[string]any{"new": 1},
			}},
			path:    "/v1/billing/checkout",
			body:    `{"purpose":"wallet_topup","amount":120.5,"successUrl":"https://example.test/ok","cancelUrl":"https://example.test/no","new":1}`,
			renamed: map[string][]string{"checkoutUrl": {"URL"}},
		},
		{
			op: "EmbedSessions.Create", args: []any{CreateEmbedSessionRequest{
				Surface: EmbedSurfaceChat, AllowedOrigins: []string{"https://app.example.test", "http://localhost:3000"},
				WhatsAppNumberIDs: []string{"num_1", "num_2"}, TTLSeconds: 600, BrandingOverride: allOverrides(),
				Extra: map[string]any{"new": 1},
			}},
			path: "/v1/embed/sessions",
			body: `{"surface":"chat","allowedOrigins":["https://app.example.test","http://localhost:3000"],"whatsappNumberIds":["num_1","num_2"],
			  "ttlSeconds":600,"brandingOverride":` + allOverridesJSON + `,"new":1}`,
		},
	}
}

// allSettings sets every setting; false and null must survive.
func allSettings() UpdateNumberSettings {
	return UpdateNumberSettings{
		HistoryImportEnabled: Ptr(false), WebhookHistoricalMessages: Ptr(true), IgnoreNewsletters: Ptr(true), MarkReadOnSend: Ptr(false),
		AlwaysOnline: Set(true), RejectCall: Set(false), MsgRejectCall: Set("Please write to us"),
		ReadMessages: Null[bool](), IgnoreGroups: Set(true), IgnoreStatus: Null[bool](),
	}
}

const allSettingsJSON = `{"historyImportEnabled":false,"webhookHistoricalMessages":true,"ignoreNewsletters":true,"markReadOnSend":false,
  "alwaysOnline":true,"rejectCall":false,"msgRejectCall":"Please write to us","readMessages":null,"ignoreGroups":true,"ignoreStatus":null}`

func allOverrides() BrandingOverride {
	return BrandingOverride{
		LogoURL: "https://cdn.example.test/logo.png", PrimaryColor: "#0A7F5A", BackgroundColor: "#FFFFFF", CompanyName: "Acme",
		Subtitle: "Support desk", SupportURL: "https://example.test/help", DefaultRedirectURL: "https://example.test/done",
		HidePilotStatusBranding: Ptr(true),
	}
}

const allOverridesJSON = `{"logoUrl":"https://cdn.example.test/logo.png","primaryColor":"#0A7F5A","backgroundColor":"#FFFFFF","companyName":"Acme",
  "subtitle":"Support desk","supportUrl":"https://example.test/help","defaultRedirectUrl":"https://example.test/done","hidePilotStatusBranding":true}`
