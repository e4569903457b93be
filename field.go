package pilotstatus

// Ptr returns a pointer to v, for optional fields of requests.
func Ptr[T any](v T) *T { return &v }

// Field is an optional field of an update that also knows null. Its zero value
// leaves the stored value alone, Set stores a new one and Null clears it or
// takes it back to its default. Fields of this type are declared with
// omitzero, so that only what was set goes to the server.
type Field[T any] struct {
	value T
	state fieldState
}

type fieldState uint8

const (
	fieldAbsent fieldState = iota
	fieldNull
	fieldSet
)

// Set returns a field that stores v, also when v is the zero value of its type.
func Set[T any](v T) Field[T] { return Field[T]{value: v, state: fieldSet} }

// Null returns a field that is sent as null: the server clears the value or
// takes it back to its default.
func Null[T any]() Field[T] { return Field[T]{state: fieldNull} }

// IsZero reports whether the field leaves the stored value alone. encoding/json
// asks it for fields with omitzero.
func (f Field[T]) IsZero() bool { return f.state == fieldAbsent }

// Get returns the value and whether there is one: false for null and for a
// field that was left alone.
func (f Field[T]) Get() (T, bool) { return f.value, f.state == fieldSet }

// MarshalJSON implements json.Marshaler.
func (f Field[T]) MarshalJSON() ([]byte, error) {
	if f.state != fieldSet {
		return []byte("null"), nil
	}
	return marshalBody(f.value)
}
