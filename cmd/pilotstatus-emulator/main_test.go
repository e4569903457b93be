package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// started is a program that runs.
type started struct {
	readyFile

	file string
	out  *lockedBuffer
	stop func() int // ends it and returns its exit code
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs the program on a free port until the test ends.
func startProgram(t *testing.T, env map[string]string, args ...string) *started {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ready.json")
	ctx, cancel := context.WithCancel(context.Background())
	s := &started{file: file, out: new(lockedBuffer)}
	ends := make(chan int, 1)
	go func() {
		ends <- run(ctx, program{append([]string{"-addr", "localhost:0", "-ready-file", file}, args...), environ(env), s.out, s.out})
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		return <-ends
	})
	t.Cleanup(func() { s.stop() })
	require.Eventually(t, func() bool {
		data, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(data, &s.readyFile) == nil
	}, 10*time.Second, 2*time.Millisecond, s.out)
	return s
}

func environ(env map[string]string) []string {
	var all []string
	for name, value := range env {
		all = append(all, name+"="+value)
	}
	return all
}

// try runs the program to its end.
func try(t *testing.T, env map[string]string, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), program{args, environ(env), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// It prints what a shell takes, writes the same into the file, and says at its end how many
// messages there were.
func TestStart(t *testing.T) {
	t.Parallel()
	s := startProgram(t, nil)
	for _, line := range []string{
		"export PILOT_STATUS_BASE_URL=" + s.URL, "export PILOT_STATUS_API_KEY=" + s.APIKey,
		"export PILOT_STATUS_TENANT_API_KEY=" + s.TenantAPIKey, "export PILOT_STATUS_WEBHOOK_SECRET=" + s.WebhookSecret,
	} {
		assert.Contains(t, s.out.String(), line+"\n")
	}
	assert.Equal(t, "ps_emulator_key_of_num_1", s.APIKey)
	assert.Equal(t, s.APIKey, s.NumberKeys["num_1"])
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.APIKey), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	_, err = client.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Ana"}},
	})
	require.NoError(t, err)
	assert.Equal(t, exitOK, s.stop())
	assert.Contains(t, s.out.String(), "One message was seen.")
}

