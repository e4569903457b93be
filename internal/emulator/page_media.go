package emulator

import (
	"cmp"
	"mime"
	"path"
	"strings"

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
