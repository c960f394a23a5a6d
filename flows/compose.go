package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// Composer words notices at the time of sending, so that a card always shows the present state.
type Composer struct {
	store     ComposerStore
	catalogue *text.Catalogue
	language  string
	filers    map[string]Filer
}

// ComposerStore is what a Composer reads.
type ComposerStore interface {
	Job(ctx context.Context, id storage.JobID) (storage.Job, error)
	Person(ctx context.Context, id storage.PersonID) (storage.Person, error)
}

// NewComposer makes a Composer; language is the one of people who have not chosen any, and the flows are those that
// may have files to make.
func NewComposer(store ComposerStore, catalogue *text.Catalogue, language string, fs ...Flow) *Composer {
	return &Composer{store: store, catalogue: catalogue, language: language, filers: filersOf(fs)}
}

// Compose is the message that the notice owes: its Body, or the job's card or push rendered from the
// job as it stands now, or the message with the file that is made of it. An error wrapping storage.ErrNotFound means that the notice speaks of nothing
// that exists, any other one that the store has failed or the notice cannot be read.
func (c *Composer) Compose(ctx context.Context, n storage.Notice) (Message, error) {
	switch n.Kind {
	case storage.NoticeCard, storage.NoticePush:
		return c.composeJob(ctx, n)
	case storage.NoticeMessage, storage.NoticeFile, storage.NoticeScreen, storage.NoticeEdit:
	default:
		return Message{}, fmt.Errorf("compose notice %d: unknown kind %q", n.ID, n.Kind)
	}
	var m Message
	if err := json.Unmarshal(n.Body, &m); err != nil {
		return Message{}, fmt.Errorf("compose notice %d: %w", n.ID, err)
	}
	if n.Kind == storage.NoticeFile {
		return c.composeFile(ctx, n, m)
	}
	m.File = nil
	if n.Late {
		m.Text = text.Join("\n\n", c.catalogue.In(c.language).Say(text.AlertsMissed, nil), m.Text)
	}
	return m, nil
}

func (c *Composer) composeJob(ctx context.Context, n storage.Notice) (Message, error) {
	job, err := c.store.Job(ctx, n.Job)
	if err != nil {
		return Message{}, fmt.Errorf("compose notice %d: %w", n.ID, err)
	}
	person, err := c.store.Person(ctx, job.Agent)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return Message{}, fmt.Errorf("compose notice %d: %w", n.ID, err)
	}
	say := c.catalogue.In(spoken(person, c.language))
	if n.Kind == storage.NoticePush {
		return JobPush(say, job, n.State), nil
	}
	return JobCard(say, job), nil
}

// spoken is the language that a person is spoken to in.
func spoken(p storage.Person, otherwise string) string {
	if p.Language != "" {
		return p.Language
	}
	return otherwise
}
