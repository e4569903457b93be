package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long a step of the demonstration may take.
const patience = 30 * time.Second

// demoProcess, in the environment, says that a process belongs to a demonstration.
const demoProcess = "ORDER_SERVICE_DEMO"

// process is the service in a process of its own.
type process struct {
	url    string
	cmd    *exec.Cmd
	leash  io.Closer     // it ends when this process does
	output bytes.Buffer  // read it after ended
	ended  chan struct{} // closed when it has ended
	err    error         // how; read it after ended
}

// startProcess starts this program as the service, and returns when it answers. The
// environment is that of the service.
func startProcess(ctx context.Context, addr string, env []string, flags ...string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{url: "http://" + addr, ended: make(chan struct{})}
	// The context must not kill it: it ends as an operator ends it.
	//nolint:gosec // the program is this one
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, append([]string{"-send", "-addr", addr}, flags...)...)
	p.cmd.Env = append(append(os.Environ(), demoProcess+"=1"), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	if p.leash, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	if err := p.ready(ctx); err != nil {
		_ = p.kill() // what is wrong is known
		return nil, fmt.Errorf("starting the service: %w\n%s", err, p.output.String())
	}
	return p, nil
}

// ready waits until the process answers.
func (p *process) ready(ctx context.Context) error {
	return poll(ctx, func() (bool, error) {
		select {
		case <-p.ended:
			return false, fmt.Errorf("it ended: %w", p.err)
		default:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/health", http.NoBody)
		if err != nil {
			return false, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, nil // it does not listen yet
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK, nil
	})
}

// kill ends the process with SIGKILL: it can do nothing more.
func (p *process) kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	return err
}

// end ends the process as an operator does, and waits for it.
func (p *process) end() error {
	select {
	case <-p.ended:
	default:
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		<-p.ended
	}
	if p.err != nil {
		return fmt.Errorf("the service ended: %w\n%s", p.err, p.output.String())
	}
	return nil
}

// withParent returns a context that ends when the process that runs a demonstration dies,
// however it does.
func withParent(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // it ends with the other end of the pipe
		cancel()
	}()
	return ctx
}

// freeAddr returns an address that nobody listens on.
func freeAddr(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// poll calls a function every few milliseconds until it reports true or fails.
func poll(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}
