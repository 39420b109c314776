package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// BenchmarkRelations compares a workshop, with release step, key checks, 90_checks and the closed engine, with the same
// SELECTs run by a plain DuckDB over the same files. cpu-s/M is CPU seconds of the process for a million rows of the lake, which
// other work on the machine disturbs less than the clock.
//
//	go test -run '^$' -bench Relations -benchtime 3x ./pipelines/warehouse
func BenchmarkRelations(b *testing.B) {
	const million = 1.2 // rows of the lake
	in := Input{
		Grain: models.Week, Zone: "Europe/London", RepeatKey: []string{"reason", "place"}, RepeatDays: 30, Threads: 2,
		Files: map[string][]string{
			"contacts": {parquet(b, "contacts", `select 'c' || i // 2 as contact_id, timestamp '2025-01-06 00:00:00' + to_seconds(i * 37) as updated_at,
				case when i % 2 = 0 then timestamp '2025-01-06 00:00:00' + to_seconds(i * 37) end as started_at,
				case when i % 2 = 1 then timestamp '2025-01-06 00:00:00' + to_seconds(i * 37) end as ended_at,
				't' || i // 2 % 50 as team, case when i % 2 = 0 then 'r' || i // 2 % 30 end as reason, 'p' || (i // 2 * 7919) % 50000 as place,
				case when i % 2 = 0 then case i // 2 % 3 when 0 then 'failure' else 'value' end end as demand
				from range(800000) as a(i)`)},
			"feedback": {parquet(b, "feedback", `select 'f' || i as feedback_id, timestamp '2025-01-06 00:00:00' + to_seconds(i * 79) as answered_at,
				'nps' as metric, i * 7 % 11 as score, 't' || i % 50 as team from range(300000) as a(i)`)},
			"answers": {parquet(b, "answers", `select 'r' || p || '-' || w as response, 'p' || p as person,
				timestamp '2025-01-06 09:00:00' + to_days(cast(7 * w as integer)) as answered_at, 't' || p % 50 as team, item, 1 + (p + w) % 5 as value
				from range(500) as a(p), range(50) as b(w), (values ('service_voice'), ('service_cause'), ('flow_waiting'), ('flow_handoffs')) as c(item)`)},
		},
	}
	measure := func(b *testing.B, run func()) {
		b.ReportAllocs()
		before := used()
		for b.Loop() {
			run()
		}
		b.ReportMetric((used()-before).Seconds()/float64(b.N)/million, "cpu-s/M")
	}
	b.Run("workshop", func(b *testing.B) {
		measure(b, func() {
			in.Dir = filepath.Join(b.TempDir(), "workshop")
			w, err := Build(b.Context(), in, keepFive)
			if err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("plain", func(b *testing.B) {
		measure(b, func() {
			if err := plain(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// plain runs the relations in an engine as it comes, and nothing else but what they need to run.
func plain(ctx context.Context, in Input) error {
	in.Dir = os.TempDir()
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
	if _, err := db.ExecContext(ctx, fmt.Sprintf("set threads = %d", in.Threads)); err != nil {
		return err
	}
	w := &Workshop{in: in, db: db, relations: relations}
	if err := createMacros(ctx, db, sqlfiles.Files); err != nil {
		return err
	}
	for _, s := range models.Datasets() {
		if err := createRaw(ctx, db, s, in.Files[s.Name]); err != nil {
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
