package emulator

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func fileRoutes() []route {
	return []route{{
		id: "getFile", method: http.MethodGet, path: "/messages/{message}/files/{part}",
		summary: "A file of a message. Pictures, sound and films are shown, anything else is a download.",
		handle: func(q *request) (any, error) {
			file, err := q.tenant.Engine.MessageFile(q.PathValue("message"), q.PathValue("part"))
			if _, unknown := errors.AsType[*pilotstatustest.UnknownIDError](err); err != nil && !unknown {
				return nil, failf(http.StatusNotFound, "NO_SUCH_FILE",
					"the emulator does not have this file; it fetches none that is named by its URL")
			} else if err != nil {
				return nil, err
			}
			writeFile(q.w, &file)
			return streamed{}, nil
		},
	}}
}

// writeFile answers with a file that anybody could have sent: nothing in it runs.
func writeFile(w http.ResponseWriter, file *pilotstatustest.File) {
	kind, _, err := mime.ParseMediaType(file.MimeType)
	if err != nil {
		kind = ""
	}
	disposition := "attachment"
	if isHarmless(kind) {
		disposition = "inline"
	} else {
		kind = "application/octet-stream"
	}
	if file.FileName != "" {
		disposition = mime.FormatMediaType(disposition, map[string]string{"filename": file.FileName})
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", disposition)
	asData(h) // also where the page serves it
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(file.Data)
}

// isHarmless says whether a browser can show a type without running anything.
func isHarmless(kind string) bool {
	return strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/") ||
		slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind)
}
