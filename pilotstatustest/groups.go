package pilotstatustest

import (
	"cmp"
	"fmt"
	"slices"
)

func groupRoutes() []route {
	const members = "/v1/groups/{groupId}/participants"
	return []route{
		on("Groups.List", "GET /v1/groups", scopeNumber, listGroups),
		onBody("Groups.Create", "POST /v1/groups", scopeNumber, createGroup).creates(),
		on("Groups.Get", "GET /v1/groups/{groupId}", scopeNumber, with((*call).group, getGroup)),
		on("Groups.AddParticipants", "POST "+members, scopeNumber, changeGroup((*groupChat).add)).takesBody(),
		on("Groups.RemoveParticipants", "DELETE "+members, scopeNumber, changeGroup((*groupChat).remove)).takesBody(),
		on("Newsletters.List", "GET /v1/newsletters", scopeNumber, listNewsletters),
	}
}

func (n *number) group(id string) *groupChat {
	return first(n.groups, func(g *groupChat) bool { return g.id == id })
}

// join puts a number into a group and returns it. A subject replaces the one before.
func (n *number) join(id, subject string) *groupChat {
	chat := n.group(id)
	if chat == nil {
		chat = &groupChat{id: id}
		n.groups = append(n.groups, chat)
	}
	chat.subject = cmp.Or(subject, chat.subject)
	return chat
}

func (n *number) channel(id string) *channel {
	return first(n.channels, func(c *channel) bool { return c.id == id })
}

// follow gives a number a channel and returns it. A name replaces the one before.
func (n *number) follow(id, name string) *channel {
	c := n.channel(id)
	if c == nil {
		c = &channel{id: id}
		n.channels = append(n.channels, c)
	}
	c.name = cmp.Or(name, c.name)
	return c
}

// refuseGroups refuses an official number whose business account has no groups.
func (s *state) refuseGroups(n *number) *failure {
	switch {
	case !n.official():
		return nil
	case s.groups.unsupported:
		return badRequest("NOT_SUPPORTED_FOR_META", "Not supported for official numbers")
	case !n.hasGroups:
		return badRequest("META_GROUPS_NOT_ELIGIBLE", "This official number is not eligible for groups")
	}
	return nil
}

// reachGroups refuses a number that cannot use groups, at all or now.
func (c *call) reachGroups() *failure {
	if refused := c.state.refuseGroups(c.number); refused != nil {
		return refused
	}
	return c.number.refuseOffline()
}

// group finds the group in the path.
func (c *call) group() (*groupChat, *failure) {
	if refused := c.reachGroups(); refused != nil {
		return nil, refused
	}
	chat := c.number.group(c.params["groupId"])
	if chat == nil {
		return nil, notFound("Group")
	}
	return chat, nil
}

// groupListRow is a row of Groups.List.
type groupListRow struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
}

// namedRow is a row of Newsletters.List, and of Groups.List in its other form.
type namedRow struct {
	ID   string  `json:"id"`
	Name *string `json:"name"`
}

func listGroups(c *call) (any, *failure) {
	if refused := c.reachGroups(); refused != nil {
		return nil, refused
	}
	if c.state.groups.wrapped {
		return map[string]any{"groups": rowsOf(c.number.groups, func(g *groupChat) namedRow { return namedRow{g.id, &g.subject} })}, nil
	}
	return rowsOf(c.number.groups, func(g *groupChat) groupListRow { return groupListRow{g.id, g.subject} }), nil
}

func listNewsletters(c *call) (any, *failure) {
	if refused := c.number.refuseOffline(); refused != nil {
		return nil, refused
	}
	rows := rowsOf(c.number.channels, func(one *channel) namedRow { return namedRow{one.id, nullable(one.name)} })
	if c.state.groups.wrapped {
		return map[string]any{"newsletters": rows}, nil
	}
	return rows, nil
}

// createdGroup is the answer of Groups.Create.
type createdGroup struct {
	ID           string   `json:"id"`
	Subject      string   `json:"subject"`
	Participants []string `json:"participants"`
}

// groupRequest is the body of Groups.Create.
type groupRequest struct {
	Subject      string   `json:"subject"`
	Participants []string `json:"participants"`
}

func createGroup(c *call, in *groupRequest) (any, *failure) {
	if blank(in.Subject) {
		return nil, invalid("subject is blank")
	}
	phones, refused := phoneDigits(in.Participants)
	if refused != nil {
		return nil, refused
	}
	if refused := c.reachGroups(); refused != nil {
		return nil, refused
	}
	c.state.lastID++
	chat := c.number.join(fmt.Sprintf("120363%012d@g.us", c.state.lastID), in.Subject)
	chat.add(phones)
	out := createdGroup{ID: chat.id, Subject: chat.subject, Participants: append([]string{}, chat.members...)}
	if c.state.groups.wrapped {
		return map[string]any{"group": out}, nil
	}
	return out, nil
}

// groupAnswer is the answer of Groups.Get.
type groupAnswer struct {
	ID           string        `json:"id"`
	Subject      string        `json:"subject"`
	Participants []groupMember `json:"participants"`
}

type groupMember struct {
	ID   string `json:"id"`
	Role string `json:"role"`
}

func getGroup(c *call, chat *groupChat) (any, *failure) {
	const suffix = "@s.whatsapp.net"
	out := groupAnswer{ID: chat.id, Subject: chat.subject, Participants: []groupMember{{c.number.phone + suffix, "admin"}}}
	for _, phone := range chat.members {
		out.Participants = append(out.Participants, groupMember{phone + suffix, "member"})
	}
	return out, nil
}

// membersRequest is the body of Groups.AddParticipants and RemoveParticipants.
type membersRequest struct {
	Participants []string `json:"participants"`
}

// changeGroup changes the members of the group in the path by those in the body.
func changeGroup(change func(*groupChat, []string)) handler {
	phones := func(c *call) ([]string, *failure) {
		in, refused := body[membersRequest](c)
		switch {
		case refused != nil:
			return nil, refused
		case len(in.Participants) == 0:
			return nil, invalid("no participants")
		}
		return phoneDigits(in.Participants)
	}
	return with2(phones, (*call).group, func(_ *call, phones []string, chat *groupChat) (any, *failure) {
		change(chat, phones)
		return map[string]any{"success": true}, nil
	})
}

func (g *groupChat) remove(phones []string) {
	g.members = slices.DeleteFunc(g.members, func(phone string) bool { return slices.Contains(phones, phone) })
}

// add adds phones that are not there yet.
func (g *groupChat) add(phones []string) {
	for _, phone := range phones {
		if !slices.Contains(g.members, phone) {
			g.members = append(g.members, phone)
		}
	}
}
