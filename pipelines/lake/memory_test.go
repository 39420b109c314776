package lake

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"insideout/models"
)

// TestCycle_MemoryIsBounded keeps one cycle open while 160 MB of text that does not compress go into four datasets at
// once: what the lake holds stays within its bound, whatever the size of the cycle.
func TestCycle_MemoryIsBounded(t *testing.T) {
	const rows, size, rounds = 100, 20_000, 20
	l := open(t, t.TempDir(), Options{})
	c := l.Begin()
	rnd := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, size)
	var start, held runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&start)
	most, buffered := uint64(0), int64(0)
	next := int64(0)
	for range rounds {
		for _, dataset := range []string{"contacts", "feedback", "answers", "measures"} {
			s := models.Dataset(dataset)
			b := models.NewBatch(s, rows)
			for i := range int64(rows) {
				feed{dataset: dataset}.row(b, next+i, 0)
				for j := range text {
					text[j] = byte(32 + rnd.IntN(95))
				}
				b.SetText(s.Field("attributes"), int(i), string(text))
			}
			err := c.Add(&models.Delivery{Source: dataset, Records: []*models.Batch{b}, At: pulledAt,
				Range: models.Range{Stream: "s", First: next, Next: next + rows, Loaded: rows, Records: rows}})
			if err != nil {
				t.Fatal(err)
			}
		}
		next += rows
		total := int64(0)
		for _, table := range c.tables {
			total += table.buffered()
		}
		buffered = max(buffered, total)
		runtime.GC()
		runtime.ReadMemStats(&held)
		most = max(most, held.HeapAlloc-min(held.HeapAlloc, start.HeapAlloc))
	}
	if c.Bytes() < 100<<20 {
		t.Fatalf("the cycle holds only %d bytes: the test proves nothing", c.Bytes())
	}
	if buffered > memoryBytes {
		t.Errorf("open row groups hold %d bytes, the bound is %d", buffered, memoryBytes)
	}
	if most > 160<<20 {
		t.Errorf("the heap grew by %d bytes", most)
	}
	t.Logf("%d bytes written, row groups held %d, the heap grew by %d", c.Bytes(), buffered, most)
	if err := c.Abort(); err != nil {
		t.Fatal(err)
	}
}
