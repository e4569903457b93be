package emulator

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

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
	for _, n := range v.numberInfos() {
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

// lost says why something that an address names is not there, and with which status that
// is answered: what was dropped is gone for good.
func lost(err error) (text string, status int) {
	var unknown *pilotstatustest.UnknownIDError
	if errors.As(err, &unknown) && unknown.Dropped {
		return "This " + unknown.What + " was dropped, because no more are kept (-keep).", http.StatusGone
	}
	return "There is no such message. It may be of a run before this one.", http.StatusNotFound
}
