package pilotstatustest

import (
	"encoding/base64"
	"net/http"
	"slices"
	"time"
)

func mediaRoutes() []route {
	return []route{
		{
			op: "Media.Download", method: http.MethodGet, path: "/v1/media/{mediaId}",
			scope: scopeNumber, status: http.StatusOK, handle: downloadMedia,
		},
	}
}

// mediaState is the files that Meta has.
type mediaState struct {
	files map[mediaKey]*mediaFile
	bare  bool // Media.Download answers base64 that is no data URI
}

// mediaKey is what Meta finds a file by.
type mediaKey struct {
	phoneNumberID string
	mediaID       string
}

type mediaFile struct {
	mimeType string
	fileName string
	data     []byte
	expired  bool // Meta's link is dead
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
		return nil, &failure{status: http.StatusInternalServerError, text: "Media download failed"}
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

// AddMedia gives Meta a file that Media.Download finds under both ids, with the key
// of any official number. The file of a received message needs it in addition to
// [Number.Receive]. fileName may be "".
func (t *Tenant) AddMedia(phoneNumberID, mediaID, mimeType, fileName string, data []byte) {
	t.change(func(s *state, _ time.Time) {
		if s.media.files == nil {
			s.media.files = make(map[mediaKey]*mediaFile)
		}
		s.media.files[mediaKey{phoneNumberID, mediaID}] = &mediaFile{mimeType: mimeType, fileName: fileName, data: slices.Clone(data)}
	})
}

// ExpireMedia lets Meta's link to a file die, as it does after some minutes: from now
// on Media.Download answers 500. An unknown id fails the test under NewServer;
// otherwise nothing happens.
func (t *Tenant) ExpireMedia(mediaID string) {
	if !t.server.expireMedia(mediaID) {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no media %q", mediaID)
	}
}

func (s *Server) expireMedia(mediaID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var known bool
	for key, file := range s.state.media.files {
		if key.mediaID == mediaID {
			known, file.expired = true, true
		}
	}
	return known
}

// BareMedia switches Media.Download to a form in which base64 is not a data URI but
// the data alone.
func (t *Tenant) BareMedia(on bool) {
	t.change(func(s *state, _ time.Time) { s.media.bare = on })
}
