package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/BurntSushi/toml"

	"rechargebot/providers"
)

// config is the configuration file after every default, file of a secret and override was applied.
// Zero is never "unset" by accident: defaults are filled in before the file is read.
type config struct {
	DataDir  string `toml:"data_dir"`
	Language string `toml:"language"`
	Timezone string `toml:"timezone"`

	Telegram struct {
		Token         providers.Secret `toml:"token"`
		TokenFile     string           `toml:"token_file"`
		APIURL        string           `toml:"api_url"`
		Owners        []int64          `toml:"owners"`
		OpsChat       int64            `toml:"ops_chat"`
		OpsTopic      int64            `toml:"ops_topic"`
		Mode          string           `toml:"mode"`
		WebhookURL    string           `toml:"webhook_url"`
		WebhookListen string           `toml:"webhook_listen"`
		WebhookSecret providers.Secret `toml:"webhook_secret"`

		WebhookSecretFile string `toml:"webhook_secret_file"`
	} `toml:"telegram"`

	HTTP struct {
		Listen string `toml:"listen"`
	} `toml:"http"`

	Dispatch struct {
		SubmitTimeout   duration   `toml:"submit_timeout"`
		EnquireAfter    []duration `toml:"enquire_after"`
		ReviewAfter     duration   `toml:"review_after"`
		QueueMaxAge     duration   `toml:"queue_max_age"`
		MaxProviders    int        `toml:"max_providers"`
		DuplicateWindow duration   `toml:"duplicate_window"`
	} `toml:"dispatch"`

	Limits struct {
		PerOrder string `toml:"per_order"`
		PerDay   string `toml:"per_day"`
	} `toml:"limits"`

	Review struct {
		FourEyesAbove string `toml:"four_eyes_above"`
	} `toml:"review"`

	Backup struct {
		Recipients []string `toml:"recipients"`
	} `toml:"backup"`

	Alerts struct {
		CheckEvery   duration `toml:"check_every"`
		RemindEvery  duration `toml:"remind_every"`
		DailySummary string   `toml:"daily_summary"`
	} `toml:"alerts"`

	Readers []age.Recipient `toml:"-"` // of Backup.Recipients

	RawProviders []toml.Primitive `toml:"providers"`

	Providers []providerConfig `toml:"-"`
	Zone      *time.Location   `toml:"-"`
}

// duration is a time.Duration as people write it, "30s".
type duration time.Duration

// UnmarshalText reads "30s", "2m", "24h".
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// defaultConfig is the file that says nothing.
func defaultConfig() config {
	var c config
	c.DataDir, c.Language, c.Timezone = "data", "en", "Asia/Dhaka"
	c.Telegram.APIURL, c.Telegram.Mode = "https://api.telegram.org", modePoll
	c.Telegram.WebhookListen = "127.0.0.1:8443"
	c.HTTP.Listen = "127.0.0.1:9077"
	c.Dispatch.SubmitTimeout = duration(30 * time.Second)
	for _, d := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour} {
		c.Dispatch.EnquireAfter = append(c.Dispatch.EnquireAfter, duration(d))
	}
	c.Dispatch.ReviewAfter = duration(24 * time.Hour)
	c.Dispatch.QueueMaxAge = duration(15 * time.Minute)
	c.Dispatch.MaxProviders = 2
	c.Dispatch.DuplicateWindow = duration(10 * time.Minute)
	c.Limits.PerOrder, c.Limits.PerDay = "1000.00", "20000.00"
	c.Alerts.CheckEvery, c.Alerts.RemindEvery = duration(time.Minute), duration(3*time.Hour)
	c.Alerts.DailySummary = "21:00"
	return c
}

// loadConfig reads the file and applies the overrides (flags and environment beat the file). A
// configError names the key, the line and what was expected, and never a value.
func loadConfig(path string, over overrides, kinds []providers.Registration) (config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return config{}, configError{file: path, why: "cannot be read: " + bareCause(err).Error() + "; name another one with --config"}
	}
	src := source{file: path, lines: strings.Split(string(raw), "\n")}
	c := defaultConfig()
	meta, err := toml.Decode(string(raw), &c)
	if err != nil {
		return config{}, src.syntax(err)
	}
	if err := src.unknown(meta, knownKeys()); err != nil {
		return config{}, err
	}
	src.given = over.apply(&c)
	if err := c.check(src); err != nil {
		return config{}, err
	}
	for i, p := range c.RawProviders {
		var table map[string]any
		if err := meta.PrimitiveDecode(p, &table); err != nil {
			return config{}, src.syntax(err)
		}
		pc, err := readProvider(src, i, table, kinds)
		if err != nil {
			return config{}, err
		}
		if slices.ContainsFunc(c.Providers, func(o providerConfig) bool { return o.Name == pc.Name }) {
			return config{}, src.problem(fmt.Sprintf("providers[%d].name", i), "is used by an earlier provider; names must differ")
		}
		c.Providers = append(c.Providers, pc)
	}
	if !slices.ContainsFunc(c.Providers, func(p providerConfig) bool { return p.Enabled }) {
		return config{}, src.problem("providers", "needs at least one [[providers]] table with enabled = true")
	}
	slices.SortStableFunc(c.Providers, func(a, b providerConfig) int { return a.Priority - b.Priority })
	return c, nil
}

