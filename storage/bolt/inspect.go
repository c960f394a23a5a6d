package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The layout of a bbolt file as of 1.5.0 (internal/common/meta.go and page.go), little-endian as on every
// machine that we run on.
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	pageHeaderSize = 16
	metaSize       = 64

	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10

	noFreelist = ^uint64(0)
)

var errNoStore = errors.New("it is not a store, or both its ends are damaged; restore a backup")

// meta is what inspect needs of a bbolt meta page.
type meta struct {
	pageSize uint32
	root     uint64
	freelist uint64
	end      uint64 // the number of pages
	txid     uint64
}

// inspect looks at the few pages that bbolt trusts blindly when it opens a file: cheap, and enough to
// refuse with a sentence what would otherwise end the process.
func inspect(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return errors.New("the file is empty; restore a backup, or remove it to begin anew")
	}
	m, err := newestMeta(f)
	if err != nil {
		return err
	}
	if have, want := info.Size(), int64(m.end)*int64(m.pageSize); have < want {
		return fmt.Errorf("the file is cut off (%d bytes of at least %d); restore a backup", have, want)
	}
	for _, at := range []int64{0, int64(m.pageSize)} {
		if other, ok := readMeta(f, at); !ok || other.pageSize != m.pageSize {
			return errOneEnd
		}
	}
	if err := inspectPage(f, m, m.root, pageBranch|pageLeaf); err != nil {
		return fmt.Errorf("the root page is damaged, restore a backup: %w", err)
	}
	if m.freelist != noFreelist {
		if err := inspectPage(f, m, m.freelist, pageFreelist); err != nil {
			return fmt.Errorf("the free list is damaged, restore a backup: %w", err)
		}
	}
	if int64(m.end)*int64(m.pageSize) > maxSurvey {
		return nil
	}
	if err := survey(f, m); err != nil {
		return fmt.Errorf("the file is damaged, restore a backup: %w", err)
	}
	return nil
}

// errOneEnd is about a file in which bbolt would silently go back to what was there before its last commit.
// A power cut does not leave such a file: a meta page fits into the smallest piece that a disk writes at once.
var errOneEnd = errors.New("one of its two ends is damaged, so that the last change may be missing; restore a backup")

// newestMeta reads the valid meta page with the higher transaction number. The second one begins where
// the page size of the first one says, or, when the first one is damaged, at one of the usual sizes.
func newestMeta(f *os.File) (meta, error) {
	first, ok := readMeta(f, 0)
	offsets := []int64{int64(first.pageSize)}
	if !ok {
		offsets = offsets[:0]
		for size := int64(1 << 10); size <= 1<<16; size <<= 1 {
			offsets = append(offsets, size)
		}
	}
	newest, found := first, ok
	for _, at := range offsets {
		if m, ok := readMeta(f, at); ok && int64(m.pageSize) == at && (!found || m.txid > newest.txid) {
			newest, found = m, true
		}
	}
	if !found {
		return meta{}, errNoStore
	}
	return newest, nil
}

// readMeta reads the meta page at the offset and reports whether it is one.
func readMeta(f *os.File, at int64) (meta, bool) {
	page := make([]byte, pageHeaderSize+metaSize)
	if _, err := f.ReadAt(page, at); err != nil {
		return meta{}, false
	}
	b, le := page[pageHeaderSize:], binary.LittleEndian
	sum := fnv.New64a()
	_, _ = sum.Write(b[:56])
	if le.Uint32(b) != boltMagic || le.Uint32(b[4:]) != boltVersion || le.Uint64(b[56:]) != sum.Sum64() {
		return meta{}, false
	}
	return meta{
		pageSize: le.Uint32(b[8:]), root: le.Uint64(b[16:]), freelist: le.Uint64(b[32:]),
		end: le.Uint64(b[40:]), txid: le.Uint64(b[48:]),
	}, true
}

// inspectPage checks that a page says that it is the one that it should be, of one of the kinds, and that it
// ends inside the file.
func inspectPage(f *os.File, m meta, id uint64, kinds uint16) error {
	if id < 2 || id >= m.end {
		return fmt.Errorf("page %d lies outside", id)
	}
	header := make([]byte, pageHeaderSize)
	if _, err := f.ReadAt(header, int64(id)*int64(m.pageSize)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	le := binary.LittleEndian
	if got := le.Uint64(header); got != id {
		return fmt.Errorf("page %d says that it is page %d", id, got)
	}
	if kind := le.Uint16(header[8:]); kind&kinds == 0 {
		return fmt.Errorf("page %d is of kind %#x", id, kind)
	}
	if overflow := uint64(le.Uint32(header[12:])); id+overflow >= m.end {
		return fmt.Errorf("page %d ends outside", id)
	}
	return nil
}
