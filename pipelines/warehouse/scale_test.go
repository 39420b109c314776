package warehouse

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"insideout/models"
)

// scaleWeeks is the length of the made-up service of the benchmarks: two years of contacts, each opened, closed some minutes later and one in
// fifty corrected 1 to 60 days later, by customers who come back now and then; a survey answer to one contact in four. Rows
// lie in one file a week, in the order in which they were made, as a daily or weekly run would have left them. Every value is
// a hash of the contact's number, so the rows are the same in every run.
const scaleWeeks = 104

// scaleContacts is the number of contacts of the benchmarks: a million, or what INSIDEOUT_SCALE says.
func scaleContacts(t testing.TB) int {
	text := os.Getenv("INSIDEOUT_SCALE")
	if text == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10_000 {
		t.Fatalf("INSIDEOUT_SCALE=%s: write a number of contacts from 10000", text)
	}
	return n
}

// versions are the rows of contacts that were made in the weeks from..to-1, those of the last week with all that came after it.
func versions(n, from, to int) string {
	at := "timestamp '2024-01-01 00:00:00' + to_microseconds(cast(i as bigint) * (728 * 86400000000 // " + strconv.Itoa(n) + "))"
	first, last := max(0, (from-9)*(n/scaleWeeks)-n/scaleWeeks), min(n, (to+1)*(n/scaleWeeks)+n)
	end := fmt.Sprintf("and updated_at < timestamp '2024-01-01 00:00:00' + to_days(%d)", 7*to)
	if to == scaleWeeks {
		end = ""
	}
	return fmt.Sprintf(`with base as (
	select i, 'c' || i as contact_id, hash(i) as h, hash(i, 1) as g, hash(i, 2) as k, %[1]s as began_at from range(%[2]d, %[3]d) as r(i)
), events as (
	select i, 0 as kind, began_at as updated_at from base
	union all select i, 1, began_at + to_seconds(cast(60 + g %% 7200 as bigint)) from base
	union all select i, 2, began_at + to_days(cast(1 + k %% 60 as integer)) from base where h %% 50 = 0
)
select contact_id, updated_at,
	case when kind = 0 then began_at end as started_at,
	case when kind = 1 then updated_at end as ended_at,
	case when kind = 0 then 'u' || g %% %[4]d end as customer,
	case when kind = 0 then 'team-' || k %% 200 end as team,
	case when kind = 0 then case h %% 5 when 0 then 'chat' when 1 then 'mail' else 'phone' end end as channel,
	case when kind = 0 then 'segment-' || g %% 4 end as segment,
	case when kind = 0 then 'touch-' || k %% 6 end as touchpoint,
	case kind when 0 then 'area-' || h %% 8 || '/reason-' || (h // 8) %% 5 when 2 then 'area-' || k %% 8 || '/reason-' || (k // 8) %% 5 end as reason,
	case kind when 1 then case g %% 10 when 0 then 'misrouted' when 1 then 'unknown' when 2 then 'failure' when 3 then 'failure' when 4 then 'failure' else 'value' end
		when 2 then 'failure' end as demand,
	case kind when 1 then 'agent' when 2 then 'coder' end as classified_by,
	case when kind = 1 then case when k %% 4 = 0 then 'transferred' else 'resolved' end end as outcome,
	case when kind = 1 then 60 + g %% 1800 end as handle_seconds,
	case when kind = 1 then h %% 600 end as queue_seconds,
	case when kind = 1 then k %% 120 end as hold_seconds,
	case when kind = 1 then k %% 3 end as transfers,
	i * 3 + kind as _position
from events join base using (i)
where updated_at >= timestamp '2024-01-01 00:00:00' + to_days(%[5]d) %[6]s`, at, first, min(last, n), max(1, n/5), 7*from, end)
}

// surveyed are the answers of customers to their contacts of the weeks from..to-1.
func surveyed(n, from, to int) string {
	return fmt.Sprintf(`select 'f' || i as feedback_id, timestamp '2024-01-01 00:00:00' + to_microseconds(cast(i as bigint) * (728 * 86400000000 // %[1]d) + 5400000000) as answered_at,
	'nps' as metric, hash(i, 3) %% 11 as score, 'team-' || hash(i, 2) %% 200 as team, 'c' || i as case_id, 'u' || hash(i, 1) %% %[2]d as customer,
	'segment-' || hash(i, 1) %% 4 as segment, 'touch-' || hash(i, 2) %% 6 as touchpoint, i as _position
from range(%[3]d, %[4]d, 4) as r(i)`, n, max(1, n/5), 4*(from*(n/scaleWeeks)/4), 4*(min(n, to*(n/scaleWeeks))/4))
}

// scaleFiles writes the files of the made-up service into dir, or finds them there.
func scaleFiles(t testing.TB, dir string, n int) map[string][]string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("set threads = 2; set memory_limit = '2GiB'; set temp_directory = " + literal(filepath.Join(dir, "spill"))); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for week := range scaleWeeks {
		for dataset, query := range map[string]string{"contacts": versions(n, week, week+1), "feedback": surveyed(n, week, week+1)} {
			file := filepath.Join(dir, fmt.Sprintf("%s-%d-%03d.parquet", dataset, n, week))
			out[dataset] = append(out[dataset], file)
			if _, err := os.Stat(file); err == nil {
				continue
			}
			writeParquet(t, db, dataset, query, file)
		}
	}
	return out
}

// writeParquet writes the rows of a query as a dataset's file. The columns that the query does not give are null; where a
// row comes from is made up.
func writeParquet(t testing.TB, db *sql.DB, dataset, query, file string) {
	t.Helper()
	given, err := describe(t.Context(), db, query)
	if err != nil {
		t.Fatalf("%s: %v", dataset, err)
	}
	have := map[string]bool{}
	for _, c := range given {
		have[c.name] = true
	}
	var list []string
	for _, c := range rawColumns(models.Dataset(dataset)) {
		switch {
		case have[c.name]:
			list = append(list, fmt.Sprintf("cast(%s as %s) as %s", c.name, c.typ, c.name))
		case c.name == models.ColSource:
			list = append(list, "'source' as _source")
		case c.name == models.ColStream:
			list = append(list, "'stream' as _stream")
		case c.name == models.ColPosition:
			list = append(list, "row_number() over () - 1 as _position")
		case c.name == models.ColIngested:
			list = append(list, "timestamp '2025-07-01 00:00:00' as _ingested_at")
		default:
			list = append(list, fmt.Sprintf("cast(null as %s) as %s", c.typ, c.name))
		}
	}
	order := ""
	if have[models.ColPosition] {
		order = " order by " + models.ColPosition
	}
	if _, err := db.Exec(fmt.Sprintf("copy (select %s from (%s)%s) to %s (format parquet, compression zstd)", strings.Join(list, ", "), query, order, literal(file))); err != nil {
		t.Fatalf("%s: %v", dataset, err)
	}
}
