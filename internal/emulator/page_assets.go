package emulator

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

// asset is a file that the page loads.
type asset struct {
	kind string
	tag  string
	data []byte
}

// readAssets reads the scripts, and the style sheet out of its parts.
func readAssets() map[string]asset {
	all := map[string]asset{}
	var sheet bytes.Buffer
	for _, name := range embedded("web/css/*.css") {
		sheet.Write(content(name))
	}
	all["page.css"] = newAsset("text/css; charset=utf-8", sheet.Bytes())
	for _, name := range embedded("web/js/*.js") {
		all[path.Base(name)] = newAsset("text/javascript; charset=utf-8", content(name))
	}
	all["icon.svg"] = newAsset("image/svg+xml", content("web/icon.svg"))
	return all
}

func newAsset(kind string, data []byte) asset {
	sum := sha256.Sum256(data)
	return asset{kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, data: data}
}

// embedded finds and reads what is embedded: a test holds that it is there.
func embedded(pattern string) []string {
	names, _ := fs.Glob(web, pattern)
	return names
}

func content(name string) []byte {
	data, _ := web.ReadFile(name)
	return data
}

// serveAsset answers with a file. A browser asks again each time, since another version of the
// program may run at the same address.
func serveAsset(assets map[string]asset, w http.ResponseWriter, r *http.Request, name string) {
	file, ok := assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", file.tag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(file.data))
}

// parseViews parses the template of each view together with what views share.
func parseViews() (map[string]*template.Template, error) {
	shared := []string{"web/html/layout.html", "web/html/icons.html", "web/html/look.html", "web/html/message.html"}
	views := map[string]*template.Template{}
	for _, name := range embedded("web/html/*.html") {
		view, err := template.ParseFS(web, append(slices.Clip(shared), name)...)
		if err != nil {
			return nil, err
		}
		views[strings.TrimSuffix(path.Base(name), ".html")] = view
	}
	return views, nil
}
