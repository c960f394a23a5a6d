package main

import (
	"errors"
	"regexp"
	"strings"

	"rechargebot/providers"
)

// describe makes the registration of a kind that the table "api" describes.
func (t *table) describe(kind providers.Registration) providers.Registration {
	if _, ok := t.values["api"]; !ok {
		t.complain("api", "is missing: kind "+kind.Kind+" is what the table [providers.api] describes")
		return kind
	}
	r, err := kind.Describe(as(t, "api", map[string]any{}, "a table"))
	var wrong *providers.DescriptionError
	switch {
	case errors.As(err, &wrong):
		t.complain("api."+wrong.Key, wrong.Why)
	case err != nil:
		t.complain("api", "cannot be used: "+err.Error())
	}
	return r
}

// readAdapter resolves the kind's own settings, each secret also from its file, and the codes.
func (t *table) readAdapter(p *providerConfig) {
	p.Adapter = providers.Config{
		Name:              p.Name,
		Settings:          map[string]providers.Secret{},
		Lists:             map[string][]string{},
		Tables:            map[string]map[string]providers.Secret{},
		OperatorCodes:     map[providers.Service]string{},
		CircleCodes:       map[providers.CircleID]string{},
		AllowInsecureHTTP: as(t, "allow_insecure_http", false, "true or false"),

		AllowPrivateAddress: as(t, "allow_private_address", false, "true or false"),
	}
	for id, code := range t.texts("operator_codes") {
		s, ok := providers.ParseService(id)
		if !ok {
			t.complain("operator_codes."+id, "is no operator id, nor OPERATOR/TYPE")
		}
		p.Adapter.OperatorCodes[s] = code
	}
	for id, code := range t.texts("circle_codes") {
		if _, ok := providers.FindCircle(providers.CircleID(id)); !ok {
			t.complain("circle_codes."+id, "is no circle id")
		}
		p.Adapter.CircleCodes[providers.CircleID(id)] = code
	}
	for _, s := range p.Registration.Settings {
		t.readSetting(p, s)
	}
	p.Postback = t.secret("postback_secret", "")
	if p.Postback != "" && !postbackForm.MatchString(p.Postback.Reveal()) {
		t.complain("postback_secret", "must be at least 16 letters, digits, hyphens or underscores, since it ends an address")
	}
}

// postbackForm is what can stand in a path and cannot be guessed.
var postbackForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,}$`)

func (t *table) readSetting(p *providerConfig, s providers.Setting) {
	a := p.Adapter
	var given bool
	switch {
	case s.Form == providers.ListSetting:
		a.Lists[s.Key] = t.list(s.Key)
		given = len(a.Lists[s.Key]) > 0
	case s.Form == providers.TableSetting:
		a.Tables[s.Key] = map[string]providers.Secret{}
		for k, v := range t.texts(s.Key) {
			a.Tables[s.Key][k] = providers.Secret(strings.TrimSpace(v))
		}
		given = len(a.Tables[s.Key]) > 0
	case s.Secret:
		a.Settings[s.Key] = t.secret(s.Key, s.Default)
		given = a.Settings[s.Key] != ""
	default:
		a.Settings[s.Key] = providers.Secret(as(t, s.Key, s.Default, "a text"))
		given = a.Settings[s.Key] != ""
	}
	if s.Required && !given && p.Enabled {
		t.complain(s.Key, "is missing: "+s.Help)
	}
}

// secret is a text that may also come from a file.
func (t *table) secret(key, def string) providers.Secret {
	value, err := t.src.secretFile(t.prefix+"."+key, providers.Secret(as(t, key, def, "a text")), as(t, key+"_file", "", "a text"))
	if err != nil && t.err == nil {
		t.err = err
	}
	return value
}

// texts is a table of texts.
func (t *table) texts(key string) map[string]string {
	out := map[string]string{}
	for k, v := range as(t, key, map[string]any{}, "a table of texts") {
		s, ok := v.(string)
		if !ok {
			t.complain(key+"."+k, "must be a text in quotes")
		}
		out[k] = s
	}
	return out
}

// list is a list of texts.
func (t *table) list(key string) []string {
	var out []string
	for _, v := range as(t, key, []any(nil), "a list of texts") {
		s, ok := v.(string)
		if !ok {
			t.complain(key, "must hold texts in quotes")
		}
		out = append(out, s)
	}
	return out
}

// codeKey is the key inside a table that a complaint begins with.
var codeKey = regexp.MustCompile(`^"([a-z/-]+)": (.*)`)

// tryAdapter makes the adapter once, so that what its kind has to say about a setting comes with its line.
func (t *table) tryAdapter(p providerConfig) {
	if t.err != nil || !p.Enabled {
		return
	}
	adapter, err := p.Registration.New(p.Adapter)
	if err == nil {
		if _, calls := adapter.(providers.Postbacks); !calls && p.Postback != "" {
			t.complain("postback_secret", "is of no use: kind "+p.Registration.Kind+" never calls us")
		}
		return
	}
	keys := []string{"operator_codes", "circle_codes"}
	for _, s := range p.Registration.Settings {
		keys = append(keys, s.Key)
	}
	for _, key := range keys {
		_, why, found := strings.Cut(err.Error(), "setting "+key+": ")
		if own := codeKey.FindStringSubmatch(why); found && own != nil {
			t.complain(key+"."+own[1], own[2])
			return
		}
		if found {
			t.complain(key, "cannot be used: "+why)
			return
		}
	}
	t.complain("kind", "does not work with these settings: "+err.Error())
}
