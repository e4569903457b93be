package emulator

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// mediaView is a file in a message.
type mediaView struct {
	Show string // picture, sound, film, file, address or "" for one that is not here

	Kind, Name, Alt, Tile, Size string

	Href    string // of the file
	Address string // that the message names, which nobody fetches
}

// previews are the types that a browser shows without running anything of the file. Anything
// else, such as SVG, HTML and PDF, can only be saved.
func previews(mimeType string) string {
	kind, _, err := mime.ParseMediaType(mimeType)
	if err != nil {
		return ""
	}
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return "picture"
	case "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/x-wav", "audio/webm":
		return "sound"
	case "video/mp4", "video/webm", "video/ogg":
		return "film"
	}
	return ""
}

func newMediaView(m *pilotstatustest.ChatMessage, media *pilotstatustest.Media) *mediaView {
	if media == nil {
		return nil
	}
	word := mediaWord(media.Kind)
	out := &mediaView{
		Kind: word, Name: cmp.Or(media.FileName, strings.ToLower(word)), Size: size(media.Size), Tile: tileOf(media), Address: media.URL,
	}
	out.Alt = word
	if media.FileName != "" {
		out.Alt += " " + media.FileName
	}
	switch {
	case media.Size > 0:
		out.Show = cmp.Or(previews(media.MimeType), "file")
		out.Href = with("media", "message", m.ID, "part", media.Part)
	case media.URL != "":
		out.Show = "address"
	}
	return out
}

// tileOf is the type of a file in up to four letters.
func tileOf(media *pilotstatustest.Media) string {
	ending := strings.TrimPrefix(path.Ext(media.FileName), ".")
	if ending == "" {
		_, ending, _ = strings.Cut(media.MimeType, "/")
	}
	ending = strings.ToUpper(cmp.Or(ending, media.Kind, "file"))
	return string([]rune(ending)[:min(4, len([]rune(ending)))])
}

// mediaWord is what people call a kind of file.
func mediaWord(kind string) string {
	switch kind {
	case "image":
		return "Picture"
	case "video":
		return "Video"
	case "audio", "voice", "ptt":
		return "Voice note"
	case "sticker":
		return "Sticker"
	case "document":
		return "Document"
	case "":
		return "File"
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}

func mediaNote(media *pilotstatustest.Media) string {
	parts := []string{strings.ToLower(mediaWord(media.Kind))}
	if media.FileName != "" {
		parts[0] += " " + media.FileName
	}
	if media.Size > 0 {
		parts = append(parts, size(media.Size))
	}
	return strings.Join(parts, ", ")
}

// media answers with a file of a message: shown only where that is harmless.
func (v *visit) media(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	file, err := v.engine.MessageFile(q.Get("message"), cmp.Or(q.Get("part"), "media"))
	h := w.Header()
	h.Set("Content-Security-Policy", dataPolicy)
	h.Set("Cache-Control", "no-cache")
	if err != nil {
		text, status := lost(err)
		http.Error(w, text, status)
		return
	}
	kind, disposition := file.MimeType, "inline"
	if previews(kind) == "" {
		kind, disposition = "application/octet-stream", "attachment"
	}
	h.Set("Content-Type", kind)
	if name := path.Base(strings.ReplaceAll(file.FileName, `\`, "/")); file.FileName != "" {
		disposition = cmp.Or(mime.FormatMediaType(disposition, map[string]string{"filename": name}), disposition)
	}
	h.Set("Content-Disposition", disposition)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.Data))
}

// qr answers with the code that a device of a number shows.
func (v *visit) qr(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	device, _ := strconv.Atoi(r.URL.Query().Get("device"))
	for _, n := range v.engine.Numbers() {
		if n.ID != r.URL.Query().Get("number") || device < 0 || device >= len(n.Devices) {
			continue
		}
		_, text, _ := strings.Cut(n.Devices[device].QRCode, "base64,")
		if png, err := base64.StdEncoding.DecodeString(text); err == nil && len(png) > 0 {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(png)
			return
		}
	}
	http.NotFound(w, r)
}
