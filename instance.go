//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// claimInstance holds the name in the kernel, as a socket that lies in no folder and that nobody connects to.
func claimInstance(ctx context.Context, name string) (io.Closer, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "unix", "@"+name)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, errCopy
	}
	if err != nil {
		return nil, fmt.Errorf("claim the store: %w", err)
	}
	return l, nil
}