// Eight at once find eight ports, each reached by both addresses of localhost.
func TestEightAtOnce(t *testing.T) {
	t.Parallel()
	urls := make(map[string]bool)
	for range 8 {
		s := startProgram(t, nil, "-quiet")
		urls[s.URL] = true
		port := s.URL[strings.LastIndex(s.URL, ":"):]
		for _, host := range []string{"127.0.0.1", "localhost", "[::1]"} {
			if host == "[::1]" && !hasIPv6() {
				continue
			}
			status, _ := get(t, "http://"+host+port+"/emulator/v1/ready")
			assert.Equal(t, http.StatusOK, status, host)
		}
		assert.Empty(t, s.out.String())
	}
	assert.Len(t, urls, 8)
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// What is wrong is one sentence and exit code 2; values stand in quotes beside their source.
func TestMistakes(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte("{\n\"numbers\": [\n{\"id\": 7}]}"), 0o600))
	tests := []struct {
		name string
		env  map[string]string
		args []string
		says []string
	}{
		{"flag", nil, []string{"-port", "1"}, []string{"there is no flag -port", "-h"}},
		{"argument", nil, []string{"up"}, []string{`"up"`}},
		{"number", nil, []string{"-keep", "many"}, []string{`-keep is "many": it must be a number`}},
		{"too small", nil, []string{"-keep", "0"}, []string{`-keep is "0"`}},
		{"switch", nil, []string{"-quiet=loud"}, []string{`-quiet is "loud"`}},
		{"size", nil, []string{"-keep-bytes", "1 elephant"}, []string{`-keep-bytes is "1 elephant"`, "256MiB"}},
		{"ticks", nil, []string{"-ticks", "tock"}, []string{`-ticks is "tock"`, "auto or manual"}},
		{"ids", nil, []string{"-ids", "7"}, []string{`-ids is "7"`, "seed=7"}},
		{"webhook", nil, []string{"-webhook", "localhost:8080"}, []string{`-webhook is "localhost:8080"`}},
		{"origin", nil, []string{"-cors-origin", "http://a.example/"}, []string{`-cors-origin is "http://a.example/"`}},
		{"address", nil, []string{"-addr", "4010"}, []string{`-addr is "4010"`, "host:port"}},
		{"port", nil, []string{"-addr", "localhost:http"}, []string{`"localhost:http"`, "0 to 65535"}},
		{"host", nil, []string{"-addr", "example.com:1"}, []string{"localhost or an IP address"}},
		{"remote", nil, []string{"-addr", "0.0.0.0:0"}, []string{"-allow-remote"}},
		{"all addresses", nil, []string{"-addr", ":0"}, []string{"-allow-remote"}},
		{"name of a host", nil, []string{"-host", "http://dev"}, []string{`-host is "http://dev"`, "host alone"}},
		{"host of webhooks", nil, []string{"-deliver-to", "http://vm:45998"}, []string{`-deliver-to is "http://vm:45998"`}},
		{"wait", nil, []string{"-wait", "3s"}, []string{"-wait belongs to -check"}},
		{"time", nil, []string{"-check", "-wait", "3"}, []string{`-wait is "3": it must be a time such as 30s`}},
		{"no seed", nil, []string{"-addr", "localhost:0", "-seed", "nowhere.json"}, []string{"nowhere.json"}},
		{"seed", nil, []string{"-addr", "localhost:0", "-seed", bad}, []string{"bad.json", "line 3"}},
		{"ready file", nil, []string{"-addr", "localhost:0", "-quiet", "-ready-file", "/nowhere/at/all"}, []string{`-ready-file is "/nowhere/at/all"`}},
		{"quotes of a compose file", map[string]string{"PILOT_STATUS_EMULATOR_WEBHOOK": `"http://app:8080"`}, nil, []string{`PILOT_STATUS_EMULATOR_WEBHOOK is "\"http://app:8080\""`, "quotes"}},
		{"variable", map[string]string{"PILOT_STATUS_EMULATOR_KEEP_BYTES": `"5"`}, nil, []string{`PILOT_STATUS_EMULATOR_KEEP_BYTES is "\"5\""`}},
		{"variable of a switch", map[string]string{"PILOT_STATUS_EMULATOR_QUIET": "loud"}, nil, []string{"PILOT_STATUS_EMULATOR_QUIET is \"loud\": it must be true or false\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, out, errors := try(t, tt.env, tt.args...)
			assert.Equal(t, exitWrong, code)
			assert.Empty(t, out)
			assert.Equal(t, 1, strings.Count(errors, "\n"), errors)
			for _, text := range tt.says {
				assert.Contains(t, errors, text)
			}
		})
	}
}

// Each flag is also a variable, and the flag wins.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	s, err := parse(program{[]string{"-keep", "7", "-host", "a"}, environ(map[string]string{
		"PILOT_STATUS_EMULATOR_KEEP": "5", "PILOT_STATUS_EMULATOR_KEEP_BYTES": "64MiB", "PILOT_STATUS_EMULATOR_HOST": "b .c",
		"PILOT_STATUS_EMULATOR_WEBHOOK": "http://a:1 http://b:2", "PILOT_STATUS_EMULATOR_TICKS": "manual",
		"PILOT_STATUS_EMULATOR_IDS": "seed=9", "PILOT_STATUS_EMULATOR_QUIET": "true", "PILOT_STATUS_EMULATOR_SEED": "",
	}), io.Discard, io.Discard})
	require.NoError(t, err)
	assert.EqualValues(t, 7, s.keep)
	assert.EqualValues(t, 64<<20, s.keepBytes)
	assert.Equal(t, []string{"a"}, s.hosts.values)
	assert.Equal(t, []string{"http://a:1", "http://b:2"}, s.webhooks.values)
	assert.True(t, bool(s.manual))
	assert.True(t, s.quiet)
	assert.Equal(t, ids{9, true}, s.ids)
}

