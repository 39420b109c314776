package lake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
)

// TestSnapshot_InputDoesNotDependOnTheCut cuts the same streams into random deliveries, in random order between the
// streams, and these into random cycles, with openings in between: the rows are the same, and so is Input.
func TestSnapshot_InputDoesNotDependOnTheCut(t *testing.T) {
	folder := scratch(t)
	whole := open(t, filepath.Join(folder, "whole"), Options{RunID: "whole"})
	c := whole.Begin()
	for _, f := range feeds {
		if err := c.Add(f.delivery(f.first, f.end)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, rows := whole.Snapshot().Input(), produced()
	if diff := cmp.Diff(rows, kept(t, whole.Snapshot())); diff != "" {
		t.Fatal(diff)
	}

	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(folder, "")
		if err != nil {
			rt.Fatal(err)
		}
		clock := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
		options := func() Options {
			run := rapid.StringMatching(`[a-z]{1,5}`).Draw(rt, "run")
			clock = clock.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(rt, "seconds")) * time.Second)
			at := clock
			return Options{RunID: run, Now: func() time.Time { return at }}
		}
		l, err := Open(dir, options())
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { l.Close() }()
		next := make([]int64, len(feeds))
		left := len(feeds)
		done := make([]bool, len(feeds))
		for i, f := range feeds {
			next[i] = f.first
		}
		c := l.Begin()
		for left > 0 {
			i := rapid.IntRange(0, len(feeds)-1).Draw(rt, "stream")
			if done[i] {
				continue
			}
			f := feeds[i]
			to := f.gapEnd(min(next[i]+rapid.Int64Range(0, 120).Draw(rt, "positions"), f.end))
			d := f.delivery(next[i], to)
			d.At = clock
			d.Range.Label = rapid.StringMatching(`[a-z]{0,3}`).Draw(rt, "label")
			for g := range d.Gaps {
				d.Gaps[g].DetectedAt = clock
			}
			d.Records = split(rt, d.Records[0])
			if err := c.Add(d); err != nil {
				rt.Fatal(err)
			}
			if next[i] = to; to == f.end {
				done[i] = true
				left--
			}
			if left > 0 && rapid.IntRange(0, 3).Draw(rt, "commit") > 0 {
				continue
			}
			if _, err := c.Commit(t.Context()); err != nil {
				rt.Fatal(err)
			}
			if rapid.Bool().Draw(rt, "reopen") {
				if err := l.Close(); err != nil {
					rt.Fatal(err)
				}
				if l, err = Open(dir, options()); err != nil {
					rt.Fatal(err)
				}
			}
			c = l.Begin()
		}
		s := l.Snapshot()
		if got := s.Input(); got != want {
			rt.Errorf("Input = %s, cut otherwise %s", got, want)
		}
		if rapid.IntRange(0, 3).Draw(rt, "read all") == 0 { // Verify below ties the files to Input anyway
			if diff := cmp.Diff(rows, kept(t, s)); diff != "" {
				rt.Errorf("produced (-), in the lake (+):\n%s", diff)
			}
		}
		v, err := Verify(t.Context(), dir, nil)
		if err != nil || !v.OK() {
			rt.Errorf("verify: %v, %v", v.Problems, err)
		}
	})
}

// split hands the rows over in one or two batches of the same dataset.
func split(rt *rapid.T, b *models.Batch) []*models.Batch {
	at := rapid.IntRange(0, b.Rows()).Draw(rt, "split")
	first, second := models.NewBatch(b.Schema, at), models.NewBatch(b.Schema, b.Rows()-at)
	for r, p := range b.Positions {
		to := first
		if r >= at {
			to = second
		}
		n := to.Add(p)
		for i := range b.Columns {
			from := &b.Columns[i]
			switch {
			case !from.Valid[r]:
			case from.Texts != nil:
				to.SetText(i, n, from.Texts[r])
			case from.Reals != nil:
				to.SetReal(i, n, from.Reals[r])
			default:
				to.SetInt(i, n, from.Ints[r])
			}
		}
	}
	return []*models.Batch{first, second}
}

// TestSnapshot_InputSeesEveryChange changes one thing at a time.
func TestSnapshot_InputSeesEveryChange(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(d *models.Delivery){
		"nothing":  func(*models.Delivery) {},
		"a source": func(d *models.Delivery) { d.Source = "another" },
		"a stream": func(d *models.Delivery) {
			d.Range.Stream = "another"
			d.Gaps[0].Stream = "another"
		},
		"a text":          func(d *models.Delivery) { d.Records[0].SetText(0, 5, "another") },
		"a text to null":  func(d *models.Delivery) { d.Records[0].Columns[7].Valid[5] = !d.Records[0].Columns[7].Valid[5] },
		"an instant":      func(d *models.Delivery) { d.Records[0].Columns[1].Ints[5]++ },
		"a position":      func(d *models.Delivery) { p := d.Records[0].Positions; p[3]-- }, // 4 to 3, which was filtered
		"a reject":        func(d *models.Delivery) { d.Rejects[0].Raw[0]++ },
		"a reject's code": func(d *models.Delivery) { d.Rejects[0].Code = "malformed" },
		"filtered":        func(d *models.Delivery) { d.Range.Filtered++; d.Range.Control-- },
		"dropped":         func(d *models.Delivery) { d.Range.Dropped++ },
		"done":            func(d *models.Delivery) { d.Range.Done = true },
		"a gap's reason":  func(d *models.Delivery) { d.Gaps[0].Reason = "truncated" },
		"two rows":        func(d *models.Delivery) { t := d.Records[0].Columns[0].Texts; t[1], t[2] = t[2], t[1]+"x" },
	} {
		d := feeds[0].delivery(0, 97)
		change(d)
		l := open(t, t.TempDir(), Options{})
		commit(t, l, d)
		input := l.Snapshot().Input()
		if other, ok := seen[input]; ok {
			t.Errorf("changing %s and changing %s gave the same Input", name, other)
		}
		seen[input] = name
	}
	for name, change := range map[string]func(d *models.Delivery){
		"identity":  func(d *models.Delivery) { d.Range.Identity = "another topic id" },
		"label":     func(d *models.Delivery) { d.Range.Label = "moved.csv"; d.Rejects[0].Label = "moved.csv" },
		"pulled at": func(d *models.Delivery) { d.At = d.At.Add(time.Hour); d.Gaps[0].DetectedAt = d.At },
	} {
		d := feeds[0].delivery(0, 97)
		change(d)
		l := open(t, t.TempDir(), Options{})
		commit(t, l, d)
		if seen[l.Snapshot().Input()] != "nothing" {
			t.Errorf("%s changed Input", name)
		}
	}
}
