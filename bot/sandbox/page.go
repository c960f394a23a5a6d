package sandbox

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// mountPage serves the page and its files. The page has no script or style but these, and renders
// what the bot and people write as text nodes; the browser is told to refuse anything else.
func (s *Server) mountPage(mux *http.ServeMux) {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic("sandbox: the page is not embedded: " + err.Error())
	}
	page := template.Must(template.ParseFS(files, "index.html"))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		secure(w)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]string{"Title": s.bot.FirstName}) // a broken connection shows itself
	})
	static := http.StripPrefix("/page/", http.FileServerFS(files))
	mux.HandleFunc("GET /page/", func(w http.ResponseWriter, r *http.Request) {
		secure(w)
		static.ServeHTTP(w, r)
	})
}

// pagePolicy lets the page have what this server serves, and nothing inline, foreign or framed.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

func secure(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-cache")
}
