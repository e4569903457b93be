package pilotstatuspg

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func affected(n int64) pgconn.CommandTag {
	return pgconn.NewCommandTag("SELECT " + strconv.FormatInt(n, 10))
}

// sqlArgs returns the arguments with PostgreSQL's array literals in place of slices, which
// not every driver of database/sql can send.
func sqlArgs(args []any) []any {
	converted := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case []string:
			converted[i] = arrayLiteral(arg, quoteElement)
		case []*string:
			converted[i] = arrayLiteral(arg, nullable(quoteElement))
		case [][]byte:
			converted[i] = arrayLiteral(arg, bytesElement)
		case []int64:
			converted[i] = arrayLiteral(arg, func(n int64) string { return strconv.FormatInt(n, 10) })
		case []*time.Time:
			converted[i] = arrayLiteral(arg, nullable(func(at time.Time) string { return quoteElement(at.Format(time.RFC3339Nano)) }))
		default:
			converted[i] = arg
		}
	}
	return converted
}

func arrayLiteral[T any](values []T, element func(T) string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, value := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(element(value))
	}
	b.WriteByte('}')
	return b.String()
}

func nullable[T any](element func(T) string) func(*T) string {
	return func(value *T) string {
		if value == nil {
			return "NULL"
		}
		return element(*value)
	}
}

func quoteElement(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func bytesElement(data []byte) string {
	if data == nil {
		return "NULL"
	}
	return fmt.Sprintf(`"\\x%s"`, hex.EncodeToString(data))
}
