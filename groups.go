package pilotstatus

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"reflect"
)

// Group is a group that the number is in.
type Group struct {
	ID      string `json:"id" required:"true"` // for the recipient [GroupID]; ends in "@g.us"
	Subject string `json:"subject" also:"name"`
}

// groupsAnswer is the list of groups, which may be wrapped twice.
type groupsAnswer struct{ list[Group] }

// readAnswer decodes the list.
func (a *groupsAnswer) readAnswer(data []byte) error {
	a.members = []string{"groups", "data"}
	return a.list.readAnswer(inside(data, "data"))
}

// inside returns the object that is the named member of an object, or data itself.
func inside(data []byte, member string) []byte {
	if object := membersOf(data); beginsObject(object[member]) {
		return object[member]
	}
	return data
}

// GroupDetail is a group as returned by [GroupsService.Get] and [GroupsService.Create].
type GroupDetail struct {
	ID      string `json:"id" required:"subject"` // for the recipient [GroupID]; ends in "@g.us"
	Subject string `json:"subject" also:"name"`

	// Experimental: Participants are the people in the group. The vendor does not document
	// their form: the known parts are decoded, and Raw holds the rest.
	Participants []GroupParticipant `json:"participants"`

	Raw json.RawMessage `json:"-"` // the answer as received
}

// readAnswer reads the group, bare or wrapped.
func (g *GroupDetail) readAnswer(data []byte) error {
	err := tagsOf(reflect.TypeFor[GroupDetail]()).decode(inside(data, "group"), g)
	g.Raw = bytes.Clone(data)
	return err
}

// newGroup is a new group. It must have an id, because nothing can be done without it.
type newGroup struct{ GroupDetail }

func (g *newGroup) readAnswer(data []byte) error {
	if err := g.GroupDetail.readAnswer(data); err != nil {
		return err
	}
	if g.ID == "" {
		return lacking("id")
	}
	return nil
}

// Experimental: GroupParticipant is a person in a group. The API does not document its
// form.
type GroupParticipant struct {
	ID   string `json:"id"`   // a phone number, a JID or a hidden id ("…@lid"); "" if not found
	Role string `json:"role"` // as in "admin"; "" if not found

	Raw json.RawMessage `json:"-"` // the participant as received
}

// UnmarshalJSON decodes a text or an object under several names. It returns no error.
func (p *GroupParticipant) UnmarshalJSON(data []byte) error {
	*p = GroupParticipant{Raw: bytes.Clone(data)}
	members := membersOf(data)
	p.ID = cmp.Or(textOf(data), firstText(members, "id", "jid", "phone", "number"))
	p.Role = firstText(members, "role", "admin")
	if p.Role == "" && string(members["admin"]) == "true" {
		p.Role = "admin"
	}
	return nil
}

// CreateGroupRequest is a group to create.
type CreateGroupRequest struct {
	Subject string `json:"subject"` // the name of the group

	// Participants are phone numbers. They are sent unchanged; the API's documentation asks
	// for digits, as in "5511999999999".
	Participants []string `json:"participants,omitempty"`
}

func (g CreateGroupRequest) validate() error {
	if err := required("Subject", g.Subject); err != nil {
		return err
	}
	return checkPhoneTexts("Participants", g.Participants)
}

// ChangeParticipantsRequest lists the people to add to a group or to remove from it.
type ChangeParticipantsRequest struct {
	// Participants are one or more phone numbers. They are sent unchanged; the API's
	// documentation asks for digits, as in "5511999999999".
	Participants []string `json:"participants"`

	// Extra holds body fields that this version does not know. A field that this version
	// knows is a [*ValidationError].
	Extra map[string]any `json:"-"`
}

func (c ChangeParticipantsRequest) validate() error {
	if len(c.Participants) == 0 {
		return invalid("Participants", "name at least one phone number")
	}
	return checkPhoneTexts("Participants", c.Participants) // a hidden participant has an id
}

// Experimental: ParticipantsResult is the answer to a change of participants. The vendor
// does not document it; it may say that some people could not be added.
type ParticipantsResult struct {
	Raw json.RawMessage `json:"-"` // the answer as received, nil if it was empty
}

// UnmarshalJSON accepts any JSON.
func (r *ParticipantsResult) UnmarshalJSON([]byte) error { return nil }

// allowsEmpty accepts an answer without a body, because no body is documented.
func (r *ParticipantsResult) allowsEmpty() {}

// Newsletter is a channel that the number can send to.
type Newsletter struct {
	ID   string `json:"id" required:"true"` // for the recipient [NewsletterID]; ends in "@newsletter"
	Name string `json:"name"`
}

