package bolt_test

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// kind is what one recorded event did.
type kind byte

const (
	written    kind = 'w' // bytes to the store's file
	resized    kind = 't' // its length
	synced     kind = 's' // everything before it on the file is on the disk
	grown      kind = 'g' // the same by fsync, as bbolt does when the file grows
	made       kind = 'c' // the file was made under its unfinished name
	linked     kind = 'l' // and linked to its real one
	unlinked   kind = 'u' // the unfinished name is gone
	dirSynced  kind = 'd' // the names are on the disk
	dirMade    kind = 'm' // the directory itself was made
	homeSynced kind = 'h' // and its name is on the disk
	noted      kind = 'n' // the workload told the world something
)

// event is one step of a recording.
type event struct {
	Kind kind
	At   int64 // offset of written, length of resized
	Data []byte
}

// recording is all that a workload did to its store's file, and what it told the world, in order.
type recording struct{ Events []event }

const traced = "trace=pwrite64,pwritev,write,writev,ftruncate,fallocate,fdatasync,fsync,sync_file_range,msync,openat,link,linkat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat"

// record runs the workload under strace.
func record(t *testing.T, o workloadOrders) recording {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("power cuts need strace, which is not installed here")
		}
		t.Skip("power cuts need strace, which is not installed here")
	}
	dir := t.TempDir()
	o.Store = filepath.Join(dir, "data", "store.db") // the directory is made by the store
	o.Notes = filepath.Join(dir, "notes")
	trace := filepath.Join(dir, "trace")
	cmd := child(t, "workload", o, "strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "16777216", "-o", trace, "-e", traced)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("record the workload: %v\n%s", err, out)
	}
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := readTrace(f, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readTrace reads strace's lines. A call that is interrupted by another thread's stands on two lines: a
// note counts from the first (it may have been heard by then), everything else from the second.
func readTrace(from io.Reader, o workloadOrders) (recording, error) {
	var r recording
	begun := map[string]string{} // by thread
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 256<<20)
	for lines.Scan() {
		pid, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimLeft(text, " ")
		if call, found := strings.CutSuffix(text, " <unfinished ...>"); found {
			if begun[pid] != "" {
				return r, fmt.Errorf("thread %s begins %.80q within %.80q", pid, call, begun[pid])
			}
			begun[pid] = call
			if e, ok := noteOf(call, o); ok {
				r.Events = append(r.Events, e)
			}
			continue
		}
		resumed := strings.HasPrefix(text, "<... ")
		if resumed {
			_, rest, found := strings.Cut(text, " resumed>")
			if !found || begun[pid] == "" {
				return r, fmt.Errorf("thread %s ends what it never began: %.80q", pid, text)
			}
			text = begun[pid] + rest
			delete(begun, pid)
		}
		if e, ok := noteOf(text, o); ok {
			if !resumed {
				r.Events = append(r.Events, e)
			}
			continue
		}
		e, ok, err := eventOf(text, o)
		if err != nil {
			return r, err
		}
		if ok {
			r.Events = append(r.Events, e)
		}
	}
	if len(begun) != 0 {
		return r, fmt.Errorf("calls without an end: %v", begun)
	}
	return r, lines.Err()
}

// noteOf is the event of a write to the notes.
func noteOf(call string, o workloadOrders) (event, bool) {
	name, args, _ := strings.Cut(call, "(")
	if name != "write" || fileOf(args) != o.Notes {
		return event{}, false
	}
	return event{Kind: noted, Data: quoted(args)}, true
}

// eventOf is the event of a finished call, if it matters. One that failed, or that the images cannot
// express, is an error: the recording must be the whole truth.
func eventOf(call string, o workloadOrders) (e event, ok bool, err error) {
	name, args, found := strings.Cut(call, "(")
	if !found {
		return e, false, nil // an exit or a signal
	}
	file, dir := fileOf(args), filepath.Dir(o.Store)
	ours := file == o.Store || strings.HasPrefix(file, o.Store+".new-")
	at := strings.LastIndex(args, " = ")
	if at < 0 {
		return e, false, fmt.Errorf("a call without a result: %.80q", call)
	}
	result := args[at+3:]
	parts := strings.Split(strings.TrimRight(args[:at], " )"), ", ")
	switch {
	case ours && strings.HasPrefix(result, "-1"):
		return e, false, fmt.Errorf("a call on the store's file failed: %s", result)
	case ours && name == "pwrite64":
		e = event{Kind: written, Data: quoted(args)}
		if strconv.Itoa(len(e.Data)) != result || parts[2] != result {
			return e, false, fmt.Errorf("%d bytes recorded of a write of %s that wrote %s", len(e.Data), parts[2], result)
		}
		e.At, err = strconv.ParseInt(parts[3], 10, 64)
	case ours && name == "ftruncate":
		e.Kind = resized
		e.At, err = strconv.ParseInt(parts[1], 10, 64)
	case ours && name == "fdatasync":
		e.Kind = synced
	case ours && name == "fsync":
		e.Kind = grown
	case ours:
		err = fmt.Errorf("the store's file is changed in a way that is not understood: %.80q", call)
	case name == "fsync" && file == dir:
		e.Kind = dirSynced
	case name == "fsync" && file == filepath.Dir(dir):
		e.Kind = homeSynced
	default:
		e.Kind = nameEvent(name, parts, result, o)
	}
	return e, e.Kind != 0, err
}

