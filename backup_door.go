package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"rechargebot/storage/bolt"
)

// doorFile says, in the data folder, where on this machine the running bot hands out copies of its store, and the
// word to ask with: whoever can read it could read the store.
const doorFile = "backup.door"

// serveCopies hands out copies of the store until ctx is over. A bot that cannot do so does everything else.
func serveCopies(ctx context.Context, dir string, store *bolt.Store, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		log.Warn("no backup can be made while the bot runs", "cause", err)
		<-ctx.Done()
		return nil
	}
	secret := rand.Text()
	path := filepath.Join(dir, doorFile)
	if err := writeDoor(path, listener.Addr().String()+" "+secret+"\n"); err != nil {
		log.Warn("no backup can be made while the bot runs", "cause", err)
	}
	defer func() { _ = os.Remove(path) }()
	var one sync.Mutex
	mux := http.NewServeMux()
	mux.HandleFunc("GET /copy", func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+secret)) != 1 {
			http.Error(w, "not for you", http.StatusUnauthorized)
			return
		}
		if !one.TryLock() {
			http.Error(w, "another backup is being made; try again when it is done", http.StatusConflict)
			return
		}
		defer one.Unlock()
		if err := handOut(r.Context(), w, store); err != nil {
			log.Warn("a backup was not finished", "cause", err)
			panic(http.ErrAbortHandler) // who asked sees that it is cut off
		}
		log.Info("a copy of the store was handed out")
	})
	if err := serveUntil(ctx, listener, mux, 0); err != nil {
		log.Warn("no backup can be made while the bot runs any more", "cause", err)
	}
	<-ctx.Done()
	return nil
}

// writeDoor puts the file in place at once, readable to its owner alone.
func writeDoor(path, text string) error {
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// slowestCopy is how long one piece of a copy may take: as long as somebody copies, the store's file grows.
const slowestCopy = 30 * time.Second

func handOut(ctx context.Context, w http.ResponseWriter, store *bolt.Store) error {
	out := patient{w, http.NewResponseController(w)}
	return store.Copy(ctx, out, func(bytes int64) { w.Header().Set("Content-Length", strconv.FormatInt(bytes, 10)) })
}

// patient gives each piece its time.
type patient struct {
	w       io.Writer
	control *http.ResponseController
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(slowestCopy)); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}

// askForCopy has the running bot write a copy of its store to w.
func askForCopy(ctx context.Context, dir string, w io.Writer) error {
	path := filepath.Join(dir, storeFile)
	text, err := os.ReadFile(filepath.Join(dir, doorFile))
	address, secret, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	if err != nil || !ok {
		return fmt.Errorf("%s is in use, by a program that hands out no copies (is the bot just starting, or an older one?); try again, or stop it first", path)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/copy", nil)
	if err != nil {
		return fmt.Errorf("ask the running bot for a copy: %s holds no address", doorFile)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true, ResponseHeaderTimeout: slowestCopy}}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s is in use, and the bot does not answer (is it just starting?); try again, or stop it first: %w", path, errors.Unwrap(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // what there is of it
		return fmt.Errorf("the running bot gives no copy: %s", strings.TrimSpace(string(said)))
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("the copy was cut off: %w", err)
	}
	return nil
}
