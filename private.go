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

// openStore opens the store of a data folder that nobody else can use. One that is there and has no store yet is
// made so, as one that is missing is made by the store.
func openStore(dir string, o bolt.Options) (*bolt.Store, error) {
	wide, err := privateFolder(dir)
	if err != nil {
		return nil, err
	}
	if wide {
		if err := os.Chmod(dir, 0o700); err != nil {
			return nil, fmt.Errorf("keep others out of the data folder: %w", err)
		}
	}
	return bolt.Open(filepath.Join(dir, storeFile), o)
}

// privateFolder refuses a folder that others can use and that holds a store, where people's numbers and orders are, or
// that others can write to. wide is one that others can look into, while there is nothing of ours to be seen yet.
func privateFolder(dir string) (wide bool, err error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look at the data folder: %w", err)
	case !info.IsDir():
		return false, fmt.Errorf("%s (data_dir) is not a folder", dir)
	case runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0: // which has no such modes
		return false, nil
	}
	_, err = os.Lstat(filepath.Join(dir, storeFile))
	if errors.Is(err, fs.ErrNotExist) && info.Mode().Perm()&0o022 == 0 {
		return true, nil
	}
	return false, fmt.Errorf("others can use the folder %s (mode %04o); run: chmod 700 %s", dir, info.Mode().Perm(), dir)
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
