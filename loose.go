package pilotstatus

import "encoding/json"

// loose is a member of an answer whose type is not certain. What does not fit leaves
// the zero value, because an answer that can be read in part is worth more than an
// error. Answers keep their fields plain and read them through a struct of these.
type loose[T any] struct{ value T }

// UnmarshalJSON takes data if it is a T, whole. It returns no error, whatever it is
// given.
func (l *loose[T]) UnmarshalJSON(data []byte) error {
	var value T
	if json.Unmarshal(data, &value) != nil {
		value = *new(T) // a part of it may have been read
	}
	l.value = value
	return nil
}
