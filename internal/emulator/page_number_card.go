package emulator

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// numberCard is a number with what can be done to it.
type numberCard struct {
	ID, Name, Phone, Initials, Kind, Here string

	State   numberState
	Devices []deviceCard // that wait to be scanned
	Text    string
	Held    string
	Refuses bool
	IDs     []idRow
	More    []idRow // of less use
	Charges []option
	Healths []option
	Unpaid  bool // the charge is what it waits for
	Acts    []numberAct
	Error   string

	ActCurl, ChargeCurl, HealthCurl string
}

type deviceCard struct{ QR, Text, PairingCode, Do string }

type numberAct struct{ Value, Word, Class string }

func (v *visit) numberCard(n *pilotstatustest.NumberInfo) numberCard {
	name := nameOfNumber(*n)
	c := numberCard{
		ID: n.ID, Name: name, Phone: phone(n.Phone), Initials: initials(name), Here: v.Here, State: stateOf(*n), Kind: "web, QR",
	}
	if n.Official {
		c.Kind = "official"
	}
	c.Acts, c.Text = v.numberActs(n)
	c.Devices = v.deviceCards(n)
	if n.Held > 0 {
		c.Held = count(n.Held, "message") + " held"
	}
	c.Refuses, c.Unpaid = !n.BlockedSince.IsZero(), !n.BlockedSince.IsZero()
	hooks := 0
	for _, h := range v.engine.Webhooks() {
		if h.NumberID == n.ID {
			hooks++
		}
	}
	webhooks := idRow{Name: "webhooks"}
	if hooks > 0 {
		webhooks.Value, webhooks.Href = strconv.Itoa(hooks), "deliveries"
	}
	c.IDs = filled([]idRow{
		mono("id", n.ID), {Name: "key", Value: pilotstatustest.MaskKey(n.Key), Copy: n.Key, Mono: true}, webhooks,
	})
	c.More = filled([]idRow{mono("key id", n.KeyID), {Name: "since", Value: about(v, n)}, {Name: "privacy", Value: n.PIIMode}})
	c.Charges = newPick("", "", n.NextCharge, append([]option{{Word: "goes through"}},
		words("PAYMENT_FAILED", "INSUFFICIENT_FUNDS", "PAYMENT_PROVIDER_ERROR", "PAYMENT_IN_PROGRESS")...)...).Options
	c.Healths = healthOptions()
	v.numberCurls(&c)
	if v.Fail.Form == "number-"+n.ID {
		c.Error = v.Fail.Text
	}
	return c
}

func about(v *visit, n *pilotstatustest.NumberInfo) string {
	if n.State != "OPEN" || n.Connected.IsZero() {
		return ""
	}
	return "connected " + v.about(n.Connected)
}

// numberActs is what can be done to a number as it is.
func (v *visit) numberActs(n *pilotstatustest.NumberInfo) (acts []numberAct, text string) {
	switch {
	case !n.BlockedSince.IsZero():
		text = "Blocked: the charge for this extra number failed."
		if !n.CutOffAt.IsZero() {
			text += " It is disconnected in " + cmp.Or(span(n.CutOffAt.Sub(v.Now)), "a moment") + "."
		}
		acts = append(acts, numberAct{"unblock", "Unblock", "go"})
	case n.State == "OPEN":
		return []numberAct{{"disconnect", "Disconnect", ""}, {"block", "Block: payment fails", "risk"}}, ""
	case n.State == "CONNECTING":
		acts = append(acts, numberAct{"show-code", "New code", ""})
		if slices.ContainsFunc(n.Devices, func(d pilotstatustest.DeviceInfo) bool { return d.QRCode != "" }) {
			return append(acts, numberAct{"expire", "Let it expire", ""}), ""
		}
		text = "No code is shown: the last one expired, or nobody asked for one. The next look at it shows a new one."
	default:
		text = "Disconnected. Sends are accepted and wait."
		if !n.Disconnected.IsZero() {
			text = "Disconnected since " + v.about(n.Disconnected) + ". Sends are accepted and wait."
		}
		acts = append(acts, numberAct{"connect", "Connect again", "go"})
		if !n.Official {
			acts = append(acts, numberAct{"show-code", "Show a QR code", ""})
		}
	}
	if n.State == "OPEN" {
		acts = append(acts, numberAct{"disconnect", "Disconnect", ""})
	}
	return acts, text
}

// deviceCards are the devices that wait to be scanned.
func (v *visit) deviceCards(n *pilotstatustest.NumberInfo) []deviceCard {
	var cards []deviceCard
	for i, d := range n.Devices {
		if d.State == "OPEN" || d.QRCode == "" {
			continue
		}
		one := deviceCard{
			QR:   with("qr", "number", n.ID, "device", strconv.Itoa(i), "v", fingerprint(d.QRCode)),
			Text: "Waits to be scanned.", PairingCode: d.PairingCode, Do: "scan",
		}
		if i > 0 {
			one.Text, one.Do = "The second device waits to be scanned.", "scan-second"
		}
		if !d.ScanAt.IsZero() {
			one.Text += " Somebody scans it in " + cmp.Or(span(d.ScanAt.Sub(v.Now)), "a moment") + "."
		}
		cards = append(cards, one)
	}
	return cards
}

// numberCurls are shell lines that do what can be done to a number.
func (v *visit) numberCurls(c *numberCard) {
	var lines []string
	at := "/numbers/" + url.PathEscape(c.ID) + "/"
	for _, act := range c.Acts {
		switch act.Value {
		case "show-code": // which is a call of the API itself
		case "connect":
			lines = append(lines, v.curl(at+"scan", nil))
		default:
			lines = append(lines, v.curl(at+act.Value, nil))
		}
	}
	for _, d := range c.Devices {
		lines = append(lines, v.curl(at+d.Do, nil))
	}
	c.ActCurl = strings.Join(lines, "\n")
	charge := "INSUFFICIENT_FUNDS"
	for _, one := range c.Charges {
		if one.On && one.Value != "" {
			charge = one.Value
		}
	}
	c.ChargeCurl = v.curl(at+"charge", map[string]string{"code": charge})
	c.HealthCurl = v.curl(at+"health", map[string]string{"event": healthOptions()[0].Value})
}

// healthOptions are what can be reported of a number.
func healthOptions() []option {
	return []option{
		{Value: "number.health_shadowban", Word: "shadow ban"}, {Value: "number.health_degraded", Word: "degraded"},
		{Value: "number.health_blocked", Word: "blocked by WhatsApp"}, {Value: "number.recovered", Word: "recovered"},
	}
}

// fingerprint lets the address of a code change with the code.
func fingerprint(text string) string { return strconv.Itoa(len(text)) + text[max(0, len(text)-8):] }
