package pilotstatus

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
)

// Group is a group that the number is in.
type Group struct {
	ID      string `json:"id" required:"true"` // for the recipient [GroupID]; ends in "@g.us"
	Subject string `json:"subject"`
}

// UnmarshalJSON reads the row, whichever of its two names the subject has.
func (g *Group) UnmarshalJSON(data []byte) error {
	type plain Group // without this method
	var row struct {
		plain
		Name string `json:"name"`
	}
	if err := unmarshalAnswer(data, &row); err != nil {
		return err
	}
	*g = Group(row.plain)
	g.Subject = cmp.Or(g.Subject, row.Name)
	return nil
}

// groupsAnswer is the list of groups, which may be wrapped twice.
type groupsAnswer struct{ list[Group] }

// readAnswer reads the list.
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

// GroupDetail is a group in [GroupsService.Get] and [GroupsService.Create].
type GroupDetail struct {
	ID      string `json:"id" required:"subject"` // for the recipient [GroupID]; ends in "@g.us"
	Subject string `json:"subject"`

	// Experimental: Participants are the people in the group. The vendor does not
	// say what describes them: this is what could be made out, Raw has the rest.
	Participants []GroupParticipant `json:"participants"`

	Raw json.RawMessage `json:"-"` // the answer as received
}

// UnmarshalJSON reads the group, bare or wrapped, with whatever participants.
func (g *GroupDetail) UnmarshalJSON(data []byte) error {
	type plain GroupDetail // without this method
	var answer struct {
		plain
		Name string `json:"name"`
	}
	if err := unmarshalAnswer(inside(data, "group"), &answer); err != nil {
		return err
	}
	*g = GroupDetail(answer.plain)
	g.Subject = cmp.Or(g.Subject, answer.Name)
	return nil
}

// newGroup is a group that was just made. Without its id nothing can be done with it.
type newGroup struct{ GroupDetail }

func (g *newGroup) check() error {
	if g.ID == "" {
		return lacking("id")
	}
	return nil
}

// Experimental: GroupParticipant is somebody in a group, as far as the API's undocumented
// description could be made out.
type GroupParticipant struct {
	ID   string `json:"id"`   // a phone number, a JID or a hidden id ("…@lid"); "" where none was found
	Role string `json:"role"` // as in "admin"; "" where none was found

	Raw json.RawMessage `json:"-"` // the participant as received
}

// UnmarshalJSON reads a text or an object under several names. It returns no error.
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

// CreateGroupRequest is the group to make with [GroupsService.Create].
type CreateGroupRequest struct {
	Subject string `json:"subject"` // the name of the group

	// Participants are phone numbers. They go to the API as they are; its
	// documentation asks for digits, as in "5511999999999".
	Participants []string `json:"participants,omitempty"`
}

func (g CreateGroupRequest) validate() error {
	if err := required("Subject", g.Subject); err != nil {
		return err
	}
	return checkParticipants(g.Participants)
}

// ChangeParticipantsRequest is who is added to a group or removed from it.
type ChangeParticipantsRequest struct {
	// Participants are one or more phone numbers. They go to the API as they are;
	// its documentation asks for digits, as in "5511999999999".
	Participants []string `json:"participants"`

	// Extra holds body fields that this version does not know. A field that it
	// knows is a [*ValidationError] here.
	Extra map[string]any `json:"-"`
}

func (c ChangeParticipantsRequest) validate() error {
	if len(c.Participants) == 0 {
		return invalid("Participants", "name at least one phone number")
	}
	return checkParticipants(c.Participants)
}

// checkParticipants leaves open what is a participant: a hidden one has an id.
func checkParticipants(participants []string) error {
	for _, participant := range participants {
		if err := checkPhoneText("Participants", participant); err != nil {
			return err
		}
	}
	return nil
}

// Experimental: ParticipantsResult is what the API says of a change of participants. The
// vendor does not document it; it may say that some people could not be added.
type ParticipantsResult struct {
	Raw json.RawMessage `json:"-"` // the answer as received, nil where it was empty
}

// UnmarshalJSON takes any JSON.
func (r *ParticipantsResult) UnmarshalJSON([]byte) error { return nil }

