package main

import "reflect"

// form is the form that an answer has on the wire, as far as its Go type does not say it.
type form struct {
	value   reflect.Type // of the answer, of its member or of the rows of its list
	other   reflect.Type // another type that a row may have, nil for most
	list    bool         // the values stand in a list
	members []string     // names of the member that has the value or the list
	bare    bool         // a value may also stand without its member, as a list always may
	beside  reflect.Type // has the members that stand beside that one, nil without any
}

// pageMembers has the members beside the rows of a page.
type pageMembers struct {
	Total      int64  `json:"total"`
	Page       int    `json:"page"`
	PageSize   int    `json:"pageSize"`
	TotalPages int    `json:"totalPages"`
	Notice     string `json:"notice"`
}

// noticeMember has the member beside a lead.
type noticeMember struct {
	Notice string `json:"notice"`
}

// whole is the form of an answer that is a T.
func whole[T any]() form { return form{value: reflect.TypeFor[T]()} }

// inside is the form of an answer that has a T in a member.
func inside[T any](member string) form {
	return form{value: reflect.TypeFor[T](), members: []string{member}}
}

// either is the form of an answer that is a T, or has a T in a member.
func either[T any](member string) form {
	return form{value: reflect.TypeFor[T](), members: []string{member}, bare: true}
}

// rows is the form of a list that is bare or in one of the members.
func rows[T any](members ...string) form {
	return form{value: reflect.TypeFor[T](), list: true, members: members}
}

// paged is the form of one page of a list.
func paged[T any](member string) form {
	return form{value: reflect.TypeFor[T](), list: true, members: []string{member, "data"}, beside: reflect.TypeFor[pageMembers]()}
}

// or adds a type that the rows may have in place of the first one.
func (f form) or(t reflect.Type) form {
	f.other = t
	return f
}

// with adds a type that has the members beside the value.
func (f form) with(beside reflect.Type) form {
	f.beside = beside
	return f
}
