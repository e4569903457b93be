package pilotstatus

import (
	"context"
	"iter"
	"time"
)

// InboxOptions choose a page of Conversations, History or GroupMessages.
type InboxOptions struct {
	// StartDate and EndDate are the first and the last moment, both included: of
	// Conversation.LastMessageAt, HistoryMessage.ProviderTimestamp and
	// GroupMessage.CreatedAt. Zero: unbounded. A start after the end is
	// CodeInvalidDateRange.
	StartDate, EndDate time.Time

	Page     int // from 1, which is the default
	PageSize int // 1 to 100; 0: the API's default, which is 30
}

func (o InboxOptions) validate() error { return validatePage(o.Page, o.PageSize) }

func (o InboxOptions) query() queryValues {
	q := queryValues{}
	q.span(o.StartDate, o.EndDate)
	q.page(o.Page, o.PageSize)
	return q
}

func (o InboxOptions) onPage(number int) InboxOptions {
	o.Page = number
	return o
}

// UnreadOptions choose a page of Unread.
type UnreadOptions struct {
	Page     int // from 1, which is the default
	PageSize int // 1 to 100; 0: the API's default, which is 30
}

func (o UnreadOptions) validate() error { return validatePage(o.Page, o.PageSize) }

func (o UnreadOptions) query() queryValues {
	q := queryValues{}
	q.page(o.Page, o.PageSize)
	return q
}

// InboxService reads what the number received and sent. Nothing here marks a message
// read. A call on a number that keeps no personal data returns redacted rows, or none
// and a Page.Notice. A key without a number gets CodeNumberNotFound or a
// *TenantScopeError.
type InboxService struct{ client *Client }

// Conversations returns a page of the number's chats, the one with the newest message
// first. The messages of one chat are those of History with its ConversationID: the
// API has no filter for it.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) Conversations(ctx context.Context, o InboxOptions) (*Page[Conversation], error) {
	return invokePage[Conversation](ctx, s.client, opInboxConversations, input{query: o}, "conversations")
}

// AllConversations returns the chats of all pages from o.Page on. A chat that gets a
// message meanwhile may come twice, or be missed: tell them apart by ID.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) AllConversations(ctx context.Context, o InboxOptions) iter.Seq2[Conversation, error] {
	return allPages(o.Page, func(number int) (*Page[Conversation], error) {
		return s.Conversations(ctx, o.onPage(number))
	})
}

// History returns a page of the messages of all chats, in and out, the newest first,
// with those that were imported from the phone when it was connected: it reaches back
// to about a month before that. It is not the delivery log of your sends, which is
// Messages.Get.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) History(ctx context.Context, o InboxOptions) (*Page[HistoryMessage], error) {
	return invokePage[HistoryMessage](ctx, s.client, opInboxHistory, input{query: o}, "messages")
}

// AllHistory returns the messages of all pages from o.Page on. New messages shift the
// pages, so that a message may come twice: tell them apart by ID, or set EndDate.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) AllHistory(ctx context.Context, o InboxOptions) iter.Seq2[HistoryMessage, error] {
	return allPages(o.Page, func(number int) (*Page[HistoryMessage], error) {
		return s.History(ctx, o.onPage(number))
	})
}

// Experimental: Unread returns a page of the inbound messages that nobody read, the
// newest first. What stands around the rows is inferred. Page.Total is not the number of
// rows here, but the sum of the unread counters of all conversations.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) Unread(ctx context.Context, o UnreadOptions) (*Page[UnreadMessage], error) {
	return invokePage[UnreadMessage](ctx, s.client, opInboxUnread, input{query: o}, "messages")
}

// Experimental: AllUnread returns the unread messages of all pages from o.Page on. What
// is read or arrives meanwhile shifts the pages: tell messages apart by ID.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) AllUnread(ctx context.Context, o UnreadOptions) iter.Seq2[UnreadMessage, error] {
	return allPages(o.Page, func(number int) (*Page[UnreadMessage], error) {
		page := o
		page.Page = number
		return s.Unread(ctx, page)
	})
}

// Experimental: GroupMessages returns a page of the messages of all groups, the newest
// first; the API has no filter for one group. What stands around the rows is inferred.
// The messages are part of History too. An official number without groups gets
// CodeMetaGroupsNotEligible or CodeNotSupportedForMeta.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) GroupMessages(ctx context.Context, o InboxOptions) (*Page[GroupMessage], error) {
	return invokePage[GroupMessage](ctx, s.client, opInboxGroupMessages, input{query: o}, "messages")
}

// Experimental: AllGroupMessages returns the group messages of all pages from o.Page on.
// New messages shift the pages, so that a message may come twice: tell them apart by ID,
// or set EndDate.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s InboxService) AllGroupMessages(ctx context.Context, o InboxOptions) iter.Seq2[GroupMessage, error] {
	return allPages(o.Page, func(number int) (*Page[GroupMessage], error) {
		return s.GroupMessages(ctx, o.onPage(number))
	})
}
