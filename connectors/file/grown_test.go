package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"insideout/models"
)

// Whatever is appended to a file of lines, and wherever it was cut when it was read before, every row lands once: as it was
// when it was whole.
func TestSource_GrowingFileLandsOnce(t *testing.T) {
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		must(t, os.Mkdir(dir, 0o700))
		defer os.RemoveAll(dir)
		name := rapid.SampledFrom([]string{"a.csv", "a.jsonl"}).Draw(r, "name")
		end := "\n"
		if name == "a.csv" {
			end = rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(r, "end")
		}
		var lines []string
		var want []string
		if name == "a.csv" {
			lines = append(lines, strings.TrimSpace(head)+end)
		}
		for i := range rapid.IntRange(1, 12).Draw(r, "rows") {
			id := fmt.Sprintf("r%02d", i)
			want = append(want, id)
			switch {
			case name == "a.jsonl":
				lines = append(lines, fmt.Sprintf(`{"id":%q,"value":%d,"keep":"yes"}`, id, i)+end)
			case rapid.Bool().Draw(r, "quoted"):
				lines = append(lines, fmt.Sprintf("\"%s\",%d,yes,\"two%slines\"", id, i, end)+end)
			default:
				lines = append(lines, fmt.Sprintf("%s,%d,yes,", id, i)+end)
			}
		}
		text := strings.Join(lines, "")
		if rapid.Bool().Draw(r, "no end") {
			text = strings.TrimSuffix(text, end)
		}
		s := units(t, dir, Config{Path: name})
		at := models.Positions{}
		var got []string
		cuts := rapid.SliceOfN(rapid.IntRange(1, len(text)), 0, 4).Draw(r, "cuts")
		size := 0
		for _, cut := range append(cuts, len(text)) {
			if cut < size {
				continue
			}
			size = cut
			must(t, os.WriteFile(filepath.Join(dir, name), []byte(text[:size]), 0o600))
			k, err := take(t, s, at)
			if err != nil && strings.Contains(text[:size], "keep") && name == "a.csv" && size > len(lines[0]) {
				r.Fatalf("at %d: %v", size, err)
			}
			got = append(got, k.units...)
			for stream, p := range k.positions {
				at[stream] = p
			}
		}
		// A cut inside of a row gives a reject, or, where a number or a word was cut, a row that is whole and wrong: that one
		// the file cannot tell. It is the last one of its reading, so every row is there at least once and no other one twice.
		count := map[string]int{}
		for _, id := range got {
			count[id]++
		}
		for _, id := range want {
			if count[id] == 0 {
				r.Fatalf("%s is lost; text %q, cuts %v, got %v", id, text, cuts, got)
			}
		}
		twice := 0
		for _, c := range count {
			twice += c - 1
		}
		if twice > len(cuts) {
			r.Fatalf("%d rows landed again for %d cuts; text %q, cuts %v, got %v", twice, len(cuts), text, cuts, got)
		}
	})
}

func TestSource_GrownAtLineEnds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	s := units(t, dir, Config{Path: "a.csv"})
	at := models.Positions{}
	var got []string
	for _, text := range []string{"a,1,yes,\n", "b,2,yes,\nc,x,yes,\n", "", "d,3,yes,", "\ne,4,yes,\nf,5", ",yes,\n"} {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		must(t, err)
		if info, _ := f.Stat(); info.Size() == 0 {
			text = head + text
		}
		_, err = f.WriteString(text)
		must(t, err)
		must(t, f.Close())
		k, err := take(t, s, at)
		must(t, err)
		got = append(got, strings.Join(k.units, "+"))
		for _, r := range k.rejects {
			got = append(got, fmt.Sprint(r.Code, " ", r.Line))
		}
		for stream, p := range k.positions {
			at[stream] = p
		}
	}
	want := []string{"a", "b", "wrong_type 4", "", "d", "e", "truncated 7", "f"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
