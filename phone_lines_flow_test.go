package pilotstatus_test

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) papers() pilotstatus.StartVerificationRequest {
	document, err := pilotstatus.DataURI(strings.NewReader("%PDF-1.7"), "application/pdf")
	require.NoError(s.t, err)
	return pilotstatus.StartVerificationRequest{
		DocumentType: pilotstatus.DocumentTypeCNPJ, DocumentNumber: "12.345.678/0001-90", ContactEmail: "finance@example.test",
		ContactWhatsApp: "+55 11 98888-7777", Document: document, IdempotencyKey: "verify-acme-1",
	}
}

func (s *stage) verifiesWorkspace() {
	t, ctx := s.t, s.t.Context()
	lines := s.tenant().PhoneLines
	state, err := lines.Verification(ctx)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.VerificationState{Status: pilotstatus.VerificationStatusNone}, state)

	started, err := lines.StartVerification(ctx, s.papers())
	require.NoError(t, err)
	assert.False(t, started.Replayed)
	assert.Equal(t, "verify-acme-1", started.IdempotencyKey)
	assert.Equal(t, pilotstatus.VerificationStatusPendingContact, started.Status)
	v := started.Verification
	require.NotNil(t, v)
	both := []pilotstatus.ContactChannel{pilotstatus.ContactChannelEmail, pilotstatus.ContactChannelWhatsApp}
	assert.Equal(t, []string{"12.***.***/0001-**", "ACME LTDA", "f***@example.test", "+55 11 9****-7777"},
		[]string{v.DocumentNumber, v.LegalName, v.Contact.Email, v.Contact.WhatsApp})
	assert.Equal(t, both, v.Contact.RequiredChannels)
	assert.Equal(t, both, v.Contact.PendingChannels)
	assert.Equal(t, pilotstatus.DocumentStatusReceived, v.Document.Status)

	code := s.Tenant().ContactCode("email")
	state, err = lines.ConfirmContact(ctx, pilotstatus.ContactChannelEmail, code)
	require.NoError(t, err)
	assert.Equal(t, both[:1], state.Verification.Contact.ConfirmedChannels)
	assert.Equal(t, both[1:], state.Verification.Contact.PendingChannels)

	again, err := lines.StartVerification(ctx, s.papers())
	require.NoError(t, err)
	assert.True(t, again.Replayed)
	assert.Equal(t, *state, again.VerificationState, "today's state, not the first answer")
	other := s.papers()
	other.ContactEmail = "other@example.test"
	_, err = lines.StartVerification(ctx, other)
	require.ErrorIs(t, err, pilotstatus.CodeIdempotencyKeyReused)

	first := s.Tenant().ContactCode("whatsapp")
	s.Advance(time.Minute)
	_, err = lines.SendContactCode(ctx, pilotstatus.ContactChannelWhatsApp)
	require.NoError(t, err)
	_, err = lines.ConfirmContact(ctx, pilotstatus.ContactChannelWhatsApp, first)
	require.ErrorIs(t, err, pilotstatus.CodeContactCodeInvalid)
	s.Tenant().NextVerification("APPROVED", "")
	state, err = lines.ConfirmContact(ctx, pilotstatus.ContactChannelWhatsApp, s.Tenant().ContactCode("whatsapp"))
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.VerificationStatusApproved, state.Status)
	assert.True(t, state.CanPurchase)
	assert.Empty(t, state.Verification.Contact.PendingChannels)
}

func (s *stage) sendsDocuments() {
	t, ctx := s.t, s.t.Context()
	lines := s.tenant().PhoneLines
	s.Tenant().RequireContacts()
	s.Tenant().NextVerification("NEEDS_DOCUMENT", "the photo is dark")
	papers := s.papers()
	papers.DocumentType, papers.DocumentNumber, papers.IdempotencyKey = pilotstatus.DocumentTypeCPF, "123.456.789-09", ""
	started, err := lines.StartVerification(ctx, papers)
	require.NoError(t, err)
	assert.NotEmpty(t, started.IdempotencyKey)
	assert.Equal(t, pilotstatus.VerificationStatusNeedsDocument, started.Status)
	assert.Equal(t, "the photo is dark", started.Verification.ReviewNote)
	assert.Equal(t, pilotstatus.DocumentStatusRequested, started.Verification.Document.Status)
	assert.Empty(t, started.Verification.LegalName)
	assert.Empty(t, started.Verification.Contact.RequiredChannels)

	s.Tenant().NextDocument("UNREADABLE")
	state, err := lines.SubmitDocument(ctx, papers.Document)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.DocumentStatusUnreadable, state.Verification.Document.Status)
	assert.False(t, state.CanPurchase)
	state, err = lines.SubmitDocument(ctx, papers.Document)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.VerificationStatusInReview, state.Status)
	assert.Equal(t, pilotstatus.ReviewReasonDocumentCheck, state.Verification.ReviewReason)
	assert.True(t, state.CanPurchase)
	s.Tenant().SetVerification("REJECTED", "not this person")
	state, err = lines.Verification(ctx)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.VerificationStatusRejected, state.Status)
	assert.Equal(t, "not this person", state.Verification.ReviewNote)
}

func (s *stage) streamsAudio() {
	t, ctx := s.t, s.t.Context()
	audio := bytes.Repeat([]byte{0xff, 0xfb, 0x90, 0x00}, 30_000)
	lines := s.tenant().PhoneLines
	for disposition, name := range map[string]string{
		`attachment; filename="activation-8d1.mp3"`:          "activation-8d1.mp3",
		`attachment; filename=activation-8d1.mp3`:            "activation-8d1.mp3",
		`attachment; filename*=UTF-8''liga%C3%A7%C3%A3o.mp3`: "ligação.mp3",
		`attachment; filename="../../etc/passwd"`:            "passwd",
		"": "",
	} {
		for _, chunked := range []bool{false, true} {
			s.Tenant().ChunkAudio(chunked)
			id := s.Tenant().AddActivation(audio, "audio/mpeg", disposition)
			recording, err := lines.ActivationAudio(ctx, id)
			require.NoError(t, err)
			assert.Equal(t, "audio/mpeg", recording.ContentType)
			assert.Equal(t, name, recording.FileName)
			want := int64(len(audio))
			if chunked {
				want = -1
			}
			assert.Equal(t, want, recording.ContentLength)
			got, err := io.ReadAll(recording.Body)
			require.NoError(t, err)
			require.NoError(t, recording.Body.Close())
			assert.True(t, bytes.Equal(audio, got))
			s.Tenant().DropActivation(id)
			_, err = lines.ActivationAudio(ctx, id)
			require.ErrorIs(t, err, pilotstatus.CodeActivationNotFound)
		}
	}
	untyped, err := lines.ActivationAudio(ctx, s.Tenant().AddActivation(audio, "", ""))
	require.NoError(t, err)
	assert.Equal(t, "application/octet-stream", untyped.ContentType)
	require.NoError(t, untyped.Body.Close())
}
