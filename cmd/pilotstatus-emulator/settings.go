package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// settings are what the flags and the environment say.
type settings struct {
	addr        string
	allowRemote bool
	hosts       list
	origins     list

	webhooks  list
	deliverTo list

	seed      string
	keep      count
	keepBytes size
	manual    ticks
	ids       ids

	readyFile string
	quiet     bool

	check    bool
	checkURL string
	wait     span // of -check
}

const (
	envPrefix = "PILOT_STATUS_EMULATOR_"

	defaultAddr      = "localhost:4010"
	defaultKeep      = 10_000
	defaultKeepBytes = 256 << 20
	checkTimeout     = 5 * time.Second
	checkEvery       = 100 * time.Millisecond
)

func (s *settings) flags() *flag.FlagSet {
	f := flag.NewFlagSet("pilotstatus-emulator", flag.ContinueOnError)
	f.SetOutput(io.Discard) // its errors come back, and are one sentence
	f.Usage = func() {}
	f.StringVar(&s.addr, "addr", defaultAddr, "listen at this `host:port`; the host is an IP address or localhost, "+
		"which is 127.0.0.1 and [::1]; port 0 takes a free one")
	f.BoolVar(&s.allowRemote, "allow-remote", false, "let -addr be an address that other machines reach; the keys are public")
	s.webhooks.check, s.origins.check, s.hosts.check, s.deliverTo.check = checkWebhook, checkOrigin, checkName, checkName
	f.Var(&s.hosts, "host", "also answer to this `name`, or to all names below .name; repeatable")
	f.Var(&s.origins, "cors-origin", "let the pages of this `origin`, such as http://localhost:5173, use everything; repeatable")
	f.Var(&s.webhooks, "webhook", "deliver the events of every number to this `URL`; repeatable")
	f.Var(&s.deliverTo, "deliver-to", "let webhooks lead to this `host`, and not to this machine alone; repeatable")
	f.StringVar(&s.seed, "seed", "", "begin with the numbers, contacts, templates, webhooks of this JSON `file`; a snapshot is one")
	f.Var(&s.keep, "keep", "keep the newest `n` messages and requests")
	f.Var(&s.keepBytes, "keep-bytes", "keep so many `bytes` of messages, such as 64MiB")
	f.Var(&s.manual, "ticks", "`auto`: messages move to READ by themselves, manual: they wait for the page or the JSON API")
	f.Var(&s.ids, "ids", "`seed=n`: the same calls get the same ids in each run")
	f.StringVar(&s.readyFile, "ready-file", "", "write addresses, keys and secret as JSON into this `file` once all is ready")
	f.BoolVar(&s.quiet, "quiet", false, "print errors alone")
	f.BoolVar(&s.check, "check", false, "ask "+
		"whether the emulator at the argument, a URL or host:port, or at -addr, is ready; exit with 0 or 1")
	f.Var(&s.wait, "wait", "let -check ask for this `time`, such as 30s, until the emulator is ready")
	return f
}

// parse reads the environment and then the flags, which win.
func parse(p program) (*settings, error) {
	s := &settings{keep: defaultKeep, keepBytes: defaultKeepBytes}
	flags := s.flags()
	var err error
	flags.VisitAll(func(f *flag.Flag) {
		name := variable(f)
		value, ok := p.lookup(name)
		if !ok || value == "" || err != nil {
			return
		}
		if wrong := flags.Set(f.Name, value); wrong != nil {
			err = fmt.Errorf("%s is %q: %s", name, value, reason(wrong))
		}
	})
	if err != nil {
		return nil, err
	}
	for _, l := range []*list{&s.hosts, &s.origins, &s.webhooks, &s.deliverTo} {
		l.replace = true // the first flag replaces what the environment said
	}
	if err := flags.Parse(p.args); errors.Is(err, flag.ErrHelp) {
		usage(p.out, flags)
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("%s; -h shows the flags", flagError(err))
	}
	return s, s.finish(flags)
}

// finish reads the arguments and looks at what the flags say together.
func (s *settings) finish(flags *flag.FlagSet) error {
	switch {
	case s.wait != 0 && !s.check:
		return errors.New("-wait belongs to -check")
	case s.check && flags.NArg() == 1:
		s.checkURL = flags.Arg(0)
	case flags.NArg() > 0:
		return fmt.Errorf("there is no argument %q; -h shows the flags", flags.Arg(0))
	}
	return nil
}

// unknownVariables lists the variables of the environment that look like one of a flag and
// are none. Kubernetes and Docker set some for a service by the name of the emulator.
func unknownVariables(environ []string) []string {
	known := map[string]bool{}
	new(settings).flags().VisitAll(func(f *flag.Flag) { known[variable(f)] = true })
	var unknown []string
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		rest, ours := strings.CutPrefix(name, envPrefix)
		isService := strings.HasPrefix(rest, "SERVICE_") || strings.HasPrefix(rest, "PORT_") ||
			rest == "PORT" && strings.Contains(value, "://")
		if ours && !known[name] && !isService {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// variable is the variable of the environment of a flag.
func variable(f *flag.Flag) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

func isHelp(err error) bool { return errors.Is(err, flag.ErrHelp) }

// flagError is an error of package flag in the form of the other ones.
func flagError(err error) string {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: "); ok {
		return "there is no flag " + name
	}
	for _, form := range []string{`invalid value %q for flag %s`, `invalid boolean value %q for %s`} {
		var value, name string
		if _, scanned := fmt.Sscanf(text, form, &value, &name); scanned == nil {
			_, why, _ := strings.Cut(text, ": ")
			name = strings.TrimPrefix(strings.TrimSuffix(name, ":"), "-")
			return fmt.Sprintf("-%s is %q: %s", name, value, reason(errors.New(why)))
		}
	}
	return text
}

// reason is why a value is wrong.
func reason(err error) string {
	if text := err.Error(); text != "parse error" {
		return text
	}
	return "it must be true or false"
}

func usage(w io.Writer, flags *flag.FlagSet) {
	_, _ = io.WriteString(w, "pilotstatus-emulator is the Pilot Status WhatsApp API for development, with a page.\n"+
		"Nothing that is sent to it reaches anybody.\n\nUsage: pilotstatus-emulator [flags]\n\n")
	flags.SetOutput(w)
	flags.PrintDefaults()
	_, _ = io.WriteString(w, "\nEach flag is also a variable of the environment, such as PILOT_STATUS_EMULATOR_KEEP_BYTES;\n"+
		"what is repeatable has blanks between its values there. A flag wins.\n")
}
