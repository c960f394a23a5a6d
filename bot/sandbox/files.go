package sandbox

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"image"
	_ "image/gif" // pictures whose size is read
	_ "image/jpeg"
	_ "image/png"
	"mime"
	"net/http"
	"path"
	"strings"
)

const (
	maxUpload  = 20 << 20 // of one file; getFile: "files of up to 20MB in size"
	maxPhoto   = 10 << 20 // sendPhoto: "The photo must be at most 10 MB in size"
	maxKept    = 64 << 20 // of all files together; the oldest are forgotten
	maxSides   = 10_000   // sendPhoto: "The photo's width and height must not exceed 10000 in total"
	maxStretch = 20       // sendPhoto: "Width and height ratio must be at most 20"
)

// upload is a file as it came, from the bot or from a person.
type upload struct {
	Name string `json:"file_name"`
	Size int    `json:"file_size"`
	data []byte
}

// file is one that the sandbox keeps, under an id that means nothing.
type file struct {
	id     string
	unique string
	path   string // below /file/bot<token>/
	name   string
	mime   string
	data   []byte
	width  int // of a photo
	height int
}

// files are those of all chats, oldest first.
type files struct {
	byID map[string]*file
	kept []*file
	size int
	next int
}

// add keeps a file. The lock is held.
func (f *files) add(u upload, folder string) *file {
	f.next++
	made := &file{
		id:     fmt.Sprintf("BQACAgUAAxkBAAM%09d", f.next),
		unique: fmt.Sprintf("AgAD%09d", f.next),
		path:   fmt.Sprintf("%s/file_%d%s", folder, f.next, path.Ext(u.Name)),
		name:   u.Name, data: u.data, mime: mediaType(u),
	}
	if f.byID == nil {
		f.byID = map[string]*file{}
	}
	f.byID[made.id] = made
	f.kept = append(f.kept, made)
	for f.size += len(u.data); f.size > maxKept; {
		f.size -= len(f.kept[0].data)
		delete(f.byID, f.kept[0].id)
		f.kept = f.kept[1:]
	}
	return made
}

// addPhoto keeps a picture, or says in Telegram's words why it is none.
func (f *files) addPhoto(u upload) (*file, *apiError) {
	seen, _, err := image.DecodeConfig(bytes.NewReader(u.data))
	switch {
	case len(u.data) > maxPhoto:
		return nil, badRequest("file of size %d bytes is too big for a photo; the maximum size is %d bytes", len(u.data), maxPhoto)
	case err != nil:
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	case seen.Width+seen.Height > maxSides, seen.Width > maxStretch*seen.Height, seen.Height > maxStretch*seen.Width:
		return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	made := f.add(u, "photos")
	made.width, made.height = seen.Width, seen.Height
	return made, nil
}

// mediaType goes by the name, and by the first bytes when that says nothing.
func mediaType(u upload) string {
	kind := mime.TypeByExtension(strings.ToLower(path.Ext(u.Name)))
	if kind == "" {
		kind = http.DetectContentType(u.data)
	}
	kind, _, _ = strings.Cut(kind, ";")
	return kind
}

func (f *file) photo() []PhotoSize {
	return []PhotoSize{{ID: f.id, UniqueID: f.unique, Width: f.width, Height: f.height, Size: len(f.data)}}
}

func (f *file) document() *Document {
	return &Document{ID: f.id, UniqueID: f.unique, Name: f.name, Type: f.mime, Size: len(f.data)}
}

func (s *Server) getFile(p params) (any, *apiError) {
	id, _ := p["file_id"].(string)
	f := s.files.byID[id]
	if f == nil {
		return nil, badRequest("wrong file_id or the file is temporarily unavailable")
	}
	return map[string]any{"file_id": f.id, "file_unique_id": f.unique, "file_size": len(f.data), "file_path": f.path}, nil
}

// download serves what getFile led to, under /file/bot<token>/.
func (s *Server) download(w http.ResponseWriter, token, name string) {
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.config.Token)) != 1 {
		answer(w, nil, &apiError{code: 401, description: "Unauthorized"})
		return
	}
	s.mu.Lock()
	var found *file
	for _, f := range s.files.kept {
		if f.path == name {
			found = f
		}
	}
	s.mu.Unlock()
	if found == nil {
		answer(w, nil, &apiError{code: 404, description: "Not Found"})
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(found.data) // the bot that hung up finds out by itself
}

// showFile serves a file to the page. Only pictures are shown; the rest is for saving, whatever it calls itself.
func (s *Server) showFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files.byID[r.PathValue("id")]
	s.mu.Unlock()
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	if _, kind, err := image.DecodeConfig(bytes.NewReader(f.data)); err == nil {
		h.Set("Content-Type", "image/"+kind)
		h.Set("Content-Disposition", "inline")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(f.data) // whoever hung up finds out by himself
}
