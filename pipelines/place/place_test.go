package place_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"insideout/pipelines/place"
)

// content returns a file's bytes and the names in its folder.
func content(t *testing.T, path string) (string, []string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return string(b), names
}

func TestFile_ReplacesWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := place.Bytes(path, 0o600, []byte("one")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := place.File(path, 0o600, func(w io.Writer) error {
		if got, _ := content(t, path); got != "one" {
			t.Errorf("while the new bytes are written the file holds %q", got)
		}
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if got, names := content(t, path); got != "one" || len(names) != 1 {
		t.Errorf("%q among %v", got, names)
	}
	if err := place.Bytes(path, 0o644, []byte("two")); err != nil {
		t.Fatal(err)
	}
	if got, names := content(t, path); got != "two" || len(names) != 1 {
		t.Errorf("%q among %v", got, names)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o644 {
		t.Errorf("rights %v, %v", st.Mode(), err)
	}
}

// What a killed writer left is neither read nor kept, and does not lend its rights to the new file.
func TestFile_OverwritesWhatAKilledWriterLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part.parquet")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".part.parquet.tmp"), []byte("much longer than what follows"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := place.Bytes(path, 0o600, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, names := content(t, path); got != "new" || len(names) != 1 {
		t.Errorf("%q among %v", got, names)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("rights %v, %v", st.Mode(), err)
	}
}

func TestLink_PointsToTheNewTarget(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "current")
	for _, target := range []string{"a", "b"} {
		if err := place.Bytes(filepath.Join(dir, target), 0o644, []byte(target)); err != nil {
			t.Fatal(err)
		}
		if err := place.Link(link, target); err != nil {
			t.Fatal(err)
		}
		if got, names := content(t, link); got != target || len(names) > 3 {
			t.Errorf("%q among %v", got, names)
		}
	}
}

func TestEnvironment_KnowsTheFaultsOfTheMachine(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EACCES, syscall.EPERM} {
		if !place.Environment(fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "x", Err: cause})) {
			t.Errorf("%v is not taken for a fault of the machine", cause)
		}
	}
	for _, cause := range []error{syscall.ENOENT, errors.New("other"), nil} {
		if place.Environment(cause) {
			t.Errorf("%v is taken for a fault of the machine", cause)
		}
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("SKIPPED: this system has no device that is always full")
	}
	defer full.Close()
	if _, err := full.Write([]byte("x")); !place.Environment(err) {
		t.Errorf("a full device gives %v", err)
	}
}
