package pilotstatustest_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQRCodeIsAPicture(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Number("num_1").Disconnect()
	out := tenant.object(t, 200, "GET", numbersPath+"/num_1/connect", "")
	text, ok := strings.CutPrefix(out["qrcodeBase64"].(string), "data:image/png;base64,")
	require.True(t, ok)
	file, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	const modules, quiet, scale = 29, 4, 6
	require.Equal(t, image.Rect(0, 0, (modules+2*quiet)*scale, (modules+2*quiet)*scale), picture.Bounds())

	// Every module is one square of one color.
	var rows []string
	for y := range modules + 2*quiet {
		var row strings.Builder
		for x := range modules + 2*quiet {
			module := color.GrayModel.Convert(picture.At(x*scale, y*scale)).(color.Gray).Y
			for dy := range scale {
				for dx := range scale {
					require.Equal(t, module, color.GrayModel.Convert(picture.At(x*scale+dx, y*scale+dy)).(color.Gray).Y)
				}
			}
			row.WriteByte(map[uint8]byte{0: '#', 255: '.'}[module])
		}
		rows = append(rows, row.String())
	}
	for i, row := range rows {
		if i < quiet || i >= modules+quiet {
			assert.Equal(t, strings.Repeat(".", modules+2*quiet), row)
		}
		assert.Equal(t, "....", row[:quiet])
		assert.Equal(t, "....", row[modules+quiet:])
	}
	finder := []string{"#######.", "#.....#.", "#.###.#.", "#.###.#.", "#.###.#.", "#.....#.", "#######.", "........"}
	for i, want := range finder {
		mirrored := []byte(want)
		for l, r := 0, len(mirrored)-1; l < r; l, r = l+1, r-1 {
			mirrored[l], mirrored[r] = mirrored[r], mirrored[l]
		}
		assert.Equal(t, want, rows[quiet+i][quiet:quiet+8], "top left, row %d", i)
		assert.Equal(t, string(mirrored), rows[quiet+i][quiet+modules-8:quiet+modules], "top right, row %d", i)
		assert.Equal(t, want, rows[quiet+modules-1-i][quiet:quiet+8], "bottom left, row %d", i)
	}
	assert.Equal(t, "#######.#.#.#.#.#.#.#.#######", rows[quiet+6][quiet:quiet+modules], "timing")
	dark := strings.Count(strings.Join(rows, ""), "#")
	assert.InDelta(t, modules*modules/2, dark, modules*modules/8, "about half is black")
}
