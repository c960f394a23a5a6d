package sandbox

import "time"

// maxCaption is in UTF-16 units (sendPhoto, sendDocument: "0-1024 characters after entities parsing").
const maxCaption = 1024

// sendPhoto keeps the picture as it is; Telegram would make JPEGs in several sizes of it.
func (s *Server) sendPhoto(p params) (any, *apiError) {
	return s.sendFile(p, "photo", func(m *Message, u upload) *apiError {
		f, err := s.files.addPhoto(u)
		if err != nil {
			return err
		}
		m.Photo = f.photo()
		return nil
	})
}

func (s *Server) sendDocument(p params) (any, *apiError) {
	return s.sendFile(p, "document", func(m *Message, u upload) *apiError {
		m.Document = s.files.add(u, "documents").document()
		return nil
	})
}

// sendFile sends a message with the file of a field. Nothing is kept of a call that is refused.
func (s *Server) sendFile(p params, name string, keep func(*Message, upload) *apiError) (any, *apiError) {
	var o outgoing
	given := p[name]
	if u, ok := given.(upload); ok {
		p[name] = upload{Name: u.Name, Size: u.Size} // the log of calls does without the bytes
	}
	if err := p.into(&o); err != nil {
		return nil, err
	}
	c, err := s.reach(p)
	if err != nil {
		return nil, err
	}
	m := Message{From: &s.bot}
	if m.Caption, m.CaptionEntities, err = o.caption(); err != nil {
		return nil, err
	}
	m.CaptionEntities = s.mentions(m.CaptionEntities)
	if m.Keyboard, err = o.Markup.inline(); err != nil {
		return nil, err
	}
	if err := s.place(c, o, &m); err != nil {
		return nil, err
	}
	u, err := s.bytesOf(given)
	if err != nil {
		return nil, err
	}
	if len(u.data) == 0 {
		return nil, badRequest("file must be non-empty")
	}
	if err := s.flood(c, m.Caption, false); err != nil {
		return nil, err
	}
	if err := keep(&m, u); err != nil {
		return nil, err
	}
	return s.say(c, o, m), nil
}

// say puts the bot's message into the chat.
func (s *Server) say(c *chat, o outgoing, m Message) Message {
	if box, change := o.Markup.box(); change {
		c.box = box
	}
	c.typing = time.Time{}
	kept := s.add(c, m)
	kept.silent = o.Silent
	s.touchChat(c)
	return kept.Message
}

// bytesOf finds a file: one that came along, or one that the sandbox has kept, by its id.
func (s *Server) bytesOf(v any) (upload, *apiError) {
	if u, ok := v.(upload); ok {
		return u, nil
	}
	id, _ := v.(string)
	f := s.files.byID[id]
	if f == nil {
		return upload{}, badRequest("wrong file identifier/HTTP URL specified")
	}
	return upload{Name: f.name, Size: len(f.data), data: f.data}, nil
}
