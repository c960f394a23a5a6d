package main

import (
	"log/slog"
	"strings"
)

// warnOf says at the start what the owner should know of his providers.
func warnOf(accounts []providerConfig, log *slog.Logger) {
	for _, p := range accounts {
		if address := p.Adapter.Get("base_url"); strings.HasPrefix(strings.TrimSpace(address), "http://") {
			log.Warn("passwords and orders of this provider travel in the open (allow_insecure_http)", "provider", p.Name)
		}
		if p.Enabled && p.Registration.Capabilities.NoBalance && !p.AlertBelow.IsZero() {
			log.Warn("nobody can watch this float: no call of the kind tells it", "provider", p.Name, "kind", p.Registration.Kind)
		}
	}
}
