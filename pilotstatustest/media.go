package pilotstatustest

import (
	"encoding/base64"
	"net/http"
)

// phoneNumberOf returns the id under which Meta has a file in addition to its own; ""
// where the file was not added. Of several it is the first.
func (m *mediaState) phoneNumberOf(mediaID string) string {
	var found string
	for key := range m.files {
		if key.mediaID == mediaID && (found == "" || key.phoneNumberID < found) {
			found = key.phoneNumberID
		}
	}
	return found
}

// has says whether there is a file with an id.
func (m *mediaState) has(mediaID string) bool {
	for key := range m.files {
		if key.mediaID == mediaID {
			return true
		}
	}
	return false
}

func mediaRoutes() []route {
	return []route{
		on("Media.Download", "GET /v1/media/{mediaId}", scopeNumber, downloadMedia),
	}
}

// mediaAnswer is the answer of Media.Download.
type mediaAnswer struct {
	Base64   string  `json:"base64"`
	MimeType string  `json:"mimeType"`
	FileName *string `json:"fileName"`
	MediaID  string  `json:"mediaId"`
}

func downloadMedia(c *call) (any, *failure) {
	phoneNumberID := c.query.Get("phoneNumberId")
	if phoneNumberID == "" {
		return nil, invalid("phoneNumberId is missing")
	}
	file := c.state.media.files[mediaKey{phoneNumberID, c.params["mediaId"]}]
	if !c.number.official() || file == nil {
		return nil, notFound("Media")
	}
	if file.expired {
		return nil, refuse(http.StatusInternalServerError, "", "Media download failed")
	}
	out := mediaAnswer{
		Base64: base64.StdEncoding.EncodeToString(file.data), MimeType: file.mimeType,
		FileName: nullable(file.fileName), MediaID: c.params["mediaId"],
	}
	if !c.state.media.bare {
		out.Base64 = "data:" + file.mimeType + ";base64," + out.Base64
	}
	return out, nil
}
