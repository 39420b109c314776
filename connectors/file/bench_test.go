package file

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"insideout/connectors"
	"insideout/models"
)

// benchRows is small enough to be made in a second and large enough to show the steady rate.
const benchRows = 1_000_000

// benchCSV writes survey answers of about 75 bytes in seven columns.
func benchCSV(b *testing.B) (path string, size int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "answers.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,answered_at,metric,score,team,channel,segment")
	for i := range benchRows {
		fmt.Fprintf(w, "f-%08d,2025-%02d-%02d %02d:%02d:%02d,nps,%d,team-%03d,phone,segment-%d\n",
			i, i%12+1, i%28+1, i%24, i%60, i%59, i%11, i%400, i%5)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// processor is the time that all threads of this process have used: a rate per core that other load does not touch.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCSV is the whole way of a file: hashing, splitting, binding, checks; the receiver throws the columns away.
func BenchmarkCSV(b *testing.B) {
	path, size := benchCSV(b)
	from := func(p string) connectors.Rule { return connectors.Rule{From: connectors.Places{p}} }
	m := connectors.Mapping{To: "feedback", Map: map[string]connectors.Rule{
		"feedback_id": from("id"), "answered_at": {From: connectors.Places{"answered_at"}, Time: "2006-01-02 15:04:05", Zone: "Europe/London"},
		"metric": from("metric"), "score": from("score"), "team": from("team"), "channel": from("channel"), "segment": from("segment"),
	}}
	binder, err := connectors.NewBinder(m, connectors.BinderOptions{Scale: func(string) (float64, float64, bool) { return 0, 10, true }})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New("answers", Config{Path: path}, filepath.Dir(path), binder, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	start := processor(b)
	for b.Loop() {
		var loaded int64
		err := s.Pull(context.Background(), nil, func(_ context.Context, d *models.Delivery) error {
			loaded += d.Range.Loaded
			return nil
		})
		if err != nil || loaded != benchRows {
			b.Fatal(loaded, err)
		}
	}
	used := (processor(b) - start).Seconds()
	b.ReportMetric(float64(b.N)*benchRows/used, "rows/core-s")
	b.ReportMetric(float64(b.N)*float64(size)/1e6/used, "MB/core-s")
}

// BenchmarkCSVSplit compares only the reading of fields with encoding/csv.
func BenchmarkCSVSplit(b *testing.B) {
	path, size := benchCSV(b)
	open := func() *os.File {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	b.Run("here", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			f := open()
			r, err := newCSV(newBuffer(f), &Config{}, []string{"id", "score"}, nil, nil)
			if err != nil {
				b.Fatal(err)
			}
			values := make([]connectors.Value, 2)
			n := 0
			for {
				if _, err := r.next(values); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != benchRows {
				b.Fatal(n)
			}
			f.Close()
		}
	})
	b.Run("encoding-csv", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			f := open()
			r := csv.NewReader(f)
			r.ReuseRecord = true
			n := -1
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != benchRows {
				b.Fatal(n)
			}
			f.Close()
		}
	})
}
