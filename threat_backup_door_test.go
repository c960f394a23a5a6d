package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The running bot hands its store out to whoever can read the store's folder, and to nobody else on the machine.
func TestThreatBackupDoor(t *testing.T) {
	t.Parallel()
	d := newDesktop(t)
	d.joined()
	door := filepath.Join(d.data, doorFile)
	text, err := os.ReadFile(door)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(door); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the door's file has mode %v (%v)", info.Mode(), err)
	}
	address, secret, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !strings.HasPrefix(address, "127.0.0.1:") || len(secret) < 22 {
		t.Errorf("the door is at %s, with a word of %d characters", address, len(secret))
	}
	knock := func(method, path, word string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", word)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK && (err != nil || len(body) > 100) {
			t.Errorf("%s %s with %q: %d bytes (%v)", method, path, word, len(body), err)
		}
		return resp.StatusCode
	}
	for _, word := range []string{"", secret, "Bearer", "Bearer ", "Bearer " + secret[1:], "Bearer " + secret + "A", "Basic " + secret, "Bearer " + strings.ToLower(secret)} {
		if code := knock(http.MethodGet, "/copy", word); code != http.StatusUnauthorized {
			t.Errorf("with %q the answer is %d", word, code)
		}
	}
	for method, path := range map[string]string{http.MethodPost: "/copy", http.MethodGet: "/", http.MethodDelete: "/copy"} {
		if code := knock(method, path, "Bearer "+secret); code == http.StatusOK {
			t.Errorf("%s %s is answered", method, path)
		}
	}
	if code := knock(http.MethodGet, "/copy", "Bearer "+secret); code != http.StatusOK {
		t.Errorf("the right word is answered %d", code)
	}
	if strings.Contains(d.said(), secret) {
		t.Error("the word is in the log")
	}
	if err := os.Remove(door); err != nil {
		t.Fatal(err)
	}
	d.refusedTo(exitFailed, "hands out no copies", "backup", filepath.Join(t.TempDir(), "copy.db"))
	d.kill() // which leaves whatever is there
	if err := os.WriteFile(door, []byte("127.0.0.1:1 nobody"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.backsUp() // nobody has to be asked
	d.start()
	d.eventually("the door is open again", func() bool {
		code, _ := d.runs("backup", filepath.Join(t.TempDir(), "copy.db"))
		return code == exitFine
	})
	d.stopsReady()
	d.leavesNothingBeside()
}

// A disk that is full in the middle leaves nothing under the backup's name, and a sentence.
func TestThreatBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("no shell limits files here as this needs it")
	}
	d := newDesktop(t)
	d.hires(agent)
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, kib := range []string{"1", "8", "16"} {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", `ulimit -f "$1" && trap "" XFSZ && exec "$2" backup "$3" --config "$4"`, "-", kib, exe, file, d.config)
		cmd.Env = command(t.Context(), t).Env
		said, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(said), "file too large") || cmd.ProcessState.ExitCode() != exitFailed {
			t.Errorf("with room for %s KiB it ends with %v and says:\n%s", kib, err, said)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("with room for %s KiB it leaves %v (%v)", kib, left, err)
		}
	}
	d.start()
	d.says(agent, "/start")
	d.sees(agent, "[Recharge")
}
