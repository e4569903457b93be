package browsertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// patience is for what takes milliseconds on an idle machine.
const patience = 20 * time.Second

type object = map[string]any

// program is the emulator, as a process.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	args []string
	out  *buffer

	URL           string
	API           string
	TenantAPIKey  string
	WebhookSecret string
	NumberKeys    map[string]string
}

// start runs the program until the test ends.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{t: t, args: args}
	p.run("127.0.0.1:0")
	t.Cleanup(p.stop)
	return p
}

func (p *program) run(addr string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "ready.json")
	p.out = new(buffer)
	p.cmd = exec.Command(binary, append([]string{"-addr", addr, "-ready-file", file}, p.args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	require.NoError(p.t, p.cmd.Start())
	require.Eventually(p.t, func() bool {
		data, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(data, p) == nil
	}, patience, 5*time.Millisecond, p.out)
}

// stop ends the program as a person does.
func (p *program) stop() {
	if p.cmd == nil {
		return
	}
	require.NoError(p.t, p.cmd.Process.Signal(os.Interrupt))
	assert.NoError(p.t, p.cmd.Wait(), p.out)
	assert.NotContains(p.t, p.out.String(), "DATA RACE")
	p.cmd = nil
}

// again runs it, after it was stopped, at the address that it had.
func (p *program) again() {
	p.t.Helper()
	u, err := url.Parse(p.URL)
	require.NoError(p.t, err)
	p.run(u.Host)
}

// number is the SDK's client of a number; without retries.
func (p *program) number(id string) *pilotstatus.NumberClient {
	p.t.Helper()
	require.NotEmpty(p.t, p.NumberKeys[id])
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(p.NumberKeys[id]),
		pilotstatus.WithBaseURL(p.URL), pilotstatus.WithRetry(pilotstatus.RetryPolicy{}))
	require.NoError(p.t, err)
	return client
}

// send sends a text through the SDK and returns the id of the message.
func (p *program) send(number, to, text string) string {
	p.t.Helper()
	return p.sendContent(number, to, pilotstatus.TextContent{Body: text})
}

func (p *program) sendContent(number, to string, content pilotstatus.Content) string {
	p.t.Helper()
	return p.sendTo(number, pilotstatus.Phone(to), content)
}

func (p *program) sendTo(number string, to pilotstatus.Recipient, content pilotstatus.Content) string {
	p.t.Helper()
	accepted, err := p.number(number).Messages.Send(p.t.Context(), pilotstatus.SendRequest{To: to, Content: content})
	require.NoError(p.t, err)
	return accepted.ID
}

// api calls the JSON API of the emulator.
func (p *program) api(method, path string, body any) object {
	p.t.Helper()
	return p.call(method, p.API+path, body)
}

func (p *program) call(method, address string, body any, header ...string) object {
	p.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		require.NoError(p.t, err)
		in = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, address, in)
	require.NoError(p.t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := new(http.Client).Do(r)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Less(p.t, resp.StatusCode, 300, "%s %s: %s", method, address, data)
	var out object
	if len(data) > 0 && strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
		require.NoError(p.t, json.Unmarshal(data, &out), string(data))
	}
	return out
}

// as lets a contact of a number act, and returns the id of what came of it.
func (p *program) as(number, contact, action string, body object) string {
	p.t.Helper()
	id, _ := p.api(http.MethodPost, "/numbers/"+number+"/contacts/"+url.PathEscape(contact)+"/"+action, body)["id"].(string)
	return id
}

// chat is the address of the conversation of a number with somebody.
func (p *program) chat(number, contact string) string {
	p.t.Helper()
	for _, one := range p.api(http.MethodGet, "/conversations?number="+number, nil)["conversations"].([]any) {
		c := one.(object)
		if c["phone"] == contact || c["jid"] == contact {
			return "conversations?" + url.Values{"number": {number}, "chat": {c["id"].(string)}}.Encode()
		}
	}
	require.Fail(p.t, "no chat", "%s of %s", contact, number)
	return ""
}

// buffer is what a process writes.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
