package sandbox

// Media is what a message may carry beside or in place of a text; the fields are Message's in the Bot API.
type Media struct {
	Caption         string      `json:"caption,omitempty"`
	CaptionEntities []Entity    `json:"caption_entities,omitempty"`
	Photo           []PhotoSize `json:"photo,omitempty"`
	Document        *Document   `json:"document,omitempty"`
	Sticker         *Sticker    `json:"sticker,omitempty"`
	Voice           *Voice      `json:"voice,omitempty"`
	Location        *Location   `json:"location,omitempty"`
	Contact         *Contact    `json:"contact,omitempty"`
}

// PhotoSize is a photo in one size; the sandbox keeps each in its own size only.
type PhotoSize struct {
	ID       string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Size     int    `json:"file_size,omitempty"`
}

// Document is a file of any kind.
type Document struct {
	ID       string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Name     string `json:"file_name,omitempty"`
	Type     string `json:"mime_type,omitempty"`
	Size     int    `json:"file_size,omitempty"`
}

// Sticker is a picture of an emoji.
type Sticker struct {
	ID       string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Type     string `json:"type"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Animated bool   `json:"is_animated"`
	Video    bool   `json:"is_video"`
	Emoji    string `json:"emoji,omitempty"`
}

// Voice is a voice message; Duration is in seconds.
type Voice struct {
	ID       string `json:"file_id"`
	UniqueID string `json:"file_unique_id"`
	Duration int    `json:"duration"`
	Type     string `json:"mime_type,omitempty"`
	Size     int    `json:"file_size,omitempty"`
}

// Location is a place on earth in degrees.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Contact is a shared address-book entry. UserID is 0 when it is nobody the sandbox knows.
type Contact struct {
	Phone     string `json:"phone_number"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	UserID    int64  `json:"user_id,omitempty"`
	VCard     string `json:"vcard,omitempty"`
}

// Origin tells whose message was forwarded (MessageOrigin of the Bot API).
type Origin struct {
	Type       string `json:"type"` // user, hidden_user, chat, channel
	Date       int64  `json:"date"`
	User       *User  `json:"sender_user,omitempty"`
	HiddenName string `json:"sender_user_name,omitempty"`
	SenderChat *Chat  `json:"sender_chat,omitempty"`
	Chat       *Chat  `json:"chat,omitempty"`
	Message    int64  `json:"message_id,omitempty"` // in the channel
}