// allowsEmpty: nothing says that the API answers with a body.
func (r *ParticipantsResult) allowsEmpty() {}

// Newsletter is a channel that the number can write to.
type Newsletter struct {
	ID   string `json:"id" required:"true"` // for the recipient [NewsletterID]; ends in "@newsletter"
	Name string `json:"name"`
}

// GroupsService lists, makes and changes groups. It works on connected web numbers
// ([CodeWhatsAppInstanceNotConnected]) and on official numbers whose business account is
// approved for groups (else [CodeMetaGroupsNotEligible] or [CodeNotSupportedForMeta]).
// [MessagesService.Send] writes to a group, [InboxService.GroupMessages] reads what is
// written there. It is part of a [NumberClient].
//
//   - [GroupsService.List] returns all groups that the number is in
//   - [GroupsService.Create] makes a group and ADDS THE PARTICIPANTS AT ONCE; WhatsApp
//     tells them
//   - [GroupsService.Get] returns a group with its participants
//   - [GroupsService.AddParticipants] ADDS PEOPLE TO A GROUP at once; WhatsApp tells them
//   - [GroupsService.RemoveParticipants] Experimental
type GroupsService struct{ client *Client }

// List returns all groups that the number is in.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s GroupsService) List(ctx context.Context) ([]Group, error) {
	out, err := invoke[groupsAnswer](ctx, s.client, opGroupsList, input{})
	if err != nil {
		return nil, err
	}
	return out.items, nil
}

// Create makes a group and ADDS THE PARTICIPANTS AT ONCE; WhatsApp tells them. It is
// repeated only after what provably never reached the API: calling again makes a second
// group, so look for the subject in List after an [*OutcomeUnknownError].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s GroupsService) Create(ctx context.Context, req CreateGroupRequest) (*GroupDetail, error) {
	out, err := invoke[newGroup](ctx, s.client, opGroupsCreate, input{body: req})
	if err != nil {
		return nil, err
	}
	return &out.GroupDetail, nil
}

// Get returns a group with its participants. An unknown group is a [*NotFoundError], a
// number that is not connected [CodeWhatsAppInstanceNotConnected], and an official number
// without groups [CodeMetaGroupsNotEligible].
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s GroupsService) Get(ctx context.Context, groupID string) (*GroupDetail, error) {
	return invoke[GroupDetail](ctx, s.client, opGroupsGet, input{path: params{groupID}})
}

// AddParticipants ADDS PEOPLE TO A GROUP at once; WhatsApp tells them. A nil error does
// not mean that all of them are in it: somebody's privacy settings may forbid it. The
// vendor does not document the answer: it is in [ParticipantsResult].Raw. The call is
// repeated only after what provably never reached the API; look at Get after an
// [*OutcomeUnknownError].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s GroupsService) AddParticipants(ctx context.Context, groupID string, req ChangeParticipantsRequest) (*ParticipantsResult, error) {
	return invoke[ParticipantsResult](ctx, s.client, opGroupsAddParticipants, input{path: params{groupID}, body: req})
}

// Experimental: RemoveParticipants REMOVES PEOPLE FROM A GROUP at once. The call is
// inferred from its opposite: the vendor's documentation of it is cut off. It is
// repeated only after what provably never reached the API; look at Get after an
// [*OutcomeUnknownError].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s GroupsService) RemoveParticipants(ctx context.Context, groupID string, req ChangeParticipantsRequest) (*ParticipantsResult, error) {
	return invoke[ParticipantsResult](ctx, s.client, opGroupsRemoveParticipants, input{path: params{groupID}, body: req})
}

// NewslettersService lists channels. It is part of a [NumberClient].
//
//   - [NewslettersService.List] returns the channels of a connected web number
//     ([CodeWhatsAppInstanceNotConnected])
type NewslettersService struct{ client *Client }

// List returns the channels of a connected web number
// ([CodeWhatsAppInstanceNotConnected]). The API keeps the answer for an hour. An empty
// list may mean that the number has no channels, or that the workspace may not list
// them: a channel whose id is known can be written to all the same.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s NewslettersService) List(ctx context.Context) ([]Newsletter, error) {
	return invokeList[Newsletter](ctx, s.client, opNewslettersList, input{}, "newsletters", "data")
}
