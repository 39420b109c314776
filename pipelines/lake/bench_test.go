package lake

import (
	"syscall"
	"testing"
	"time"

	"insideout/models"
)

// processor is the time that this process has used on all cores: on a shared machine a steadier measure than the
// clock on the wall.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend measures the path from models.Batch to committed files: checks, digests, Parquet, zstd, sync and
// commit, in deliveries of 2,000 contacts and a commit every 200,000. MB/s is of the Go values handed over, at eight
// bytes a number and the length of each text.
//
//	go test ./pipelines/lake -run '^$' -bench Append -cpu 1
func BenchmarkAppend(b *testing.B) {
	const rows, kinds, perCommit = 2000, 50, 200_000
	var deliveries []*models.Delivery
	var bytes int64
	for i := range int64(kinds) {
		d := contacts(uint64(i), i*rows, rows)
		for _, c := range d.Records[0].Columns {
			for r, valid := range c.Valid {
				switch {
				case !valid:
				case c.Texts != nil:
					bytes += int64(len(c.Texts[r]))
				default:
					bytes += 8
				}
			}
		}
		deliveries = append(deliveries, d)
	}
	l, err := Open(b.TempDir(), Options{RunID: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	b.SetBytes(bytes / kinds)
	b.ReportAllocs()
	cycle := l.Begin()
	next, onDisk := int64(0), int64(0)
	commit := func() {
		if _, err := cycle.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
		cycle = l.Begin()
	}
	before := processor(b)
	for i := 0; b.Loop(); i++ {
		d := deliveries[i%kinds]
		d.Range.First, d.Range.Next = next, next+rows
		for r := range d.Records[0].Positions {
			d.Records[0].Positions[r] = next + int64(r)
		}
		if err := cycle.Add(d); err != nil {
			b.Fatal(err)
		}
		if next += rows; next%perCommit == 0 {
			commit()
		}
	}
	commit()
	for _, f := range l.Snapshot().Files("contacts") {
		onDisk += f.Bytes
	}
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(next)/(processor(b)-before).Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(onDisk)/float64(next), "disk-B/row")
}
