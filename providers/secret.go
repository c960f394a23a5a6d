package providers

import "log/slog"

// Secret is a token, key or password. Printing one shows "***"; Reveal is the only way in.
//
// The package fmt cannot call methods on what it finds in an unexported field, so a struct never holds
// a Secret there: keep it behind a function or a pointer (providertest prints every adapter to check).
type Secret string

const hidden = "***"

// Reveal returns the secret itself, for the wire and nothing else.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
