package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// display shows codes to the person with the phone.
type display struct {
	dir string // for the file, readable by this user only: whoever has the code can pair a device
}

func newDisplay() (*display, error) {
	dir, err := os.MkdirTemp("", "onboard-")
	return &display{dir: dir}, err
}

func (d *display) close() { _ = os.RemoveAll(d.dir) }

// show shows a code in the terminal and as a file. The code before is dead by then.
func (d *display) show(_ context.Context, code pilotstatus.PairingCodes) error {
	if !code.QRCode.IsZero() {
		if err := d.showPicture(code.QRCode); err != nil {
			return err
		}
	}
	if !code.PairingCode.IsZero() {
		fmt.Printf("Or type this code on the phone: %s\n", code.PairingCode.Reveal())
	}
	return nil
}

func (d *display) showPicture(code pilotstatus.QRCode) error {
	data, err := code.PNG()
	if err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	fmt.Print(halfBlocks(picture))
	file := filepath.Join(d.dir, "qr.png")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	fmt.Printf("The picture is in %s until the number is connected.\n", file)
	return nil
}

// halfBlocks draws a QR code with two modules in each character. Light modules are
// drawn, because most terminals are dark.
func halfBlocks(picture image.Image) string {
	module := moduleSize(picture)
	bounds := picture.Bounds()
	light := func(x, y int) bool {
		x, y = bounds.Min.X+x+module/2, bounds.Min.Y+y+module/2
		return y >= bounds.Max.Y || isLight(picture, x, y)
	}
	var drawn strings.Builder
	for y := 0; y < bounds.Dy(); y += 2 * module {
		for x := 0; x < bounds.Dx(); x += module {
			switch upper, lower := light(x, y), light(x, y+module); {
			case upper && lower:
				drawn.WriteString("█")
			case upper:
				drawn.WriteString("▀")
			case lower:
				drawn.WriteString("▄")
			default:
				drawn.WriteString(" ")
			}
		}
		drawn.WriteByte('\n')
	}
	return drawn.String()
}

// moduleSize returns how many pixels a module is wide: every run of pixels of one
// color is some modules long.
func moduleSize(picture image.Image) int {
	bounds := picture.Bounds()
	size := 0
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		start := bounds.Min.X
		for x := start + 1; x <= bounds.Max.X; x++ {
			if x == bounds.Max.X || isLight(picture, x, y) != isLight(picture, start, y) {
				size, start = divisor(size, x-start), x
			}
		}
	}
	return max(size, 1)
}

// divisor is the greatest common one.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func isLight(picture image.Image, x, y int) bool {
	r, g, b, _ := picture.At(x, y).RGBA()
	return r+g+b > 3*0x7fff
}
