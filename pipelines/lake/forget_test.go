package lake

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"insideout/models"
)

// The employee to forget, as sources write them and as the feeds' rows name them.
const (
	rawID     = "ID-17"
	pseudonym = "person 17"
)

func testNames(id []byte) []string {
	return []string{strings.Replace(string(id), "ID-", "person ", 1)}
}

// payloads is a delivery of rejected rows, of which the first three name the employee and the others do not.
func payloads(first int64) *models.Delivery {
	d := &models.Delivery{Source: "pulse", At: pulledAt, Range: models.Range{Stream: "bad", First: first}}
	for i, raw := range []string{"x," + rawID + ",y", `{"person":"` + rawID + `"}`, "key only", "x,ID-171,y", "x,MID-17,y"} {
		r := models.Reject{Stream: "bad", Position: first + int64(i), Code: "malformed", Detail: "a remedy", Raw: []byte(raw)}
		if raw == "key only" {
			r.Key = []byte(rawID)
		}
		d.Rejects = append(d.Rejects, r)
	}
	d.Range.Next, d.Range.Rejected = first+5, 5
	return d
}

// populated is a lake with all feeds and the payloads.
func populated(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(scratch(t), "lake")
	l := open(t, dir, Options{RunID: "run", Keys: testKeys, Pseudonym: testNames})
	if _, err := pump(t, l, crashStep, crashPerCommit); err != nil {
		t.Fatal(err)
	}
	commit(t, l, payloads(0))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// traces counts where the employee is named: in the bytes of any file of the lake, and in the values of any Parquet
// file, listed or not, after decrypting.
func traces(t *testing.T, dir string) int {
	t.Helper()
	named := func(b []byte) bool { return mentions(string(b), rawID) || bytes.Equal(b, []byte(pseudonym)) }
	n := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(content, []byte(pseudonym+`"`)) || bytes.Contains(content, []byte(rawID)) && mentions(string(content), rawID) {
			n++
		}
		if !strings.HasSuffix(path, ".parquet") {
			return nil
		}
		f := File{Path: path}
		if bytes.HasPrefix(content, []byte("age-encryption.org")) {
			f.Key = testKeys.ID()
		}
		plain, size, err := testKeys.open(f, bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return err
		}
		return scan(plain, size, func(_ []string, row parquet.Row) (bool, error) {
			for _, v := range row {
				if v.Kind() == parquet.ByteArray && named(v.ByteArray()) {
					n++
				}
			}
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// theirs counts the feeds' records that name the employee, by the feeds alone.
func theirs() (rows int64) {
	for _, f := range feeds {
		for _, b := range f.delivery(f.first, f.end).Records {
			if i := b.Schema.Field("person"); i >= 0 {
				for r, v := range b.Columns[i].Texts {
					if b.Columns[i].Valid[r] && v == pseudonym {
						rows++
					}
				}
			}
		}
	}
	return rows
}

func TestForget_LeavesNoTrace(t *testing.T) {
	dir := populated(t)
	before := sound(t, dir)
	if theirs() == 0 || traces(t, dir) == 0 {
		t.Fatal("the input names nobody: the test proves nothing")
	}
	l := open(t, dir, Options{RunID: "forget", Keys: testKeys, Pseudonym: testNames})
	positions := l.Positions("pulse")
	done, err := l.Forget(t.Context(), []byte(" "+rawID+"\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	if done.Rows != theirs() || done.Rejects != 3 || done.Known {
		t.Errorf("Forget took out %+v, want %d records and 3 rejected rows of somebody new", done, theirs())
	}
	if n := traces(t, dir); n > 0 {
		t.Errorf("%d traces are left", n)
	}
	if diff := cmp.Diff(positions, l.Positions("pulse")); diff != "" {
		t.Errorf("the positions moved:\n%s", diff)
	}
	after := sound(t, dir)
	if after.Records != before.Records-done.Rows || after.Rejects != before.Rejects-3 || after.Input == before.Input {
		t.Errorf("verify counts %d records and %d rejects, before %d and %d, forgotten %+v", after.Records, after.Rejects, before.Records, before.Rejects, done)
	}

	// What is delivered of them again stays out, is counted, and its positions move.
	commit(t, l, payloads(5))
	again := feeds[3]
	again.stream = "sha256:zz" // as long as the other: the rows follow from the length too
	commit(t, l, again.delivery(again.first, again.end))
	if n := traces(t, dir); n > 0 {
		t.Errorf("%d traces came back", n)
	}
	totals := l.Snapshot().Totals()
	i := slices.IndexFunc(totals, func(s SourceTotal) bool { return s.Source == "pulse" })
	if want := 2 * (theirs() + 3); totals[i].Forgotten != want {
		t.Errorf("%d are counted as forgotten, want %d", totals[i].Forgotten, want)
	}
	sound(t, dir)
	if done, err = l.Forget(t.Context(), []byte(rawID), false); err != nil || done.Rows+done.Rejects+int64(done.Files) != 0 || !done.Known {
		t.Errorf("forgetting again: %+v, %v", done, err)
	}
}

// TestForget_CustomerIsNotTheEmployee: the same id names two people, and what a customer said stays when the agent goes.
func TestForget_CustomerIsNotTheEmployee(t *testing.T) {
	names := func(id []byte) []string { return []string{"p" + string(id)} }
	s := models.Dataset("contacts")
	b := models.NewBatch(s, 3)
	for i, who := range [][2]string{{"p7", "p8"}, {"p8", "p7"}, {"p9", ""}} {
		r := b.Add(int64(i))
		b.SetText(s.Field("contact_id"), r, "c"+who[0])
		b.SetInt(s.Field("updated_at"), r, 1)
		b.SetText(s.Field("customer"), r, who[0])
		if who[1] != "" {
			b.SetText(s.Field("agent"), r, who[1])
		}
	}
	dir := filepath.Join(scratch(t), "lake")
	l := open(t, dir, Options{Keys: testKeys, Pseudonym: names})
	commit(t, l, &models.Delivery{Source: "desk", At: pulledAt, Records: []*models.Batch{b}, Range: models.Range{Stream: "s", Next: 3, Loaded: 3, Records: 3}})
	employee, err := l.Forget(t.Context(), []byte("7"), false)
	if err != nil || employee.Rows != 0 || employee.Blanked != 1 {
		t.Errorf("the agent: %+v, %v; want no row taken out, one name emptied", employee, err)
	}
	customer, err := l.Forget(t.Context(), []byte("7"), true)
	if err != nil || customer.Rows != 1 || customer.Blanked != 0 {
		t.Errorf("the customer: %+v, %v; want one row taken out", customer, err)
	}
	if v := sound(t, dir); v.Records != 2 {
		t.Errorf("%d records are left, want 2", v.Records)
	}
}

// copied is a lake like another, with the rights that a lake has.
func copied(t *testing.T, source string) string {
	t.Helper()
	dir := filepath.Join(scratch(t), "lake")
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestForget_DeathAtEveryStep kills the writer before each operation of Forget, or lets the operation fail and the writer live. The lake is sound at any time, and doing it
// again finishes it.
func TestForget_DeathAtEveryStep(t *testing.T) {
	if testing.Short() {
		t.Skip("short: one goroutine is at work here, so there is no race to find; the whole run meets every step")
	}
	source := populated(t)
	forget := func(dir string, m *mortal) error {
		l, err := Open(dir, Options{RunID: "forget", Keys: testKeys, Pseudonym: testNames, FS: m.ask})
		if err != nil {
			return err
		}
		defer l.Close()
		_, err = l.Forget(t.Context(), []byte(rawID), false)
		return err
	}
	whole := copied(t, source)
	m := &mortal{at: -1}
	if err := forget(whole, m); err != nil {
		t.Fatal(err)
	}
	want := sound(t, whole).Input
	if m.n < 20 {
		t.Fatalf("only %d operations: nothing was rewritten", m.n)
	}
	for _, kill := range []bool{true, false} {
		for at := range m.n {
			dir := copied(t, source)
			dying := &mortal{at: at, err: errDead, kill: kill}
			err := forget(dir, dying)
			sound(t, dir)
			if err == nil && traces(t, dir) > 0 {
				t.Fatalf("death at %d (%s) was not reported, and traces are left", at, dying.op)
			}
			if err := forget(dir, &mortal{at: -1}); err != nil {
				t.Fatalf("after death at %d (%s): %v", at, dying.op, err)
			}
			if got := sound(t, dir).Input; got != want {
				t.Errorf("after death at %d (%s): Input = %s, want %s", at, dying.op, got, want)
			}
			if n := traces(t, dir); n > 0 {
				t.Errorf("after death at %d (%s): %d traces are left", at, dying.op, n)
			}
			if t.Failed() {
				return
			}
		}
	}
}

func TestKeys_MissingAndNewer(t *testing.T) {
	dir := populated(t)
	without, err := Verify(t.Context(), dir, nil)
	if err != nil || !without.OK() || without.Sealed == 0 || without.Sealed >= without.Files {
		t.Fatalf("verify without the key: %+v, %v", without, err)
	}
	s, err := Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rejects(t.Context(), "", 0); !errors.Is(err, ErrSealed) {
		t.Errorf("Rejects without the key: %v, want ErrSealed", err)
	}
	if _, err := s.Open(t.Context(), "answers", t.TempDir()); !errors.Is(err, ErrSealed) {
		t.Errorf("Open without the key: %v, want ErrSealed", err)
	}
	input := sound(t, dir).Input

	// A newer key is put before the old one: what is there is encrypted anew, and then the old one opens nothing.
	newer, err := NewKeys([]byte("a newer secret of the tests, too"), []byte("a secret of the tests, 32 bytes."))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, dir, Options{Keys: newer})
	if n, err := l.Seal(t.Context()); err != nil || int64(n) != without.Sealed {
		t.Fatalf("Seal = %d, %v; want %d files", n, err, without.Sealed)
	}
	v, err := Verify(t.Context(), dir, newer)
	if err != nil || !v.OK() || v.Sealed != 0 || v.Input != input {
		t.Errorf("verify with the newer key: %+v, %v", v, err)
	}
	if v, err = Verify(t.Context(), dir, testKeys); err != nil || v.Sealed != without.Sealed {
		t.Errorf("verify with the old key: %+v, %v; want %d sealed files", v, err, without.Sealed)
	}
}

func TestPurge_KeepsTheCount(t *testing.T) {
	dir := populated(t)
	before := sound(t, dir)
	l := open(t, dir, Options{Keys: testKeys, Pseudonym: testNames})
	rejected := func() (n int64) {
		for _, s := range l.Snapshot().Totals() {
			n += s.Rejected
		}
		return n
	}
	want := rejected()
	if n, err := l.Purge(t.Context(), "", pulledAt); err != nil || n != 0 {
		t.Errorf("purging what is older than the oldest: %d, %v", n, err)
	}
	n, err := l.Purge(t.Context(), "pulse", pulledAt.AddDate(0, 0, 1))
	if err != nil || n == 0 || n >= before.Rejects {
		t.Fatalf("purging one source took out %d of %d, %v", n, before.Rejects, err)
	}
	if v := sound(t, dir); v.Rejects != before.Rejects-n || rejected() != want {
		t.Errorf("%d rejects are left of %d less %d; %d are counted, want %d", v.Rejects, before.Rejects, n, rejected(), want)
	}
}
