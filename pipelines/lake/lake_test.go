package lake

import (
	"fmt"
	"testing"
	"time"

	"insideout/models"
)

func contacts(first, n int) *models.Delivery {
	s := models.Dataset("contacts")
	b := models.NewBatch(s, n)
	for i := range n {
		p := int64(first + i)
		r := b.Add(p)
		b.SetText(0, r, fmt.Sprintf("c-%07d", p))
		b.SetInt(1, r, 1_700_000_000_000_000+p*1_000_000)
		b.SetInt(s.Field("started_at"), r, 1_700_000_000_000_000+p*1_000_000-60e6)
		b.SetText(s.Field("customer"), r, fmt.Sprintf("%032x", p*7919%100000))
		b.SetText(s.Field("team"), r, fmt.Sprintf("team %d", p%17))
		b.SetText(s.Field("reason"), r, fmt.Sprintf("billing/%d", p%40))
		b.SetText(s.Field("demand"), r, []string{"value", "failure"}[p%2])
		b.SetInt(s.Field("handle_seconds"), r, p%600)
	}
	return &models.Delivery{Source: "kafka", Range: models.Range{Stream: "contacts/0", First: int64(first), Next: int64(first + n), Loaded: int64(n), Records: int64(n)},
		Records: []*models.Batch{b}, At: time.Unix(1_700_000_000, 0)}
}

func TestLake_RoundTrip(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, Options{RunID: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	c := l.Begin()
	if err := c.Add(contacts(0, 5000)); err != nil {
		t.Fatal(err)
	}
	done, err := c.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(done, c.Bytes())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Totals(), s.Paths("contacts"), s.Input())
}

func BenchmarkAppend(b *testing.B) {
	l, err := Open(b.TempDir(), Options{RunID: "r1"})
	if err != nil {
		b.Fatal(err)
	}
	const n = 5000
	d := contacts(0, n)
	b.ReportAllocs()
	c := l.Begin()
	rows := 0
	for b.Loop() {
		d.Range.First = int64(rows)
		d.Range.Next = int64(rows + n)
		for i := range d.Records[0].Positions {
			d.Records[0].Positions[i] = int64(rows + i)
		}
		if err := c.Add(d); err != nil {
			b.Fatal(err)
		}
		rows += n
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
