package pilotstatustest

import (
	"encoding/base64"
	"net/http"
	"slices"
)

// phoneNumberOf returns the id under which Meta has a file in addition to its own; ""
// where the file was not added. Of several it is the first.
func (m *mediaState) phoneNumberOf(mediaID string) string {
	if !m.has(mediaID) {
		return ""
	}
	return slices.Min(m.owners[mediaID])
}

// has says whether there is a file with an id.
func (m *mediaState) has(mediaID string) bool { return len(m.owners[mediaID]) > 0 }

// add adds a file, in place of one with the same ids.
func (m *mediaState) add(key mediaKey, file *mediaFile) {
	if m.files[key] == nil {
		m.owners[key.mediaID] = append(m.owners[key.mediaID], key.phoneNumberID)
	}
	m.files[key] = file
}

func (m *mediaState) remove(key mediaKey) {
	delete(m.files, key)
	owners := m.owners[key.mediaID]
	owners = slices.DeleteFunc(owners, func(id string) bool { return id == key.phoneNumberID })
	if m.owners[key.mediaID] = owners; len(owners) == 0 {
		delete(m.owners, key.mediaID)
	}
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
