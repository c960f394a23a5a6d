package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"rechargebot/bot/sandbox"
)

type demoCmd struct {
	Listen    string `help:"Address of the page; port 0 takes any free one." default:"127.0.0.1:8077" placeholder:"HOST:PORT"`
	Data      string `help:"Folder for the demo's store and logs; a new temporary one by default." placeholder:"DIR"`
	NoBrowser bool   `help:"Do not open the page in a browser."`
}

// People and group of the demo. The token is worth nothing anywhere.
const (
	demoToken    = "4242424242:DEMO-token-for-the-sandbox-only-0000"
	demoOwner    = 1001
	demoStranger = 2001
	demoOther    = 2002
	demoGroup    = -1009000000001
)

// demoConfig is what a real configuration looks like, but that everything is on loopback and quick.
const demoConfig = `# Written by "rechargebot demo". Everything here is on this machine; no money moves.
data_dir = %q

[telegram]
token = %q
api_url = %q
owners = [%d]
ops_chat = %d

[http]
listen = %q                # /healthz, /readyz, and where two of the providers call

[dispatch]
submit_timeout = "8s"
enquire_after = ["2s", "3s", "5s", "10s", "30s"]
review_after = "2m"            # an order in doubt reaches the desk (/review) while you watch

[alerts]
check_every = "5s"
`

// Run starts the sandbox with its page, the simulated providers, and the real bot as a child process,
// until ctx is over. The first line of output holds the page's address.
func (d demoCmd) Run(_ *cli, sys *system) (err error) {
	dir, err := d.folder()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(sys.ctx, "tcp", d.Listen)
	if err != nil {
		return fmt.Errorf("open the demo's page: %w; choose another address with --listen", err)
	}
	address := "http://" + listener.Addr().String()
	if _, err := fmt.Fprintf(sys.out, "%s is the demo: open it in a browser; Ctrl-C ends it.\nStore and log: %s\n", address, dir); err != nil {
		return err
	}
	telegram := demoSandbox()
	defer telegram.Close()
	own, err := freePort(sys.ctx)
	if err != nil {
		return err
	}
	upstream, err := demoUpstream(dir, own)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, upstream.Close()) }()
	doors, tables, err := demoDoors(upstream)
	if err != nil {
		return err
	}
	conf := filepath.Join(dir, "rechargebot.toml")
	text := fmt.Sprintf(demoConfig, filepath.Join(dir, "data"), demoToken, address, demoOwner, demoGroup, own) + tables
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	child := newChild(conf, filepath.Join(dir, "bot.log"), "http://"+own+"/readyz", func() (*books, error) {
		return audit(sys.ctx, filepath.Join(dir, "data", storeFile), upstream)
	})
	mux := http.NewServeMux()
	mux.Handle("/", telegram.Handler())
	mux.Handle("/demo/", http.NewCrossOriginProtection().Handler(demoDesk(upstream, child)))

	group, ctx := errgroup.WithContext(sys.ctx)
	group.Go(func() error { return serveUntil(ctx, listener, mux, 0) })
	for _, door := range doors {
		group.Go(func() error { return serveUntil(ctx, door, upstream.Handler(), 0) })
	}
	group.Go(func() error { return child.run(ctx) })
	context.AfterFunc(ctx, telegram.Close) // long polls and pages let go
	if !d.NoBrowser {
		openBrowser(ctx, address)
	}
	return group.Wait()
}

func (d demoCmd) folder() (string, error) {
	if d.Data == "" {
		return os.MkdirTemp("", "rechargebot-demo-")
	}
	dir, err := filepath.Abs(d.Data)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

func demoSandbox() *sandbox.Server {
	return sandbox.New(sandbox.Config{
		Token: demoToken, BotName: "recharge_demo_bot", BotTitle: "Recharge",
		People: []sandbox.Person{
			{ID: demoStranger, FirstName: "Rahim", LastName: "Uddin", Username: "rahim_store", Language: "en", Phone: "+8801712345678", Role: "newcomer"},
			{ID: demoOwner, FirstName: "Salma", LastName: "Akter", Username: "salma_admin", Language: "en", Role: "admin", Started: true},
			{ID: demoOther, FirstName: "Karim", Username: "karim77", Language: "en", Phone: "+8801812345678", Role: "newcomer"},
		},
		Group: sandbox.Group{ID: demoGroup, Title: "Recharge operations"},
	})
}

// openBrowser tries to show the page; the address was printed, so a failure needs no words.
func openBrowser(ctx context.Context, address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.CommandContext(ctx, name, args...)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // ends with ctx at the latest
	}
}
