package emulator

import "github.com/pilotstatus/pilotstatus-go/pilotstatustest"

// picture is a file that a customer can send without having one.
func picture() (pilotstatustest.File, error) {
	data, err := web.ReadFile("web/picture.png")
	return pilotstatustest.File{Kind: "image", MimeType: "image/png", FileName: "lighthouse.png", Data: data}, err
}
