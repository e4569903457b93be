package main

// left is an operation that reads and is not called, and why.
type left struct{ operation, reason string }

// leftOut lists the reads that this program does not make.
func leftOut() []left {
	return []left{
		{"Key.List", "it shows keys"},
		{"APIKeys.List", "it shows keys"},
		{"Numbers.Connect", "it makes a new pairing code"},
		{"Media.Download", "it is a file of a contact"},
		{"PhoneLines.ActivationAudio", "it speaks an activation code"},
		{"Calls.Permission", "it needs the phone number of a contact"},
		{"Pairing.Info", "it needs the token of a pairing link"},
		{"Pairing.Status", "it needs the token of a pairing link, and may use it up"},
	}
}
