package lake

import (
	"fmt"
	"os"
	"path/filepath"
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
	b.Run("plain", func(b *testing.B) { benchmarkAppend(b, "contacts") })
	b.Run("sealed", func(b *testing.B) { benchmarkAppend(b, "answers") }) // the same rows under a name that is encrypted
}

func benchmarkAppend(b *testing.B, dataset string) {
	const rows, kinds, perCommit = 2000, 50, 200_000
	schema := *models.Dataset("contacts")
	schema.Name = dataset
	var deliveries []*models.Delivery
	var bytes int64
	for i := range int64(kinds) {
		d := contacts(uint64(i), i*rows, rows)
		d.Records[0].Schema = &schema
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
	l, err := Open(b.TempDir(), Options{RunID: "bench", Keys: testKeys})
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
	for _, f := range l.Snapshot().Files(dataset) {
		onDisk += f.Bytes
	}
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(next)/(processor(b)-before).Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(onDisk)/float64(next), "disk-B/row")
}

// BenchmarkOpen opens a lake of 10,000 commits of one file and four streams each, with and without its checkpoint.
//
//	go test ./pipelines/lake -run '^$' -bench Open -cpu 1
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	l, err := Open(dir, Options{RunID: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	// The commits are written as publish does, but without a data file each and without waiting for the disk.
	for seq := int64(1); seq <= 10_000; seq++ {
		r := &record{Format: format, Seq: seq, Epoch: l.epoch, Previous: l.state.Hash, Run: "20260105T090000Z-bench", At: time.Unix(seq, 0).UTC(),
			Files: []File{{Dataset: "contacts", Path: dataName("contacts", l.epoch, seq), Schema: 1, Rows: 4000, Bytes: 160_000,
				SHA256: newDigest("x").String(), Event: &Span{From: seq, To: seq + 1}}}}
		for p := range 4 {
			r.Ranges = append(r.Ranges, account{Source: "desk", Range: models.Range{Stream: fmt.Sprintf("contacts/%d", p), Identity: "topic-1",
				First: (seq - 1) * 1000, Next: seq * 1000, Loaded: 1000, Records: 1000},
				Tables: []tally{{Dataset: "contacts", Records: 1000, Digest: newDigest("y").String(), Event: &Span{From: seq, To: seq + 1}}}})
		}
		content, hash, err := seal(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, commitName(seq)), content, 0o600); err != nil {
			b.Fatal(err)
		}
		if err := l.state.apply(r, hash); err != nil {
			b.Fatal(err)
		}
		if seq == 9_984 { // the last multiple of checkpointEvery
			if err := l.disk.checkpoint(l.state, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	read := func(b *testing.B) {
		for b.Loop() {
			s, err := Read(dir, nil)
			if err != nil || s.Seq != 10_000 {
				b.Fatal(s.Seq, err)
			}
		}
	}
	b.Run("checkpoint", read)
	if err := os.Remove(filepath.Join(dir, checkpointName(9_984))); err != nil {
		b.Fatal(err)
	}
	b.Run("commits", read)
}
