package pilotstatustest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nested is an object that is so many levels deep.
func nested(levels int) string {
	return `{"y":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}"
}

// No operation takes a body that is deeper than what the server works on.
func TestBodiesHaveADepth(t *testing.T) {
	t.Parallel()
	taken := 0
	for _, r := range routes() {
		if !r.body {
			continue
		}
		taken++
		header := http.Header{"Content-Type": {typeJSON}}
		for levels, refused := range map[int]bool{maxDepth: false, maxDepth + 1: true, 1 << 20: true} {
			c := &call{route: &r, header: header, body: []byte(nested(levels))}
			assert.Equal(t, refused, c.checkBody() != nil, "%s: %d", r.op, levels)
		}
	}
	assert.Greater(t, taken, 30)
}

func TestDepthOfTexts(t *testing.T) {
	t.Parallel()
	for text, depth := range map[string]int{
		`{"a":"[[[","b":[{}]}`:         3,
		`{"\"[[[[\\":1}`:               1,
		`{"a":"\\\"[[[[","b":[[]]}`:    3,
		`["[[[[`:                       1,
		`[[],[],[],{"a":{}},["\\\\"]]`: 3,
		`"[[["`:                        0,
	} {
		require.NoError(t, checkDepth([]byte(text), depth), text)
		if depth > 0 {
			require.Error(t, checkDepth([]byte(text), depth-1), text)
		}
	}
}

// What a snapshot of the deepest bodies has can be read again, and is not much longer than
// they are.
func TestSnapshotOfDeepBodies(t *testing.T) {
	t.Parallel()
	fake := NewServer(t)
	send := func(body string) (int, string) {
		fake.mu.Lock()
		defer fake.mu.Unlock()
		c := &call{state: fake.state, route: &fake.routes[0], header: http.Header{"Content-Type": {typeJSON}}, body: []byte(body)}
		c.key = fake.state.number("num_1").key
		c.number = c.key.number
		if refused := c.checkBody(); refused != nil {
			return refused.status, ""
		}
		a := c.run()
		return a.status, fake.state.messages[len(fake.state.messages)-1].ID
	}
	deep := strings.Repeat("["+strings.Repeat("{\"x\": [", (maxDepth-3)/2)+strings.Repeat("]}", (maxDepth-3)/2)+"],", 300) + "0"
	status, id := send(fmt.Sprintf(`{"destinationNumber":"+5511999999999","text":"x","variables":{},"flow":{"flowId":"f","cta":"Open"},"y":[%s],"z":1,"z":2}`, deep))
	require.Equal(t, http.StatusAccepted, status)
	fake.Advance(MaxSkipped / 100)
	var form any = map[string]any{}
	for range maxDepth - 1 {
		form = map[string]any{"x": form}
	}
	ada := fake.Number("num_1").As("+5511999999999")
	_, err := ada.Submit(id, form.(map[string]any))
	require.NoError(t, err)
	_, err = ada.Submit(id, map[string]any{"x": form})
	require.ErrorContains(t, err, "more than 100 levels")
	_, err = ada.Say("{[\xff", "")
	require.NoError(t, err)

	first := fake.Snapshot()
	assert.Less(t, len(first), 2*len(deep))
	read, err := ReadSnapshot(first)
	require.NoError(t, err)
	assert.Equal(t, string(first), string(NewServer(t, WithSnapshot(read)).Snapshot()))

	_, err = ReadSnapshot([]byte(nested(200)))
	require.ErrorContains(t, err, "levels of JSON")
	_, _, err = readTemplateBody([]byte(nested(maxDepth + 1)))
	require.ErrorContains(t, err, "levels of JSON")
}
