package simulated

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// recordFile is the record on the disk: one event a line. A line without its end is what a crash left of
// a write that nobody was told about; it is dropped.
type recordFile struct {
	file *os.File
	buf  bytes.Buffer
}

// openRecord opens or creates the file and reads the events that it holds.
func openRecord(path string) (*recordFile, []Event, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	events, end, err := readEvents(file)
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return &recordFile{file: file}, events, nil
}

// readEvents also returns where the last whole line ends.
func readEvents(file *os.File) (events []Event, end int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("not a regular file")
	}
	raw, err := io.ReadAll(file)
	if err != nil {
		return nil, 0, err
	}
	for {
		line, rest, whole := bytes.Cut(raw[end:], []byte("\n"))
		if !whole {
			return events, end, nil
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", len(events)+1, err)
		}
		events = append(events, e)
		end = int64(len(raw) - len(rest))
	}
}

// append writes the events and returns when they are on the disk.
func (f *recordFile) append(events []Event) error {
	f.buf.Reset()
	enc := json.NewEncoder(&f.buf)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	if _, err := f.file.Write(f.buf.Bytes()); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *recordFile) close() error { return f.file.Close() }

// save writes down what note has gathered.
func (s *Server) save() error {
	fresh := s.events[len(s.events)-s.unsaved:]
	s.unsaved = 0
	if s.file == nil || len(fresh) == 0 {
		return nil
	}
	if err := s.file.append(fresh); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}
