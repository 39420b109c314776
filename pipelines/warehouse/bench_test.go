package warehouse

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// BenchmarkRelations compares three ways to the same rows, of the contacts of 103 weeks, 100,000 answers of employees, and no
// more memory than 2 GiB:
//
//	plain   the same SELECTs in a DuckDB as it comes, and nothing else but what they need to run
//	whole   a workshop with closed engine, release step, key checks, 90_checks and publication, and a cache for the next run
//	rerun   a workshop that goes on from that cache when the contacts of one more week have come in, 1 % of all rows, among
//	        them corrections of contacts of the nine weeks before
//
// cpu-s is CPU seconds of the process, which other work on the machine disturbs less than the clock; peak-MB its largest
// resident memory; x-plain is the CPU time over that of plain, clock-x-plain the same by the clock, and of-whole the share of a rerun in that
// of whole. INSIDEOUT_STEPS names a file to which each build adds what every step of it took. A million contacts, or as many as INSIDEOUT_SCALE says; the files stay in INSIDEOUT_SCALE_DIR for the next time.
//
//	INSIDEOUT_SCALE=10000000 go test -run '^$' -bench Relations -benchtime 1x -timeout 2h ./pipelines/warehouse
func BenchmarkRelations(b *testing.B) {
	dir := os.Getenv("INSIDEOUT_SCALE_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	files := scaleFiles(b, dir, scaleContacts(b))
	answers := []string{parquet(b, "answers", `select 'r' || p || '-' || w as response, 'p' || p as person,
		timestamp '2024-01-01 09:00:00' + to_days(cast(7 * w as integer)) as answered_at, 'team-' || p % 50 as team, item, 1 + (p + w) % 5 as value
		from range(500) as a(p), range(50) as b(w), (values ('service_voice'), ('service_cause'), ('flow_waiting'), ('flow_handoffs')) as c(item)`)}
	input := func(b *testing.B, weeks int) Input {
		in := Input{Dir: filepath.Join(b.TempDir(), "workshop"), Grain: models.Week, Zone: "Europe/London", Threads: 2, MemoryMB: 2048,
			Files: map[string][]string{"contacts": files["contacts"][:weeks], "feedback": files["feedback"][:weeks], "answers": answers}}
		in.Hashes = hashes(in.Files)
		return in
	}
	build := func(b *testing.B, in Input) {
		t := timed{}
		in.Step = t.step
		w, err := Build(b.Context(), in, keepFive)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Publish(b.Context(), filepath.Join(b.TempDir(), "out"), "one"); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		t.tell(b)
	}
	var base, full spent
	kept := filepath.Join(b.TempDir(), "kept")
	b.Run("plain", func(b *testing.B) {
		base = measure(b, nothing, func() {
			if err := plain(b.Context(), input(b, scaleWeeks-1)); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("whole", func(b *testing.B) {
		full = measure(b, func() {
			if err := os.RemoveAll(kept); err != nil {
				b.Fatal(err)
			}
		}, func() {
			in := input(b, scaleWeeks-1)
			in.CacheDir = kept
			build(b, in)
		})
		if base.cpu > 0 {
			b.ReportMetric(full.cpu.Seconds()/base.cpu.Seconds(), "x-plain")
			b.ReportMetric(full.clock.Seconds()/base.clock.Seconds(), "clock-x-plain")
		}
	})
	b.Run("rerun", func(b *testing.B) {
		if _, err := os.Stat(kept); err != nil {
			b.Skip("SKIPPED: whole, which makes the cache, did not run")
		}
		cache := filepath.Join(b.TempDir(), "cache")
		again := measure(b, func() {
			if err := os.RemoveAll(cache); err != nil {
				b.Fatal(err)
			}
			if err := os.CopyFS(cache, os.DirFS(kept)); err != nil {
				b.Fatal(err)
			}
		}, func() {
			in := input(b, scaleWeeks)
			in.CacheDir = cache
			build(b, in)
		})
		b.ReportMetric(again.cpu.Seconds()/full.cpu.Seconds(), "of-whole")
	})
}

// timed is what each step of a build took, in CPU time of the process.
type timed map[string]time.Duration

func (t timed) step(name string) (done func()) {
	before := used()
	return func() { t[name] += used() - before }
}

// tell adds the steps to the file that INSIDEOUT_STEPS names, those that took most first, and what all took.
func (t timed) tell(b *testing.B) {
	file := os.Getenv("INSIDEOUT_STEPS")
	if file == "" {
		return
	}
	var text strings.Builder
	fmt.Fprintln(&text, b.Name())
	names := slices.SortedFunc(maps.Keys(t), func(a, b string) int { return cmp.Compare(t[b], t[a]) })
	var all time.Duration
	for _, name := range names {
		all += t[name]
		fmt.Fprintf(&text, "%8.2f s  %s\n", t[name].Seconds(), name)
	}
	fmt.Fprintf(&text, "%8.2f s  all %d steps\n", all.Seconds(), len(t))
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := f.WriteString(text.String()); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// spent is what one run took.
type spent struct{ cpu, clock time.Duration }

func nothing() {}

// measure runs a benchmark, reports CPU time and peak memory, and returns what one run took.
func measure(b *testing.B, prepare, run func()) spent {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // Linux: the peak begins anew
	var cpu, clock time.Duration
	for b.Loop() {
		b.StopTimer()
		prepare()
		b.StartTimer()
		before, at := used(), time.Now()
		run()
		cpu, clock = cpu+used()-before, clock+time.Since(at)
	}
	n := time.Duration(b.N)
	b.ReportMetric((cpu / n).Seconds(), "cpu-s")
	b.ReportMetric(peak(b), "peak-MB")
	return spent{cpu / n, clock / n}
}

// peak is the largest resident memory of the process in MB, as far as the system says; else 0.
func peak(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 64)
			if err != nil {
				b.Fatal(err)
			}
			return n / 1000
		}
	}
	return 0
}

// plain runs the relations in an engine as it comes, and nothing else but what they need to run.
func plain(ctx context.Context, in Input) error {
	in, err := in.withDefaults()
	if err != nil {
		return err
	}
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		return problems[0]
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	settings := fmt.Sprintf("set threads = %d; set memory_limit = '%dMiB'; set temp_directory = %s", in.Threads, in.MemoryMB, literal(in.Dir))
	if _, err := db.ExecContext(ctx, settings); err != nil {
		return err
	}
	w := &Workshop{in: in, db: db, relations: relations}
	if err := createMacros(ctx, db, sqlfiles.Files); err != nil {
		return err
	}
	for _, s := range models.Datasets() {
		if err := createRaw(ctx, db, s, "raw_"+s.Name, in.Files[s.Name], ""); err != nil {
			return err
		}
	}
	if err := w.inputs(ctx); err != nil {
		return err
	}
	return w.relate(ctx, keepFive)
}

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
