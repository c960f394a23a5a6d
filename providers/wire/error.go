package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"

	"rechargebot/providers"
)

// Error is a failed exchange in safe words: what was tried, with which host, and a cause from a closed
// set. It holds nothing of the original error, whose texts carry addresses with passwords.
type Error struct {
	op, host, cause string
	is              []error
}

func (e *Error) Error() string { return e.op + " " + e.host + ": " + e.cause }

// Unwrap lists what callers may ask for with errors.Is: providers.ErrNotSent, and the context's errors.
func (e *Error) Unwrap() []error { return e.is }

// Causes of our own making.
var (
	errTooLong        = errors.New("answer too long")
	errBadRequest     = errors.New("request cannot be built from these settings")
	errIdempotencyKey = errors.New("an idempotency header would let the request be sent again")
)

func (w *Client) failure(op string, err error, notSent bool) error {
	e := &Error{op: op, host: w.base.Hostname(), cause: cause(err)}
	if notSent {
		e.is = append(e.is, providers.ErrNotSent)
	}
	for _, over := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, over) {
			e.is = append(e.is, over)
		}
	}
	return e
}

// cause names the reason of a transport failure without quoting it.
func cause(err error) string {
	var (
		timeout   net.Error
		name      *net.DNSError
		errno     syscall.Errno
		untrusted *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.Is(err, errInward):
		return errInward.Error()
	case errors.Is(err, errTooLong), errors.Is(err, errBadRequest), errors.Is(err, errIdempotencyKey):
		return err.Error()
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "time-out"
	case errors.As(err, &name):
		return "host name not found"
	case errors.As(err, &untrusted), errors.As(err, &invalid):
		return "certificate not trusted"
	case errors.As(err, &record), errors.As(err, &alert):
		return "no TLS connection"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return "connection closed early"
	}
	return "transport failed"
}