// check holds the values against what they mean.
func (c *config) check(src source) error {
	var err error
	if c.Telegram.Token, err = src.secretFile("telegram.token", c.Telegram.Token, c.Telegram.TokenFile); err != nil {
		return err
	}
	if c.Zone, err = time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" || c.Timezone == "Local" {
		return src.problem("timezone", `must be a time zone such as "Asia/Dhaka"`)
	}
	if c.Readers, err = recipients(c.Backup.Recipients); err != nil {
		return src.problem("backup.recipients", err.Error())
	}
	for _, r := range []struct {
		bad       bool
		key, want string
	}{
		{c.DataDir == "", "data_dir", "must name a folder"},
		{c.Language != "en", "language", `must be "en", the only language so far`},
		{c.Telegram.Token == "", "telegram.token", "is missing; set it, token_file, or $RECHARGEBOT_TELEGRAM_TOKEN"},
		{!tokenForm.MatchString(c.Telegram.Token.Reveal()), "telegram.token", "must look like 123456:ABC-def…, as @BotFather gives it"},
		{!validURL(c.Telegram.APIURL), "telegram.api_url", `must be an http(s) address such as "https://api.telegram.org"`},
		{slices.ContainsFunc(c.Telegram.Owners, func(id int64) bool { return id <= 0 }), "telegram.owners", "must be numeric ids of people, above zero (/id tells yours)"},
		{c.Telegram.OpsChat > 0, "telegram.ops_chat", "must be a group's id, which is below zero (/id in the group tells it), or 0 for none"},
		{c.Telegram.OpsTopic < 0, "telegram.ops_topic", "must be a topic's number, or 0"},
		{!validListen(c.HTTP.Listen), "http.listen", `must be HOST:PORT, or "" for off`},
		{c.Dispatch.SubmitTimeout < duration(time.Second), "dispatch.submit_timeout", "must be at least 1s"},
		{len(c.Dispatch.EnquireAfter) == 0 || slices.Min(c.Dispatch.EnquireAfter) <= 0, "dispatch.enquire_after", "must be a list of times above zero"},
		{c.Dispatch.ReviewAfter <= 0, "dispatch.review_after", "must be above zero"},
		{c.Dispatch.QueueMaxAge <= 0, "dispatch.queue_max_age", "must be above zero"},
		{c.Dispatch.MaxProviders < 1, "dispatch.max_providers", "must be at least 1"},
		{c.Dispatch.DuplicateWindow < 0, "dispatch.duplicate_window", "must not be below zero"},
		{!positiveAmount(c.Limits.PerOrder), "limits.per_order", `must be an amount above zero, as text: "1000.00"`},
		{!positiveAmount(c.Limits.PerDay), "limits.per_day", `must be an amount above zero, as text: "20000.00"`},
		{c.Review.FourEyesAbove != "" && !positiveAmount(c.Review.FourEyesAbove), "review.four_eyes_above", `must be an amount above zero, as text: "500.00", or "" for off`},
		{c.Alerts.CheckEvery < duration(time.Second), "alerts.check_every", "must be at least 1s"},
		{c.Alerts.RemindEvery <= 0, "alerts.remind_every", "must be above zero"},
		{!validClock(c.Alerts.DailySummary), "alerts.daily_summary", `must be a time of day such as "21:00", or "" for off`},
	} {
		if r.bad {
			return src.problem(r.key, r.want)
		}
	}
	return c.checkWebhook(src)
}

// tokenForm is what can stand in a URL as a bot's token.
var tokenForm = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)

func positiveAmount(text string) bool {
	_, err := providers.ParseAmount(text, providers.BDT)
	return err == nil
}

func validClock(text string) bool {
	_, err := time.Parse("15:04", text)
	return text == "" || err == nil
}
