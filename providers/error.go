package providers

import "errors"

// ErrNotSent is wrapped by an error that proves that not a byte of a request left us: it was refused
// before the call (limits, settings, context already over), or no connection was ever obtained.
// Nothing else may wrap it (SAFETY.md, finding 3).
var ErrNotSent = errors.New("nothing was sent")

// ErrUnsupported is wrapped, together with ErrNotSent, when a provider cannot serve an order at all.
var ErrUnsupported = errors.New("not supported by this provider")

// ErrCredentials is wrapped by a read (Balance, Offers) that the upstream refused for our credentials.
var ErrCredentials = errors.New("credentials refused")
