package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"rechargebot/providers/builtin"
	"rechargebot/storage/bolt"
)

type backupCmd struct {
	File      string   `arg:"" help:"Where to write the copy; nothing may be there yet."`
	Recipient []string `help:"Encrypt it so that only this age recipient can read it; several may be named (backup.recipients)." placeholder:"age1…" sep:"none"`
}

// Run writes a consistent copy of the store, of a running bot or of one that does not run. Nothing is called a backup
// that was not read back whole.
func (b backupCmd) Run(c *cli, sys *system) error {
	conf, err := loadConfig(c.Config, c.Over, builtin.Registrations())
	if err != nil {
		return err
	}
	to, err := recipients(b.Recipient)
	if err != nil {
		return configError{file: "--recipient", why: err.Error()}
	}
	if len(b.Recipient) == 0 {
		to = conf.Readers
	}
	removePartial(b.File)
	if err := freeFile(b.File); err != nil {
		return err
	}
	if _, err := privateFolder(conf.DataDir); err != nil {
		return err
	}
	made := b.File + partialMark + randomName()
	defer func() { _ = os.Remove(made) }() // it is gone when it got its name
	raw := made
	if len(to) > 0 { // nothing that anybody can read goes where the backup goes
		raw = filepath.Join(conf.DataDir, storeFile+".new-"+randomName())
		defer func() { _ = os.Remove(raw) }()
	}
	at := time.Now()
	if err := fetchCopy(sys.ctx, conf.DataDir, raw); err != nil {
		return err
	}
	found, err := bolt.Seal(sys.ctx, raw, "the copy", bolt.Mark{At: at.UTC(), Bot: conf.botNumber()})
	if err != nil {
		return fmt.Errorf("the copy is not whole, so it was thrown away: %w", err)
	}
	if len(to) > 0 {
		if err := encrypt(sys.ctx, made, raw, to); err != nil {
			return err
		}
	}
	if err := publish(made, b.File); err != nil {
		return err
	}
	return b.report(sys.out, conf, found, len(to))
}

// report says what is in the backup, and who can read it.
func (b backupCmd) report(out io.Writer, conf config, found bolt.Contents, readers int) error {
	info, err := os.Stat(b.File)
	if err != nil {
		return fmt.Errorf("look at the backup: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s is a copy of %s, checked: %d orders, of which %d unfinished, and %d people, in %d bytes.\n",
		b.File, found.At.In(conf.Zone).Format("2006-01-02 15:04:05 MST"), found.Jobs, found.Unfinished, found.People, info.Size())
	if err != nil {
		return err
	}
	said := fmt.Sprintf("It is encrypted to %d recipient(s): without an identity of theirs nobody can restore it.\n", readers)
	if readers == 0 {
		said = "It is not encrypted, and holds customers' numbers: keep it where nobody else reads it, or name [backup] recipients.\n"
	}
	_, err = fmt.Fprint(out, said)
	return err
}

// recipients reads age recipients, as age-keygen prints them.
func recipients(names []string) (out []age.Recipient, err error) {
	for _, name := range names {
		one, err := age.ParseRecipients(strings.NewReader(name))
		if err != nil || len(one) != 1 {
			return nil, errors.New(`must be an age recipient such as "age1…", as age-keygen prints it`)
		}
		out = append(out, one...)
	}
	return out, nil
}

// botNumber is whose store it is: the first part of the token, which is no secret and stays when the token is renewed.
func (c config) botNumber() string {
	number, _, _ := strings.Cut(c.Telegram.Token.Reveal(), ":")
	return number
}

// freeFile refuses a name that a backup cannot get.
func freeFile(path string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%s is there already; a backup never takes another's place: name a new file", path)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look for %s: %w", path, err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s", filepath.Dir(path))
	}
	return nil
}

// partialMark is between a backup's name and a random part while it is being made.
const partialMark = ".partial-"

func randomName() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// removePartial removes what a backup of the same name that was cut short has left: it holds people's numbers.
func removePartial(path string) {
	left, _ := filepath.Glob(globEscape(path) + partialMark + strings.Repeat("[0-9a-f]", 16)) // the pattern is well-formed
	for _, name := range left {
		_ = os.Remove(name)
	}
}

func globEscape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// fetchCopy writes the store as it is now to a new file: itself, or, when a bot uses the store, by asking the bot.
func fetchCopy(ctx context.Context, dir, to string) (err error) {
	path := filepath.Join(dir, storeFile)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store at %s yet", path)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	err = bolt.CopyFile(ctx, path, f)
	if errors.Is(err, bolt.ErrInUse) {
		err = askForCopy(ctx, dir, f)
	}
	return err
}

// encrypt writes what is in the file from, readable to the recipients alone, to a new file, and reads that back.
func encrypt(ctx context.Context, to, from string, readers []age.Recipient) error {
	plain, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("encrypt the copy: %w", err)
	}
	defer func() { _ = plain.Close() }()
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("encrypt the copy: %w", err)
	}
	defer func() { _ = f.Close() }()
	wrote, read := sha256.New(), sha256.New()
	w, err := age.Encrypt(io.MultiWriter(f, wrote), readers...)
	if err == nil {
		_, err = io.Copy(w, untilOver{ctx, plain})
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(read, f)
	}
	if err == nil && !bytes.Equal(wrote.Sum(nil), read.Sum(nil)) {
		err = errors.New("what was written cannot be read back")
	}
	if err != nil {
		return fmt.Errorf("encrypt the copy: %w", err)
	}
	return nil
}

// untilOver reads as long as somebody waits for it.
type untilOver struct {
	ctx context.Context
	r   io.Reader
}

func (u untilOver) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// publish gives a finished file, which is on the disk, its name, unless somebody has taken it meanwhile.
func publish(from, to string) error {
	err := os.Link(from, to)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; a backup never takes another's place: name a new file", to)
	}
	if err != nil { // a file system without second names
		if err = freeFile(to); err == nil {
			err = os.Rename(from, to)
		}
	}
	if err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	if err := os.Remove(from); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("name the backup: %w", err)
	}
	return syncFolder(filepath.Dir(to))
}

// syncFolder has the names in a folder on the disk, where the system can.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // it may be written to and not read
	}
	defer func() { _ = d.Close() }()
	_ = d.Sync() // not every file system can
	return nil
}
