package main

import (
	"reflect"
	"slices"
	"strings"
)

// member is what a field of a Go type says of a member of an answer.
type member struct {
	names    []string // its own one first, then those that the tag also lists
	value    reflect.Type
	required bool
	instead  string // a member that can stand in for a required one, "" for none
}

// membersOf returns the members of a type of answers.
func membersOf(t reflect.Type) []member {
	var members []member
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" || field.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		also := strings.FieldsFunc(field.Tag.Get("also"), func(r rune) bool { return r == ',' })
		m := member{names: append([]string{name}, also...), value: field.Type}
		if tag := field.Tag.Get("required"); tag != "" && tag != "-" && !isFreed(t, field.Index) {
			m.required = true
			if tag != "true" {
				m.instead = tag
			}
		}
		members = append(members, m)
	}
	return members
}

// isFreed reports whether the field stands in an embedded struct whose members are not
// required there.
func isFreed(t reflect.Type, index []int) bool {
	for i := range index[:len(index)-1] {
		if t.FieldByIndex(index[:i+1]).Tag.Get("required") == "-" {
			return true
		}
	}
	return false
}

// find returns the member with a name, and whether there is one.
func find(members []member, name string) (member, bool) {
	at := slices.IndexFunc(members, func(m member) bool { return slices.Contains(m.names, name) })
	if at < 0 {
		return member{}, false
	}
	return members[at], true
}
