package storage

import "time"

// InboxID orders updates by their arrival, across restarts.
type InboxID uint64

// Update is one raw update of the chat platform, stored before the platform is told that we have it.
type Update struct {
	ID       InboxID
	UpdateID int64 // the platform's number, by which a redelivery is recognised
	Raw      []byte
	Arrived  time.Time
}
