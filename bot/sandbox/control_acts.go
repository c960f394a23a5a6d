package sandbox

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
)

// controlActs are the rarer things that people do, as JSON like the rest; a file comes as a form.
func (s *Server) controlActs(mux *http.ServeMux) {
	post(mux, "post", func(a struct {
		Person, Chat int64
		Posting
	}) (any, error) {
		return s.Post(a.Person, a.Chat, a.Posting)
	})
	post(mux, "edit", func(a struct {
		Person, Chat int64
		Message      int64 `json:"message_id"`
		Text         string
	}) (any, error) {
		return s.Edit(a.Person, a.Chat, a.Message, a.Text)
	})
	post(mux, "delete", func(a struct {
		Person, Chat int64
		Message      int64 `json:"message_id"`
	}) (any, error) {
		return struct{}{}, s.Delete(a.Person, a.Chat, a.Message)
	})
	mux.HandleFunc("POST /sandbox/media", func(w http.ResponseWriter, r *http.Request) {
		sent, err := s.postFile(w, r)
		reply(w, sent, err)
	})
	mux.HandleFunc("GET /sandbox/files/{id}", s.showFile)
}

// controlChats are what happens to chats.
func (s *Server) controlChats(mux *http.ServeMux) {
	post(mux, "join", func(a struct {
		Person, Chat int64
		In           bool
	}) (any, error) {
		return struct{}{}, s.Join(a.Person, a.Chat, a.In)
	})
	post(mux, "deactivate", func(a struct{ Person int64 }) (any, error) { return struct{}{}, s.Deactivate(a.Person) })
	post(mux, "kick", func(a struct {
		Chat int64
		Out  bool
	}) (any, error) {
		return struct{}{}, s.Kick(a.Chat, a.Out)
	})
	post(mux, "mute", func(a struct {
		Chat int64
		Mute bool
	}) (any, error) {
		return struct{}{}, s.Mute(a.Chat, a.Mute)
	})
	post(mux, "topic", func(a struct {
		Topic           int64
		Closed, Deleted bool
	}) (any, error) {
		if a.Deleted {
			return struct{}{}, s.DeleteTopic(a.Topic)
		}
		return struct{}{}, s.CloseTopic(a.Topic, a.Closed)
	})
}

// postFile reads a form with chat, from, kind (photo or document), caption and file.
func (s *Server) postFile(w http.ResponseWriter, r *http.Request) (Sent, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseMultipartForm(maxForm); err != nil {
		return Sent{}, fmt.Errorf("media: read the form: %w", err)
	}
	from, err := strconv.ParseInt(r.FormValue("from"), 10, 64)
	if err != nil {
		return Sent{}, fmt.Errorf("media: from must be a person's id")
	}
	chatID, err := strconv.ParseInt(r.FormValue("chat"), 10, 64)
	if err != nil {
		return Sent{}, fmt.Errorf("media: chat must be a chat's id")
	}
	_, head, err := r.FormFile("file")
	if err != nil {
		return Sent{}, fmt.Errorf("media: there is no file: %w", err)
	}
	f, err := readFile(head)
	if err != nil {
		return Sent{}, fmt.Errorf("media: %w", err)
	}
	p := Posting{Caption: r.FormValue("caption")}
	switch kind := r.FormValue("kind"); kind {
	case "photo":
		p.Photo = f
	case "document":
		p.Document = f
	default:
		return Sent{}, fmt.Errorf("media: %q is neither photo nor document", kind)
	}
	return s.Post(from, chatID, p)
}

func readFile(head *multipart.FileHeader) (*File, error) {
	in, err := head.Open()
	if err != nil {
		return nil, fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	return &File{Name: head.Filename, Data: data}, nil
}
