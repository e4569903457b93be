package pilotstatus

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	_ sql.Scanner   = (*Timestamp)(nil)
	_ driver.Valuer = Timestamp{}
)

// A time is read in every form whose meaning is certain, and in no other; its text stays.
func TestTimestampForms(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 4, 12, 30, 0, 0, time.UTC)
	none := time.Time{}
	const seconds, milliseconds = "1793795400", "1793795400000"
	require.Equal(t, int64(1793795400), at.Unix())
	for text, want := range map[string]time.Time{
		seconds:                    at,
		milliseconds:               at,
		"1793795400.215":           at.Add(215 * time.Millisecond),
		"1793795400.123456789":     at.Add(123456789),
		"1793795400.1234567899999": at.Add(123456789),
		"1793795400123.5":          at.Add(123*time.Millisecond + 500*time.Microsecond),
		"1.7937954e9":              at,
		"1.7937954E+9":             at,
		"1.793795400215e12":        at.Add(215 * time.Millisecond),
		"17937954000e-1":           at,
		"1793795400.0":             at,
		"1000000000":               time.Unix(1e9, 0),
		"9999999999":               time.Unix(9999999999, 0),
		"9999999999.999999999":     time.Unix(9999999999, 999999999),
		"1000000000000":            time.Unix(1e9, 0),
		"9999999999999":            time.UnixMilli(9999999999999),
		"9.999999999999e12":        time.UnixMilli(9999999999999),

		"999999999":           none, // 9 digits: March 1973 or September 2001
		"999999999.999999999": none,
		"10000000000":         none, // 11 digits
		"999999999999":        none,
		"999999999999.9":      none,
		"10000000000000":      none, // 14 digits
		"1793795400000000":    none, // microseconds
		"1793795400000000000": none,
		"0":                   none,
		"-1793795400":         none,
		"12":                  none,
		"1e999999999":         none,
		"1e-999999999":        none,
		"17937954000000000000000000000000000000e-28": none, // longer than any number has to be
	} {
		for _, data := range []string{text, strconv.Quote(text)} {
			var got Timestamp
			require.NoError(t, json.Unmarshal([]byte(data), &got), data)
			assert.True(t, want.Equal(got.Time), "%s: %s", data, got.Time)
			assert.Equal(t, text, got.Text(), data)
			encoded, err := json.Marshal(got)
			require.NoError(t, err)
			var again Timestamp
			require.NoError(t, json.Unmarshal(encoded, &again))
			assert.Equal(t, got, again, data)
		}
	}
	for text, want := range map[string]time.Time{
		"2026-11-04T12:30:00+0000":      at,
		"2026-11-04T09:30:00-0300":      at,
		"2026-11-04T09:30:00-03":        at,
		"2026-11-04T09:30:00.5-0300":    at.Add(time.Second / 2),
		"2026-11-04T09:30:00.215-03":    at.Add(215 * time.Millisecond),
		"2026-11-04 12:30:00Z":          at,
		"2026-11-04 12:30:00+00":        at,
		"2026-11-04 09:30:00.215-03:00": at.Add(215 * time.Millisecond),
		"2026-11-04T12:30:00":           none, // in which zone?
		"2026-11-04 12:30:00":           none,
		"2026-11-04":                    none,
		"2026-11-04T12:30:00+00000":     none,
		"04/11/2026 12:30":              none,
		" 1793795400":                   none,
		"1793795400 ":                   none,
		"+1793795400":                   none,
		"01793795400":                   none,
		"0x6AEB3A48":                    none,
		"1_793_795_400":                 none,
		"1793795400.":                   none,
		"Infinity":                      none,
		"١٧٩٣٧٩٥٤٠٠":                    none,
	} {
		var got Timestamp
		require.NoError(t, json.Unmarshal([]byte(strconv.Quote(text)), &got), text)
		assert.True(t, want.Equal(got.Time), "%s: %s", text, got.Time)
		assert.Equal(t, text, got.Text())
	}
}

// A time that was made here keeps all its digits in JSON.
func TestTimestampKeepsItsDigits(t *testing.T) {
	t.Parallel()
	at := Timestamp{Time: time.Date(2026, 11, 4, 9, 30, 0, 123456789, time.FixedZone("", -3*60*60))}
	data, err := json.Marshal(at)
	require.NoError(t, err)
	assert.Equal(t, `"2026-11-04T12:30:00.123456789Z"`, string(data))
}

func TestTimestampInADatabase(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -3*60*60)
	at := time.Date(2026, 11, 4, 9, 30, 0, 123456000, zone)
	for _, test := range []struct {
		src  any
		want time.Time
		text string
	}{
		{nil, time.Time{}, ""},
		{at, at, ""},
		{time.Time{}, time.Time{}, ""},
		{"2026-11-04T12:30:00.123456Z", at, "2026-11-04T12:30:00.123456Z"},
		{[]byte("2026-11-04 12:30:00.123456+00"), at, "2026-11-04 12:30:00.123456+00"},
		{"1793795400", time.Unix(1793795400, 0), "1793795400"},
		{"", time.Time{}, ""},
		{[]byte{}, time.Time{}, ""},
		{[]byte(nil), time.Time{}, ""},
	} {
		got := Timestamp{Time: time.Unix(1, 0), text: "before"}
		require.NoError(t, got.Scan(test.src), "%v", test.src)
		assert.True(t, test.want.Equal(got.Time), "%v: %s", test.src, got.Time)
		assert.Equal(t, test.text, got.Text())
		value, err := got.Value()
		require.NoError(t, err)
		if test.want.IsZero() {
			assert.Nil(t, value)
			continue
		}
		assert.True(t, driver.IsValue(value))
		assert.Equal(t, test.want.UTC(), value)
	}
	buffer := []byte("2026-11-04T12:30:00Z") // a driver uses it again
	var kept Timestamp
	require.NoError(t, kept.Scan(buffer))
	copy(buffer, "xxxx")
	assert.Equal(t, "2026-11-04T12:30:00Z", kept.Text())

	for _, src := range []any{"soon", []byte("2026-11-04"), "2026-11-04 12:30:00", int64(1793795400), 1.5, true} {
		got := kept
		err := got.Scan(src)
		require.Error(t, err, "%v", src)
		assert.Equal(t, kept, got)
		assert.NotContains(t, err.Error(), "2026")
	}
	var odd Timestamp
	require.NoError(t, json.Unmarshal([]byte(`"soon"`), &odd))
	value, err := odd.Value()
	require.NoError(t, err)
	assert.Nil(t, value)
}
