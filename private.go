package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"rechargebot/storage/bolt"
)

// openStore opens the store of a data folder that nobody else can use.
func openStore(dir string, o bolt.Options) (*bolt.Store, error) {
	if err := privateFolder(dir); err != nil {
		return nil, err
	}
	return bolt.Open(filepath.Join(dir, storeFile), o)
}

// privateFolder refuses a folder that others can use: people's numbers and orders are in it. One that is missing is
// made by the store, for its owner alone.
func privateFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at the data folder: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s (data_dir) is not a folder", dir)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0: // which has no such modes
		return fmt.Errorf("others can use the folder %s (mode %04o); run: chmod 700 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}

// errCopy is what a bot ends with that was started on a copy of another one's store.
var errCopy = errors.New("another rechargebot on this machine uses a copy of this store; " +
	"both would send the orders that are under way, so stop one and remove its copy")

// tellAudit writes into the log what the audit log ends in, so that a log kept elsewhere tells whether somebody wrote
// the audit log anew.
func tellAudit(ctx context.Context, store *bolt.Store, log *slog.Logger) error {
	lines, end, err := store.AuditEnd(ctx)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	log.Info("audit log", "lines", lines, "end", end)
	return nil
}

// onlyOne makes sure that no other process of this machine uses a copy of the store, which its lock cannot tell.
// The system lets go of what it returns when the process dies. Copies on two machines are told apart by Telegram,
// which lets one bot poll.
func onlyOne(ctx context.Context, store *bolt.Store) (io.Closer, error) {
	id, err := store.Instance(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which store it is: %w", err)
	}
	return claimInstance(ctx, "rechargebot-"+id)
}
