package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rechargebot/providers/builtin"
)

type complainCmd struct {
	Provider string   `arg:"" help:"Name of the provider that says it delivered the order."`
	ID       string   `arg:"" help:"The order's id at the provider (upstream id; /job shows it to admins)."`
	Words    []string `arg:"" help:"What is wrong."`
}

// Run files a dispute about an order with its provider. It moves no money and changes no job.
func (k complainCmd) Run(c *cli, sys *system) error {
	g, err := oneGateway(c, builtin.Registrations(), k.Provider)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(sys.ctx, 30*time.Second)
	defer cancel()
	ticket, err := g.Complain(ctx, k.ID, strings.Join(k.Words, " "))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(sys.out, "The provider has taken the complaint: %s\n", ticket)
	return err
}
