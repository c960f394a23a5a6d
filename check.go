package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"rechargebot/bot"
	"rechargebot/providers/builtin"
	"rechargebot/storage/bolt"
)

type checkCmd struct{}

// errCheck is what check ends with when a line failed.
var errCheck = errors.New("check: something above needs attention")

// Run tries everything that the bot needs, a line each, and moves no money.
func (checkCmd) Run(c *cli, sys *system) error {
	conf, err := loadConfig(c.Config, c.Over, builtin.Registrations())
	if err != nil {
		return err
	}
	report := &report{out: sys.out}
	report.line("configuration", c.Config, nil)
	name, err := bot.Check(sys.ctx, conf.Telegram.Token, conf.Telegram.APIURL)
	report.line("telegram", "@"+name, err)
	if err == nil {
		reportWebhook(sys.ctx, report, conf)
	}
	checkStore(sys.ctx, report, conf.DataDir)
	gateways, _, err := openProviders(conf, nil, nil)
	if err != nil {
		return err
	}
	for _, g := range gateways {
		works, err := tryReads(sys.ctx, g, mayCall(conf, g.Name()))
		report.line("provider "+g.Name(), works, err)
	}
	for _, p := range conf.Providers {
		if !p.Enabled {
			report.line("provider "+p.Name, "disabled", nil)
		}
	}
	if report.failed {
		return errCheck
	}
	return nil
}

// mayCall reports whether a provider has a secret for postbacks.
func mayCall(conf config, name string) bool {
	return slices.ContainsFunc(conf.Providers, func(p providerConfig) bool { return p.Name == name && p.Postback != "" })
}

// report prints a line for each thing tried.
type report struct {
	out    io.Writer
	failed bool
}

func (r *report) line(what, fine string, err error) {
	if err != nil {
		r.failed = true
		_, _ = fmt.Fprintf(r.out, "FAIL  %s: %v\n", what, err)
		return
	}
	_, _ = fmt.Fprintf(r.out, "ok    %s: %s\n", what, fine)
}

// checkStore opens the store and walks it; a bot that uses it at the moment is a good sign. No record is changed, also not of
// an older version.
func checkStore(ctx context.Context, report *report, dir string) {
	path := filepath.Join(dir, storeFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		_, err := privateFolder(dir)
		report.line("storage", path+" (will be created)", err)
		return
	}
	store, err := openStore(dir, bolt.Options{AsItIs: true})
	switch {
	case errors.Is(err, bolt.ErrInUse):
		report.line("storage", path+" (in use by a running bot)", nil)
		return
	case errors.Is(err, bolt.ErrOlder):
		report.line("storage", path+" (of an older version; run brings it up to date, and older versions cannot use it then)", nil)
		return
	}
	if err != nil {
		report.line("storage", "", err)
		return
	}
	lines, end, err := store.AuditEnd(ctx)
	if err = errors.Join(err, store.Check(ctx), store.Close()); err != nil {
		report.line("storage", "", err)
		return
	}
	report.line("storage", path, nil)
	report.line("audit log", fmt.Sprintf("%d lines, unbroken, ending in %s", lines, cmp.Or(end, "nothing")), nil)
}
