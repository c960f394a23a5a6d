package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"rechargebot/providers/builtin"
)

type healthcheckCmd struct{}

// Run asks the running bot whether it is ready, on the port where it says so (http.listen).
func (healthcheckCmd) Run(c *cli, sys *system) error {
	conf, err := loadConfig(c.Config, c.Over, builtin.Registrations())
	if err != nil {
		return err
	}
	if conf.HTTP.Listen == "" {
		return errors.New(`health check: nobody can be asked while http.listen is ""`)
	}
	ctx, cancel := context.WithTimeout(sys.ctx, 5*time.Second)
	defer cancel()
	if err := askReady(ctx, callable(conf.HTTP.Listen)); err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	_, err = fmt.Fprintln(sys.out, "ready")
	return err
}

// askReady returns what the bot says against itself.
func askReady(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: it is this machine
	resp, err := client.Do(r)
	if err != nil {
		return errors.New("no bot answers at " + address)
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	switch {
	case err != nil:
		return fmt.Errorf("the bot's answer cannot be read: %w", err)
	case resp.StatusCode != http.StatusOK:
		return errors.New(strings.TrimSpace(string(said)))
	}
	return nil
}

// callable is where an address that listens on all of a machine's own can be called from that machine.
func callable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	address, err := netip.ParseAddr(host)
	if host == "" || err == nil && address.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