// GroupsService lists, creates and changes groups. It works on connected web numbers and on
// official numbers whose business account is approved for groups. Send to a group with
// [MessagesService.Send] and read its messages with [InboxService.GroupMessages]. The
// service is part of a [NumberClient].
//
//   - [GroupsService.List] returns the groups of the number
//   - [GroupsService.Create] creates a group and ADDS THE PARTICIPANTS at once
//   - [GroupsService.Get] returns a group with its participants
//   - [GroupsService.AddParticipants] ADDS PEOPLE to a group at once
//   - [GroupsService.RemoveParticipants] REMOVES PEOPLE from a group (experimental)
type GroupsService struct{ client *Client }

// List returns all groups that the number is a member of.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [CodeWhatsAppInstanceNotConnected] for a
// disconnected number; [CodeMetaGroupsNotEligible] or [CodeNotSupportedForMeta] for an
// official number without groups; and those of every call.
func (s GroupsService) List(ctx context.Context) ([]Group, error) {
	out, err := invoke[groupsAnswer](ctx, s.client, opGroupsList, input{})
	if err != nil {
		return nil, err
	}
	return out.items, nil
}

// Create creates a group and ADDS THE PARTICIPANTS AT ONCE; WhatsApp notifies them. Calling
// again creates a second group: after an [*OutcomeUnknownError], look for the subject in
// [GroupsService.List] before calling again.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [CodeWhatsAppInstanceNotConnected] for a
// disconnected number; [CodeMetaGroupsNotEligible] or [CodeNotSupportedForMeta] for an
// official number without groups; [*OutcomeUnknownError] and those of every call.
func (s GroupsService) Create(ctx context.Context, req CreateGroupRequest) (*GroupDetail, error) {
	out, err := invoke[newGroup](ctx, s.client, opGroupsCreate, input{body: req})
	if err != nil {
		return nil, err
	}
	return &out.GroupDetail, nil
}

// Get returns a group with its participants.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [*NotFoundError] for an unknown group;
// [CodeWhatsAppInstanceNotConnected] for a disconnected number; [CodeMetaGroupsNotEligible]
// or [CodeNotSupportedForMeta] for an official number without groups; and those of every
// call.
func (s GroupsService) Get(ctx context.Context, groupID string) (*GroupDetail, error) {
	return invoke[GroupDetail](ctx, s.client, opGroupsGet, input{path: params{groupID}})
}

// AddParticipants ADDS PEOPLE TO A GROUP at once; WhatsApp notifies them. A nil error does
// not mean that all of them were added: privacy settings may forbid it. The vendor does not
// document the answer: it is in [ParticipantsResult].Raw. After an [*OutcomeUnknownError],
// look at the group with [GroupsService.Get].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for an unknown group;
// [CodeWhatsAppInstanceNotConnected] for a disconnected number; [CodeMetaGroupsNotEligible]
// or [CodeNotSupportedForMeta] for an official number without groups;
// [*OutcomeUnknownError] and those of every call.
func (s GroupsService) AddParticipants(ctx context.Context, groupID string, req ChangeParticipantsRequest) (*ParticipantsResult, error) {
	return invoke[ParticipantsResult](ctx, s.client, opGroupsAddParticipants, input{path: params{groupID}, body: req})
}

// Experimental: RemoveParticipants REMOVES PEOPLE FROM A GROUP at once. The call is
// inferred from [GroupsService.AddParticipants], because the vendor's documentation of it
// is cut off. After an [*OutcomeUnknownError], look at the group with [GroupsService.Get].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for an unknown group;
// [CodeWhatsAppInstanceNotConnected] for a disconnected number; [CodeMetaGroupsNotEligible]
// or [CodeNotSupportedForMeta] for an official number without groups;
// [*OutcomeUnknownError] and those of every call.
func (s GroupsService) RemoveParticipants(ctx context.Context, groupID string, req ChangeParticipantsRequest) (*ParticipantsResult, error) {
	return invoke[ParticipantsResult](ctx, s.client, opGroupsRemoveParticipants, input{path: params{groupID}, body: req})
}

// NewslettersService lists channels. It is part of a [NumberClient].
//
//   - [NewslettersService.List] returns the channels of a web number
type NewslettersService struct{ client *Client }

// List returns the channels of a connected web number. The API keeps the answer for an
// hour. An empty list means that the number has no channels, or that the workspace may not
// list them: sending to a channel with a known id works nevertheless.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [CodeWhatsAppInstanceNotConnected] for a
// disconnected number and those of every call.
func (s NewslettersService) List(ctx context.Context) ([]Newsletter, error) {
	return invokeList[Newsletter](ctx, s.client, opNewslettersList, input{}, "newsletters", "data")
}
