package story

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// instrument has the shape of the built-in catalogue's: five questions for service, three for every other dimension,
// the second one turned round for flow and development.
func instrument() []Dimension {
	var out []Dimension
	for _, id := range []string{"service", "flow", "connection", "development", "clarity", "capacity", "discretion", "candour"} {
		d := Dimension{ID: id}
		for n := range map[bool]int{true: 5, false: 3}[id == "service"] {
			d.Items = append(d.Items, Item{
				ID: fmt.Sprintf("%s_%d", id, n+1), Text: "Something about " + id + ".", Low: 1, High: 5,
				Reverse: n == 1 && (id == "flow" || id == "development"),
			})
		}
		out = append(out, d)
	}
	return out
}

// TestWrite leaves whole worlds in a folder, for testdata/story/check.py to look for what was planted.
func TestWrite(t *testing.T) {
	dir := os.Getenv("INSIDEOUT_STORY_DIR")
	if dir == "" {
		t.Skip("writes worlds for check.py when INSIDEOUT_STORY_DIR names a folder and INSIDEOUT_STORY_SEEDS a number of seeds")
	}
	seeds, err := strconv.Atoi(os.Getenv("INSIDEOUT_STORY_SEEDS"))
	if err != nil {
		t.Fatal(err)
	}
	for seed := 1; seed <= seeds; seed++ {
		w, err := New(uint64(seed), instrument())
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Join(dir, strconv.Itoa(seed))
		for _, f := range w.Files() {
			path := filepath.Join(base, filepath.FromSlash(f.Path))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := f.Write(&b); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		topics, err := w.Topics()
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range topics {
			var b bytes.Buffer
			for _, m := range topic.Messages {
				b.Write(m.Value)
				b.WriteByte('\n')
			}
			if err := os.WriteFile(filepath.Join(base, topic.Name+".jsonl"), b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestNew_SameSeedSameBytes(t *testing.T) {
	sum := func(w *World, err error) [32]byte {
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, f := range w.Files() {
			if err := f.Write(h); err != nil {
				t.Fatal(err)
			}
		}
		topics, err := w.Topics()
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range topics {
			for _, m := range topic.Messages {
				h.Write(m.Value)
			}
		}
		return [32]byte(h.Sum(nil))
	}
	if sum(told()) != sum(New(DefaultSeed, instrument())) {
		t.Error("two tellings with one seed differ")
	}
}

func TestNew_NamesTheMissingDimension(t *testing.T) {
	_, err := New(DefaultSeed, instrument()[:2])
	if err == nil || !strings.Contains(err.Error(), "connection") && !strings.Contains(err.Error(), "development") {
		t.Errorf("error %v, want one that names a planted dimension", err)
	}
}
