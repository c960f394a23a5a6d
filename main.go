// Command rechargebot is a Telegram bot through which authorised field agents recharge mobile numbers.
//
// This package is the outermost room: commands, configuration, wiring and signals. Nothing else lives
// here, and only here is it decided which store and which providers are used. Each command has a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"rechargebot/providers"
)

// Exit codes, part of the contract with whoever starts us.
const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line; kong fills it from flags, then the environment.
type cli struct {
	Config string    `help:"Configuration file." default:"rechargebot.toml" env:"RECHARGEBOT_CONFIG" placeholder:"FILE"`
	Over   overrides `embed:""`

	Demo        demoCmd        `cmd:"" help:"Everything on loopback, with a chat page in the browser: no token, no network, no money."`
	Run         runCmd         `cmd:"" help:"Run the bot."`
	Check       checkCmd       `cmd:"" help:"Check configuration, token, storage and providers; moves no money."`
	Backup      backupCmd      `cmd:"" help:"Write a checked copy of the store, also of a running bot's."`
	Restore     restoreCmd     `cmd:"" help:"Put a copy in the store's place; nothing unfinished in it is sent until an admin has decided."`
	Codes       codesCmd       `cmd:"" help:"Show a vendor's own table of operator codes, for operator_codes in the configuration."`
	Complain    complainCmd    `cmd:"" help:"File a complaint with a provider about an order that it says it delivered; moves no money."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask the running bot whether it is ready."`
	Version     versionCmd     `cmd:"" help:"Show the version."`
}

// overrides are the settings that a flag or the environment may set over the file.
type overrides struct {
	DataDir    string           `help:"Folder of the store (data_dir)." env:"RECHARGEBOT_DATA_DIR" placeholder:"DIR"`
	Timezone   string           `help:"Time zone (timezone)." env:"RECHARGEBOT_TIMEZONE" placeholder:"ZONE"`
	APIURL     string           `name:"api-url" help:"Bot API address (telegram.api_url)." env:"RECHARGEBOT_TELEGRAM_API_URL" placeholder:"URL"`
	HTTPListen *string          `name:"http-listen" help:"Address of /healthz, /readyz, /metrics and postbacks (http.listen); empty = off." env:"RECHARGEBOT_HTTP_LISTEN" placeholder:"HOST:PORT"`
	Token      providers.Secret `kong:"-"` // $RECHARGEBOT_TELEGRAM_TOKEN only: a flag would show it to everybody on the machine
}

// apply returns where the keys that it has set were given.
func (o overrides) apply(c *config) map[string]string {
	given := map[string]string{}
	for _, v := range []struct {
		to              *string
		from, key, name string
	}{
		{&c.DataDir, o.DataDir, "data_dir", "--data-dir ($RECHARGEBOT_DATA_DIR)"},
		{&c.Timezone, o.Timezone, "timezone", "--timezone ($RECHARGEBOT_TIMEZONE)"},
		{&c.Telegram.APIURL, o.APIURL, "telegram.api_url", "--api-url ($RECHARGEBOT_TELEGRAM_API_URL)"},
	} {
		if v.from != "" {
			*v.to, given[v.key] = v.from, v.name
		}
	}
	if o.HTTPListen != nil {
		c.HTTP.Listen, given["http.listen"] = *o.HTTPListen, "--http-listen ($RECHARGEBOT_HTTP_LISTEN)"
	}
	if o.Token != "" {
		c.Telegram.Token, c.Telegram.TokenFile, given["telegram.token"] = o.Token, "", "$RECHARGEBOT_TELEGRAM_TOKEN"
	}
	return given
}

// system is what a command needs of the outside world.
type system struct {
	ctx    context.Context
	out    io.Writer
	errOut io.Writer
	log    *slog.Logger

	// What tests put in the place of the real world; nil is the real one.
	telegram http.RoundTripper                 // carries the calls to the Bot API
	rand     io.Reader                         // of buttons, references and gaps; safe for concurrent use
	spread   func(time.Duration) time.Duration // of waits for Telegram: a part of them
}

func main() {
	os.Exit(start(os.Args[1:], os.Stdout, os.Stderr))
}

// start runs one command and returns the process's exit code. The first SIGINT or SIGTERM asks the
// command to stop; a second one ends the process at once.
func start(args []string, out, errOut *os.File) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("rechargebot"),
		kong.Description("A Telegram bot that recharges mobile numbers: never twice, never lost, always told the truth."),
		kong.Writers(out, errOut), kong.Exit(func(n int) { code = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errOut, "rechargebot:", err)
		return exitFailed
	}
	if len(args) == 0 || len(args) == 1 && args[0] == "help" {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if code >= 0 { // help was shown
		return code
	}
	if err != nil {
		fmt.Fprintf(errOut, "rechargebot: %v\nTry: rechargebot --help\n", err)
		return exitUsage
	}
	if cmd.Command() != "demo" { // which starts a browser, whose files are its own
		fence()
	}
	c.Over.Token = providers.Secret(os.Getenv("RECHARGEBOT_TELEGRAM_TOKEN"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a second signal has its default effect
	err = cmd.Run(&c, &system{ctx: ctx, out: out, errOut: errOut, log: newLogger(errOut)})
	if err == nil {
		return exitFine
	}
	fmt.Fprintln(errOut, "rechargebot:", err)
	if errors.As(err, new(configError)) {
		return exitUsage
	}
	return exitFailed
}

// newLogger logs text lines to a terminal and JSON lines to anything else.
func newLogger(w *os.File) *slog.Logger {
	if term.IsTerminal(int(w.Fd())) {
		return slog.New(slog.NewTextHandler(w, nil))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

type versionCmd struct{}

// Run prints version, commit and Go version as the build recorded them.
func (versionCmd) Run(sys *system) error {
	_, err := fmt.Fprintln(sys.out, "rechargebot", version())
	return err
}

// version is the module's version with the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return v + " " + info.GoVersion
}
