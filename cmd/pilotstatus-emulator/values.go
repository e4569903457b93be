package main

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// list is a flag that can be repeated, or a variable with blanks between the values.
type list struct {
	values  []string
	replace bool // the next value replaces those that are there
	check   func(value string) error
}

func (l *list) String() string { return strings.Join(l.values, " ") }

// Set adds values.
func (l *list) Set(text string) error {
	values := strings.Fields(text)
	if len(values) == 0 {
		return errors.New("it must not be empty")
	}
	for _, v := range values {
		if strings.ContainsAny(v, "\"'") {
			return errors.New("it must have no quotes, which belong to the shell")
		}
		if l.check == nil {
			continue
		}
		if err := l.check(v); err != nil {
			return err
		}
	}
	if l.replace {
		l.values, l.replace = nil, false
	}
	l.values = append(l.values, values...)
	return nil
}

// checkWebhook refuses what nothing can be delivered to.
func checkWebhook(text string) error {
	if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("it must be a URL such as http://localhost:8080/webhooks")
	}
	return nil
}

// checkOrigin refuses what no browser sends as Origin.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || text != u.Scheme+"://"+strings.ToLower(u.Host) {
		return errors.New("it must be an origin such as http://localhost:5173")
	}
	return nil
}

// checkName refuses what is no name or address of a host.
func checkName(text string) error {
	_, notIP := netip.ParseAddr(text)
	if notIP != nil && (strings.ContainsAny(text, "/:?#@*") || strings.Trim(text, ".") == "") {
		return errors.New("it must be the name or address of a host alone, such as app or 192.0.2.7")
	}
	return nil
}

// count is a number of things, at least one.
type count int

func (c *count) String() string { return strconv.Itoa(int(*c)) }

// Set reads a number.
func (c *count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("it must be a number, at least 1")
	}
	*c = count(n)
	return nil
}

// size is a number of bytes.
type size int64

func (s *size) String() string { return strconv.FormatInt(int64(*s), 10) }

// Set reads a number with or without a unit.
func (s *size) Set(text string) error {
	digits, unit := text, int64(1)
	for name, bytes := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(text, name); ok {
			digits, unit = strings.TrimSpace(rest), bytes
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > (1<<62)/unit {
		return errors.New("it must be a number of bytes, such as 268435456 or 256MiB")
	}
	*s = size(n * unit)
	return nil
}

// span is a time that something may take.
type span time.Duration

func (s *span) String() string { return time.Duration(*s).String() }

// Set reads a time.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("it must be a time such as 30s")
	}
	*s = span(d)
	return nil
}

// ticks is whether messages wait for somebody to move them.
type ticks bool

func (t *ticks) String() string {
	if *t {
		return "manual"
	}
	return "auto"
}

// Set reads auto or manual.
func (t *ticks) Set(text string) error {
	if text != "auto" && text != "manual" {
		return errors.New("it must be auto or manual")
	}
	*t = text == "manual"
	return nil
}

// ids is how ids are made: at random where there is no seed.
type ids struct {
	seed  uint64
	fixed bool
}

func (i *ids) String() string {
	if !i.fixed {
		return ""
	}
	return "seed=" + strconv.FormatUint(i.seed, 10)
}

// Set reads a seed.
func (i *ids) Set(text string) error {
	digits, ok := strings.CutPrefix(text, "seed=")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil {
		return errors.New("it must be seed= and a number, such as seed=7")
	}
	i.seed, i.fixed = n, true
	return nil
}
