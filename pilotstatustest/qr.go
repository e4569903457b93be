package pilotstatustest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"strconv"
)

const (
	qrPictures = 3  // in rotation
	qrModules  = 29 // of a side
	qrQuiet    = 4  // modules of white around it
	qrScale    = 6  // pixels of a module's side
)

// qrCode returns the nth picture of a device as a data URI. It looks like a QR code
// and cannot be scanned.
func qrCode(seed string, n int) string {
	noise := newNoise(seed + " picture " + strconv.Itoa(n%qrPictures))
	const side = (qrModules + 2*qrQuiet) * qrScale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for row := range qrModules {
		for column := range qrModules {
			random := noise.next()&1 == 1
			dark, fixed := qrPattern(row, column)
			if dark || !fixed && random {
				fillModule(img, row+qrQuiet, column+qrQuiet)
			}
		}
	}
	var buf bytes.Buffer
	_ = png.Encode(&buf, img) // a buffer takes everything
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes())
}

// qrPattern says whether a module belongs to the patterns that every QR code of the
// size has, and whether it is dark then.
func qrPattern(row, column int) (dark, fixed bool) {
	const last, center = qrModules - 1, qrModules - 7
	for _, corner := range [][2]int{{0, 0}, {0, last}, {last, 0}} { // finders, 7 by 7, with a white border
		r, c := distance(row, corner[0]), distance(column, corner[1])
		if r > 7 || c > 7 {
			continue
		}
		ring := max(distance(r, 3), distance(c, 3))
		return ring != 2 && ring < 4, true
	}
	if r, c := distance(row, center), distance(column, center); r <= 2 && c <= 2 { // alignment
		return max(r, c) != 1, true
	}
	if row == 6 || column == 6 { // timing
		return (row+column)%2 == 0, true
	}
	return false, false
}

func distance(a, b int) int { return max(a-b, b-a) }

func fillModule(img *image.Paletted, row, column int) {
	for y := range qrScale {
		for x := range qrScale {
			img.SetColorIndex(column*qrScale+x, row*qrScale+y, 1)
		}
	}
}

// pairingCode returns the nth code of a device, such as KQ7M-2XWD.
func pairingCode(seed string, n int) string {
	const letters = "123456789ABCDEFGHJKLMNPQRSTVWXYZ"
	noise := newNoise(seed + " code " + strconv.Itoa(n))
	code := make([]byte, 0, len("KQ7M-2XWD"))
	for i := range 8 {
		if i == 4 {
			code = append(code, '-')
		}
		code = append(code, letters[noise.next()%uint32(len(letters))])
	}
	return string(code)
}

// noise is a sequence that looks random and is the same for the same seed, so that a
// program that runs twice shows the same.
type noise struct {
	seed string
	n    int
}

func newNoise(seed string) *noise { return &noise{seed: seed} }

func (n *noise) next() uint32 {
	n.n++
	sum := sha256.Sum256([]byte(n.seed + " " + strconv.Itoa(n.n)))
	return binary.BigEndian.Uint32(sum[:])
}
