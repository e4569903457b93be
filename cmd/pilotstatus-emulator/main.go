// Command pilotstatus-emulator is the Pilot Status WhatsApp API for development: a program
// with a page that shows what was sent, and that sends nothing to anybody.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:4010")
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	e, err := emulator.New(emulator.Config{URL: url, Keep: 10_000})
	if err != nil {
		return err
	}
	defer e.Close()
	server := &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	fmt.Fprintf(os.Stderr, "page: %s\nexport PILOT_STATUS_BASE_URL=%s\nexport PILOT_STATUS_API_KEY=%s\n", url, url, e.Default().Engine.NumberKey("num_1"))
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}
