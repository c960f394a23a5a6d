package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxSurvey is the size up to which a file is surveyed whenever it is opened: some 100 ms (measured) where it is in
// memory. Above it only Check does so.
const maxSurvey = 64 << 20

// elementSize is the size of what a page says about one of its keys.
const elementSize = 16

// surveyor goes once over all pages of a file in the order in which they lie there, and collects which pages
// lead to which.
type surveyor struct {
	f    *os.File
	meta meta
	use  []pageUse // by page
}

// pageUse is what is known of a page.
type pageUse struct {
	free, taken, named bool // by the free list, by a page that lies there, by a page or bucket that leads to it
}

// survey checks what bbolt trusts without looking: that every page lies where it says, that its keys are
// where it says and in order, and that each page is either free or belongs to exactly one place. It finds a
// page that was lost, exchanged or damaged outside its records' own bytes, which their checksums guard.
func survey(f *os.File, m meta) error {
	s := surveyor{f, m, make([]pageUse, m.end)}
	s.use[0].taken, s.use[1].taken, s.use[0].named, s.use[1].named = true, true, true, true
	if err := s.name(m.root); err != nil {
		return err
	}
	if err := s.freeList(); err != nil {
		return err
	}
	for id := uint64(2); id < m.end; {
		if s.use[id].free {
			id++
			continue
		}
		next, err := s.page(id)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		id = next
	}
	for id, u := range s.use {
		if u.named != u.taken || u.free && u.named {
			return fmt.Errorf("page %d is used by nobody, or twice", id)
		}
	}
	return nil
}

var (
	errLayout = errors.New("its keys are not where they should be")
	errNobody = errors.New("nobody leads to it")
)

// name notes that something leads to the page.
func (s *surveyor) name(id uint64) error {
	if id < 2 || id >= s.meta.end || s.use[id].named {
		return fmt.Errorf("two places lead to page %d, or it lies outside", id)
	}
	s.use[id].named = true
	return nil
}

// read reads a page with all that belongs to it.
func (s *surveyor) read(id uint64) (page []byte, err error) {
	size := int64(s.meta.pageSize)
	page = make([]byte, size)
	if _, err := s.f.ReadAt(page, int64(id)*size); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	more := uint64(binary.LittleEndian.Uint32(page[12:]))
	if got := binary.LittleEndian.Uint64(page); got != id || id+more >= s.meta.end {
		return nil, fmt.Errorf("it says that it is page %d and %d more", got, more)
	}
	if more > 0 {
		page = make([]byte, size*int64(1+more))
		if _, err := s.f.ReadAt(page, int64(id)*size); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return page, nil
}

// freeList reads which pages are free.
func (s *surveyor) freeList() error {
	if s.meta.freelist == noFreelist {
		return nil
	}
	if err := s.name(s.meta.freelist); err != nil {
		return err
	}
	page, err := s.read(s.meta.freelist)
	if err != nil {
		return fmt.Errorf("free list: %w", err)
	}
	le, list := binary.LittleEndian, page[pageHeaderSize:]
	n := uint64(le.Uint16(page[10:]))
	if n == 0xFFFF && len(list) >= 8 { // the number is too large for its place
		n, list = le.Uint64(list), list[8:]
	}
	if n > uint64(len(list)/8) {
		return errors.New("the free list is longer than its page")
	}
	last := uint64(1)
	for i := range n {
		id := le.Uint64(list[8*i:])
		if id <= last || id >= s.meta.end {
			return fmt.Errorf("the free list is out of order at page %d", id)
		}
		last, s.use[id].free = id, true
	}
	return nil
}

// page checks one page and returns where the next one begins.
func (s *surveyor) page(id uint64) (next uint64, err error) {
	page, err := s.read(id)
	if err != nil {
		return 0, err
	}
	next = id + uint64(len(page))/uint64(s.meta.pageSize)
	s.use[id].taken = true
	for inside := id + 1; inside < next; inside++ {
		if s.use[inside].free {
			return 0, fmt.Errorf("page %d inside it is free", inside)
		}
	}
	switch kind := binary.LittleEndian.Uint16(page[8:]); kind {
	case pageFreelist:
		if id != s.meta.freelist {
			return 0, errNobody
		}
		return next, nil
	case pageBranch, pageLeaf:
		return next, s.elements(page)
	default:
		return 0, fmt.Errorf("it is of kind %#x", kind)
	}
}

// elements checks the layout of a branch or leaf page, which bbolt writes without gaps, and notes which pages it
// leads to.
func (s *surveyor) elements(page []byte) error {
	le := binary.LittleEndian
	n, branch := int(le.Uint16(page[10:])), le.Uint16(page[8:]) == pageBranch
	at := pageHeaderSize + n*elementSize
	if at > len(page) || branch && n == 0 {
		return errLayout
	}
	var last []byte
	for i := range n {
		e := page[pageHeaderSize+i*elementSize:]
		flags, position, key, value := le.Uint32(e), le.Uint32(e[4:]), int(le.Uint32(e[8:])), int(le.Uint32(e[12:]))
		if branch {
			flags, position, key, value = 0, le.Uint32(e), int(le.Uint32(e[4:])), 0
		}
		if int(position)+pageHeaderSize+i*elementSize != at || key+value > len(page)-at || flags > 1 {
			return errLayout
		}
		k, v := page[at:at+key], page[at+key:at+key+value]
		if i > 0 && bytes.Compare(last, k) >= 0 {
			return errOrder
		}
		last, at = k, at+key+value
		var err error
		switch {
		case branch:
			err = s.name(le.Uint64(e[8:]))
		case flags == 1:
			err = s.bucket(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket checks a bucket's head: it leads to a page, or, while it is small, holds one.
func (s *surveyor) bucket(head []byte) error {
	if len(head) < 16 {
		return errShort
	}
	if root := binary.LittleEndian.Uint64(head); root != 0 {
		return s.name(root)
	}
	if len(head) < 16+pageHeaderSize {
		return errShort
	}
	return s.elements(head[16:])
}

// surveyFile surveys a file that is open and not written to meanwhile.
func surveyFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	m, err := newestMeta(f)
	if err != nil {
		return err
	}
	return survey(f, m)
}
