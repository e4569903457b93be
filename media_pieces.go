package pilotstatus

import (
	"bytes"
	"io"
)

// mediaPiece is the size of the parts in which a file is in memory, in bytes.
const mediaPiece = 1 << 20

// mediaPieces is a file in parts, so that it grows without a second copy of itself.
type mediaPieces struct {
	parts [][]byte
	size  int64
}

// room returns n bytes for the next part of the file; take adds the first of them.
func (m *mediaPieces) room(n int) []byte {
	if last := len(m.parts) - 1; last >= 0 && cap(m.parts[last])-len(m.parts[last]) >= n {
		return m.parts[last][len(m.parts[last]):][:n]
	}
	part := make([]byte, 0, max(n, min(mediaPiece, int(m.size))))
	m.parts = append(m.parts, part)
	return part[:n]
}

// take adds the first n bytes of the last room to the file.
func (m *mediaPieces) take(n int) {
	last := len(m.parts) - 1
	m.parts[last] = m.parts[last][:len(m.parts[last])+n]
	m.size += int64(n)
}

// Write implements io.Writer.
func (m *mediaPieces) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := copy(m.room(min(len(rest), mediaPiece/32)), rest)
		m.take(n)
		rest = rest[n:]
	}
	return len(p), nil
}

// writeTo writes the file to w.
func (m *mediaPieces) writeTo(w io.Writer) error {
	for _, part := range m.parts {
		n, err := w.Write(part)
		if err != nil {
			return err
		}
		if n < len(part) {
			return io.ErrShortWrite
		}
	}
	return nil
}

// reader returns a reader of the file.
func (m *mediaPieces) reader() io.Reader {
	parts := make([]io.Reader, len(m.parts))
	for i, part := range m.parts {
		parts[i] = bytes.NewReader(part)
	}
	return io.MultiReader(parts...)
}