// nameEvent is what a call did to the names of the store's file and directory.
func nameEvent(name string, parts []string, result string, o workloadOrders) kind {
	if strings.HasPrefix(result, "-1") {
		return 0
	}
	var paths []string
	for _, p := range parts {
		if strings.Contains(p, `"`) {
			paths = append(paths, string(quoted(p)))
		}
	}
	unfinished := len(paths) > 0 && strings.HasPrefix(paths[0], o.Store+".new-")
	switch {
	case name == "openat" && unfinished && strings.Contains(parts[2], "O_CREAT"):
		return made
	case strings.HasPrefix(name, "link") && unfinished && paths[1] == o.Store:
		return linked
	case strings.HasPrefix(name, "unlink") && unfinished:
		return unlinked
	case strings.HasPrefix(name, "mkdir") && paths[0] == filepath.Dir(o.Store):
		return dirMade
	}
	return 0
}

// fileOf is the file that the first argument's descriptor stands for.
func fileOf(args string) string {
	first, _, _ := strings.Cut(args, ">")
	_, path, found := strings.Cut(first, "<")
	if !found {
		return ""
	}
	return string(unescape(path))
}

// quoted is what the first string among the arguments holds.
func quoted(args string) []byte {
	_, rest, _ := strings.Cut(args, `"`)
	text, _, _ := strings.Cut(rest, `"`)
	return unescape(text)
}

// unescape reads strace's \x61\x62; what is not written so is left as it is.
func unescape(text string) []byte {
	if !strings.HasPrefix(text, `\x`) {
		return []byte(text)
	}
	out, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
	if err != nil {
		return []byte(text)
	}
	return out
}

func (r recording) count(k kind) (n int) {
	for _, e := range r.Events {
		if e.Kind == k {
			n++
		}
	}
	return n
}

func (r recording) save(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func loadRecording(path string) (r recording, err error) {
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer func() { _ = f.Close() }()
	return r, gob.NewDecoder(bufio.NewReader(f)).Decode(&r)
}

// A call that another thread interrupts stands on two lines, and a note in it is heard from the first.
func TestTracesAreReadAcrossSplitLines(t *testing.T) {
	t.Parallel()
	o := workloadOrders{Store: "/d/s", Notes: "/n"}
	file := `3<\x2f\x64\x2f\x73>`
	trace := strings.Join([]string{
		`11 pwrite64(` + file + `, "\x61\x62", 2, 4096) = 2`,
		`11 fdatasync(` + file + ` <unfinished ...>`,
		`12 write(4<\x2f\x6e>, "\x31" <unfinished ...>`,
		`11 <... fdatasync resumed>)          = 0`,
		`12 <... write resumed>, 1)           = 1`,
		`12 write(4<\x2f\x6e>, "\x32", 1)     = 1`,
		`12 write(5</elsewhere>, "\x33", 1)     = 1`,
		`11 --- SIGURG {si_signo=SIGURG} ---`,
		`11 ftruncate(` + file + `, 8192)     = 0`,
		`11 +++ exited with 0 +++`,
	}, "\n")
	r, err := readTrace(strings.NewReader(trace), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range r.Events {
		got = append(got, fmt.Sprintf("%c%d%s", e.Kind, e.At, e.Data))
	}
	if want := "w4096ab n01 s0 n02 t8192"; strings.Join(got, " ") != want {
		t.Errorf("read %q, want %q", got, want)
	}
	for _, wrong := range []string{
		`11 fdatasync(` + file + ` <unfinished ...>`,
		`11 <... fdatasync resumed>) = 0`,
		`11 fdatasync(` + file + `) = -1 EIO (Input/output error)`,
		`11 pwrite64(` + file + `, "\x61\x62", 2, 4096) = 1`,
		`11 write(` + file + `, "\x61\x62", 2) = 2`,
	} {
		if _, err := readTrace(strings.NewReader(wrong), o); err == nil {
			t.Errorf("%q is read", wrong)
		}
	}
}
