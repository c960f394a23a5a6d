package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rechargebot/providers"
	"rechargebot/providers/builtin"
)

type codesCmd struct {
	Provider string `arg:"" help:"Name of a provider in the configuration."`
	Category string `arg:"" optional:"" help:"Part of the vendor's table, in the vendor's words."`
}

// Run prints the vendor's own table of operator codes, for operator_codes. It works before any code is configured.
func (k codesCmd) Run(c *cli, sys *system) error {
	kinds := builtin.Registrations()
	for i := range kinds {
		kinds[i].NeedsCodes, kinds[i].NeedsCircle = false, false
	}
	g, err := oneGateway(c, kinds, k.Provider)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(sys.ctx, 30*time.Second)
	defer cancel()
	list, err := g.CodeList(ctx, k.Category)
	if err != nil {
		return err
	}
	for _, code := range list {
		if _, err := fmt.Fprintf(sys.out, "%-8s %s  %s\n", code.Code, code.Name, code.Details); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		_, err = fmt.Fprintln(sys.out, "The vendor's table is empty.")
	}
	return err
}

// oneGateway makes the gateway of the provider with that name.
func oneGateway(c *cli, kinds []providers.Registration, name string) (*providers.Gateway, error) {
	conf, err := loadConfig(c.Config, c.Over, kinds)
	if err != nil {
		return nil, err
	}
	enabled, retired, err := openProviders(conf, nil, nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, g := range append(enabled, retired...) {
		if g.Name() == name {
			return g, nil
		}
		names = append(names, g.Name())
	}
	return nil, configError{file: c.Config, why: fmt.Sprintf("has no provider %q that can be used; it has: %s", name, strings.Join(names, ", "))}
}
