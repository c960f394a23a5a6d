package main

import (
	"bufio"
	"context"
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

type restoreCmd struct {
	File     string `arg:"" help:"A copy that backup has made."`
	Identity string `help:"File with the age identity that opens an encrypted copy." placeholder:"FILE"`
}

// Run puts a copy in the store's place, at once or not at all. What is unfinished in it is sent by nobody: the next
// start hands it to people (quarantine.go).
func (r restoreCmd) Run(c *cli, sys *system) error {
	conf, err := loadConfig(c.Config, c.Over, builtin.Registrations())
	if err != nil {
		return err
	}
	wide, err := privateFolder(conf.DataDir)
	if err == nil && wide {
		err = os.Chmod(conf.DataDir, 0o700)
	}
	if err == nil {
		err = os.MkdirAll(conf.DataDir, 0o700)
	}
	if err != nil {
		return err
	}
	path := filepath.Join(conf.DataDir, storeFile)
	if err := bolt.InUse(path); err != nil {
		return err
	}
	prepared := path + ".new-" + randomName()
	defer func() { _ = os.Remove(prepared) }() // it is gone when it is in place
	if err := r.fetch(sys.ctx, prepared); err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	now := time.Now()
	var claimed io.Closer
	found, err := bolt.Unseal(sys.ctx, prepared, r.File, now.UTC(), func(found bolt.Contents) (err error) {
		if own := conf.botNumber(); found.Bot != "" && found.Bot != own {
			return fmt.Errorf("%s is the store of the bot %s, and the configuration's token is of the bot %s", r.File, found.Bot, own)
		}
		claimed, err = claimInstance(sys.ctx, "rechargebot-"+found.Instance)
		return err
	})
	if claimed != nil {
		defer func() { _ = claimed.Close() }()
	}
	if err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	if err := sys.ctx.Err(); err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	kept, err := putInPlace(prepared, path, now)
	if err != nil {
		return err
	}
	return r.report(sys.out, conf, found, kept)
}

// putInPlace exchanges the store for the prepared one and keeps it under a name with the time.
func putInPlace(prepared, path string, now time.Time) (kept string, err error) {
	name := path + ".before-" + now.UTC().Format("20060102-150405")
	for n := 1; ; n++ {
		kept = name
		if n > 1 {
			kept = fmt.Sprintf("%s-%d", name, n)
		}
		if kept, err = bolt.Replace(prepared, path, kept); !errors.Is(err, fs.ErrExist) {
			return kept, err
		}
	}
}

// report says what is in place now and what comes next.
func (r restoreCmd) report(out io.Writer, conf config, found bolt.Contents, kept string) error {
	lines := []string{fmt.Sprintf("The store is now the copy of %s: %d orders, of which %d unfinished, and %d people.",
		found.At.In(conf.Zone).Format("2006-01-02 15:04:05 MST"), found.Jobs, found.Unfinished, found.People)}
	if kept != "" {
		lines = append(lines, "The store that was there is kept: "+kept)
	}
	lines = append(lines,
		"At the next start nothing that is unfinished is sent: each such order waits for an admin at /review.",
		"What happened after that time is not in it: look at the providers' own lists before you decide.")
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// ageHeader is how every file begins that age has encrypted (age-encryption.org/v1).
const ageHeader = "age-encryption.org/v1"

// fetch writes the copy, decrypted, to a new file that only its owner can read.
func (r restoreCmd) fetch(ctx context.Context, to string) error {
	info, err := os.Stat(r.File)
	if err != nil {
		return fmt.Errorf("the copy cannot be read: %s", pathCause(err))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file", r.File)
	}
	from, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("the copy cannot be read: %s", pathCause(err))
	}
	defer func() { _ = from.Close() }()
	in := bufio.NewReaderSize(untilOver{ctx, from}, 1<<20)
	plain, err := r.decrypted(in)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the copy: %w", err)
	}
	_, err = io.Copy(f, plain)
	switch encrypted := plain != io.Reader(in); {
	case ctx.Err() != nil:
	case errors.As(err, new(*fs.PathError)):
		err = fmt.Errorf("write the copy: %w", err)
	case err != nil && encrypted:
		err = fmt.Errorf("%s is cut off or damaged", r.File)
	}
	return errors.Join(err, f.Close())
}

// decrypted is the copy as it is read, opened with the identity where it is encrypted.
func (r restoreCmd) decrypted(in *bufio.Reader) (io.Reader, error) {
	head, _ := in.Peek(len(ageHeader)) // a shorter file is none of age's
	switch encrypted := string(head) == ageHeader; {
	case !encrypted && r.Identity != "":
		return nil, fmt.Errorf("%s is not encrypted; leave --identity out if you meant this file", r.File)
	case !encrypted:
		return in, nil
	case r.Identity == "":
		return nil, fmt.Errorf("%s is encrypted; name the file with the identity that opens it: --identity FILE", r.File)
	}
	text, err := os.Open(r.Identity)
	if err != nil {
		return nil, fmt.Errorf("the identity cannot be read: %s", pathCause(err))
	}
	defer func() { _ = text.Close() }()
	identities, err := age.ParseIdentities(text)
	if err != nil { // whose words may quote the key
		return nil, fmt.Errorf("%s holds no age identity (AGE-SECRET-KEY-1…, as age-keygen writes it)", r.Identity)
	}
	plain, err := age.Decrypt(in, identities...)
	switch {
	case errors.As(err, new(*age.NoIdentityMatchError)):
		return nil, fmt.Errorf("the identity in %s does not open %s: it was encrypted to another recipient", r.Identity, r.File)
	case err != nil:
		return nil, fmt.Errorf("%s is cut off or damaged", r.File)
	}
	return plain, nil
}
