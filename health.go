package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"rechargebot/storage/bolt"
)

var errStopping = errors.New("the bot is stopping")

// site is what is asked for at http.listen.
type site struct {
	ready func() error // nil = ready
	calls http.Handler // of upstreams
	count http.Handler // of what was counted
}

// site answers while the parts run, and when ctx is over, until they have ended.
func (h *house) site(ctx context.Context, store *bolt.Store) site {
	ready := func() error {
		if ctx.Err() != nil {
			return errStopping
		}
		return h.bot.Healthy()
	}
	return site{ready, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil { // nobody would ask about the order
			w.Header().Set("Retry-After", "5")
			http.Error(w, errStopping.Error(), http.StatusServiceUnavailable)
			return
		}
		h.postbacks.ServeHTTP(w, r)
	}), h.metrics(store)}
}

// serveHTTP answers /healthz while the process lives, /readyz while it is ready, /metrics, and the calls of upstreams, until
// ctx is over.
func serveHTTP(ctx context.Context, address string, s site, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for health checks and postbacks (http.listen): %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.ready(); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", s.count)
	mux.Handle("/postback/{name}/{secret}", s.calls)
	log.Info("health checks and postbacks", "address", listener.Addr().String())
	return serveUntil(ctx, listener, mux, 15*time.Second)
}

// serveUntil serves until ctx is over, then gives what is under way two seconds. Whoever takes longer than
// slowest to send a request is hung up on; 0 = nobody is.
func serveUntil(ctx context.Context, listener net.Listener, h http.Handler, slowest time.Duration) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: slowest, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})
	defer func() {
		if !stop() {
			<-ended
		}
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	return nil
}