// A variable that looks like one of a flag is told of, and the program goes on.
func TestUnknownVariable(t *testing.T) {
	t.Parallel()
	s := startProgram(t, map[string]string{
		"PILOT_STATUS_EMULATOR_PROT": "99", "PILOT_STATUS_EMULATOR_PORT": "tcp://10.0.0.7:4010",
		"PILOT_STATUS_EMULATOR_SERVICE_HOST": "10.0.0.7", "PILOT_STATUS_EMULATOR_PORT_4010_TCP_PORT": "4010",
	}, "-quiet")
	assert.Equal(t, "pilotstatus-emulator: there is no flag for the variable PILOT_STATUS_EMULATOR_PROT; -h shows the flags\n", s.out.String())
}

// A webhook that nothing is delivered to is told of.
func TestWarnsOfAWebhook(t *testing.T) {
	t.Parallel()
	s := startProgram(t, nil, "-quiet", "-webhook", "http://user:pass@192.0.2.7/a?token=t", "-webhook", "http://127.0.0.1:1/b")
	require.Eventually(t, func() bool { return strings.Count(s.out.String(), "\n") > 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, "pilotstatus-emulator: webhook http://192.0.2.7/a: 192.0.2.7 is not this machine; "+
		"start the emulator with -deliver-to 192.0.2.7, else its deliveries are refused\n", s.out.String())
}

// The file is there while the emulator is: neither one of a run before, nor after the end.
func TestReadyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, bad := filepath.Join(dir, "ready.json"), filepath.Join(dir, "bad.json")
	for _, name := range []string{file, bad} {
		require.NoError(t, os.WriteFile(name, []byte(`{"old":1}`), 0o600))
	}
	code, _, _ := try(t, nil, "-addr", "localhost:0", "-ready-file", file, "-seed", bad)
	assert.Equal(t, exitWrong, code)
	assert.NoFileExists(t, file)
	code, _, _ = try(t, nil, "-addr", "localhost:0", "-quiet", "-ready-file", dir)
	assert.Equal(t, exitWrong, code)
	assert.DirExists(t, dir)

	s := startProgram(t, nil)
	code, _, _ = try(t, nil, "-addr", strings.TrimPrefix(s.URL, "http://"), "-ready-file", s.file)
	assert.Equal(t, exitWrong, code)
	assert.FileExists(t, s.file, "it is of the one that has the port")
	s.stop()
	assert.NoFileExists(t, s.file)
}

// blocked is a terminal that nobody reads.
type blocked struct{ context.Context }

func (b blocked) Write([]byte) (int, error) {
	<-b.Done()
	return 0, b.Err()
}

// What nobody reads holds up neither requests nor the end.
func TestTerminalThatNobodyReads(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ready.json")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, ends := blocked{t.Context()}, make(chan int, 1)
	go func() {
		ends <- run(ctx, program{[]string{"-addr", "localhost:0", "-ready-file", file, "-webhook", "http://192.0.2.1/"}, environ(nil), out, out})
	}()
	var r readyFile
	require.Eventually(t, func() bool {
		data, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(data, &r) == nil
	}, 10*time.Second, 2*time.Millisecond)
	for range 30 {
		status, _ := get(t, r.URL+"/v1/messages/x")
		require.Equal(t, http.StatusUnauthorized, status)
	}
	cancel()
	select {
	case code := <-ends:
		assert.Equal(t, exitOK, code)
	case <-time.After(20 * time.Second):
		t.Fatal("it still runs")
	}
}

// -check with -wait asks until the emulator is there.
func TestCheckWaits(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	ends := make(chan int)
	go func() {
		code, _, _ := try(t, nil, "-check", "-wait", "30s", addr)
		ends <- code
	}()
	time.Sleep(20 * time.Millisecond)
	startProgram(t, nil, "-quiet", "-addr", addr)
	assert.Equal(t, exitOK, <-ends)
	code, _, _ := try(t, nil, "-check", "-wait", "1ms", "127.0.0.1:1")
	assert.Equal(t, exitNo, code)
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, out, errors := try(t, nil, "-h")
	assert.Equal(t, exitOK, code)
	assert.Empty(t, errors)
	for _, flag := range []string{
		"-addr", "-ready-file", "-webhook", "-deliver-to", "-host", "-seed", "-keep", "-keep-bytes", "-ticks", "-ids",
		"-quiet", "-check", "-wait", "-allow-remote", "-cors-origin", "PILOT_STATUS_EMULATOR_",
	} {
		assert.Contains(t, out, flag)
	}
}

// Where the port is taken it says by what.
func TestBusyPort(t *testing.T) {
	t.Parallel()
	s := startProgram(t, nil)
	addr := strings.TrimPrefix(s.URL, "http://")
	for _, at := range []string{addr, strings.Replace(addr, "127.0.0.1", "localhost", 1)} {
		code, _, errors := try(t, nil, "-addr", at)
		assert.Equal(t, exitWrong, code)
		assert.Contains(t, errors, "an emulator answers at "+s.URL)
		assert.Contains(t, errors, "-addr localhost:0")
	}
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = http.Serve(other, http.NotFoundHandler()) }()
	defer other.Close()
	code, _, errors := try(t, nil, "-addr", other.Addr().String())
	assert.Equal(t, exitWrong, code)
	assert.Contains(t, errors, "another program listens at "+other.Addr().String())
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := startProgram(t, nil)
	code, out, _ := try(t, nil, "-check", s.URL)
	assert.Equal(t, exitOK, code)
	assert.Contains(t, out, "is ready")
	code, _, _ = try(t, nil, "-addr", strings.TrimPrefix(s.URL, "http://"), "-check")
	assert.Equal(t, exitOK, code)
	code, _, _ = try(t, nil, "-check", strings.TrimPrefix(s.URL, "http://"))
	assert.Equal(t, exitOK, code)
	code, _, wrong := try(t, nil, "-check", "http://a b")
	assert.Equal(t, exitNo, code)
	assert.Contains(t, wrong, "no address of an emulator")
	code, out, _ = try(t, nil, "-quiet", "-check", s.URL+"/")
	assert.Equal(t, exitOK, code)
	assert.Empty(t, out)

	s.stop()
	code, _, errors := try(t, nil, "-check", s.URL)
	assert.Equal(t, exitNo, code)
	assert.Contains(t, errors, "nothing answers there")

	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = http.Serve(other, http.NotFoundHandler()) }()
	defer other.Close()
	code, _, errors = try(t, nil, "-check", "http://"+other.Addr().String())
	assert.Equal(t, exitNo, code)
	assert.Contains(t, errors, "no emulator")
}

// A name that the emulator does not answer to is refused, and -host adds it.
func TestHostFlag(t *testing.T) {
	t.Parallel()
	s := startProgram(t, nil, "-host", "dev.example", "-webhook", "http://127.0.0.1:1/a", "-webhook", "http://127.0.0.1:1/b")
	for host, want := range map[string]int{"dev.example": http.StatusOK, "evil.example": http.StatusForbidden} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.API+"/ready", http.NoBody)
		require.NoError(t, err)
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, want, resp.StatusCode)
	}
	_, hooks := get(t, s.API+"/webhooks")
	assert.Equal(t, 2, strings.Count(hooks, `"url":"http://127.0.0.1:1/a"`), "one of each number")
	assert.Equal(t, 2, strings.Count(hooks, `"url":"http://127.0.0.1:1/b"`))
}
