package warehouse

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"insideout/models/catalog"
)

// own is the catalogue with metrics of a project's own.
func own(t *testing.T, metrics string) *catalog.Catalog {
	t.Helper()
	over, problems := catalog.Load("catalog.yaml", []byte("version: 1\nmetrics:\n"+metrics))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c, err := catalog.Default().Merge(over)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// metric is the definition of one custom metric.
func metric(id, sql string) string {
	return "  - {id: " + id + ", version: 3, name: Own, side: outside, kind: custom, direction: lower, unit: share, definition: of the project, sql: \"" + sql + "\"}\n"
}

// Contacts of the small company: 60, five hours apart from Monday 3 March 08:00; every second is red's; reason r0, r1, r2 in turn. In the first
// week (34 contacts: 0 to 33, since 8 + 5 * 33 = 173 hours is Monday 10 March, 05:00, and hour 168 begins the next: contacts 0 to 31 come before it),
// 32 contacts, 16 of them red's; of red's the reasons of contacts 0, 2, .., 30 are r0 for 0, 6, 12, 18, 24, 30: 6 of 16.
// Blue's are 1, 3, .., 31, r0 for 3, 9, 15, 21, 27: 5 of 16. Weeks after: contacts 32 to 59, 14 of each; red's r0: 36, 42, 48, 54: 4 of
// 14; blue's 33, 39, 45, 51, 57: 5 of 14. In all 20 of 60.
func TestCustomMetric_IsOneOfTheMetrics(t *testing.T) {
	in := small(t)
	in.Catalog = own(t, metric("r_share", "select team, period_start, count(*) filter (where reason = 'r0') as numerator, count(*) as denominator, count(*) as n from int_contacts__attributed where is_in_window group by all")+
		metric("by_answer", "select c.team, c.period_start, count(*) / max(d.n) as value from int_contacts__attributed as c join rel_dimension as d on d.team = c.team and d.period_start = c.period_start and d.series = 'flow' group by all"))
	w := build(t, in)
	want := []string{
		"blue 2025-03-03 3 0.3125 16", "blue 2025-03-10 3 0.35714286 14", "red 2025-03-03 3 0.375 16", "red 2025-03-10 3 0.28571429 14",
	}
	if got := column(t, w.db, "select concat_ws(' ', team, period_start, version, round(value, 8), n) from fct_customer_metric where metric = 'r_share' order by team, period_start"); !slices.Equal(got, want) {
		t.Errorf("by team: %q", got)
	}
	if got := column(t, w.db, "select concat_ws(' ', version, side, round(value, 8), n) from rpt_metric where metric = 'r_share'"); !slices.Equal(got, []string{"3 outside 0.33333333 60"}) {
		t.Errorf("in all: %q", got)
	}
	if got := column(t, w.db, "select concat_ws(' ', unit, period_start, kind, version, round(value, 8)) from fct_panel where series = 'r_share' order by 1"); len(got) != 4 || got[0] != "blue 2025-03-03 custom 3 0.3125" {
		t.Errorf("panel: %q", got)
	}
	if got := column(t, w.db, "select metric || ' ' || is_from_released from cat_metric where kind = 'custom' order by 1"); !slices.Equal(got, []string{"by_answer true", "r_share false"}) {
		t.Errorf("what they are made of: %q", got)
	}
	// Blue has 7 people, red 5: 16 contacts each in the first week.
	if got := column(t, w.db, "select concat_ws(' ', team, round(value, 6)) from fct_customer_metric where metric = 'by_answer' and period_start = date '2025-03-03' order by 1"); !slices.Equal(got, []string{"blue 2.285714", "red 3.2"}) {
		t.Errorf("from released cells: %q", got)
	}
}

// Whatever a project's SQL tries, employees' rows and files are out of its reach: not because it was read well, but because the engine
// that runs it has nothing else.
func TestSandbox_HoldsNothingElse(t *testing.T) {
	in := small(t)
	w := build(t, in)
	secret := in.Files["answers"][0]
	s, err := w.sandbox(t.Context(), []string{"raw_run", "raw_contacts", "int_contacts__merged", "rel_dimension"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if got := column(t, s.db, "select table_name from duckdb_tables() order by 1"); !slices.Equal(got, []string{"int_contacts__merged", "raw_contacts", "raw_run", "rel_dimension"}) {
		t.Errorf("tables: %q", got)
	}
	if got := column(t, s.db, "select column_name from duckdb_columns() where column_name in ('agent', 'comment', 'person', 'respondent') and not internal"); len(got) > 0 {
		t.Errorf("columns: %q", got)
	}
	if got := column(t, s.db, "select count(*) from raw_contacts"); !slices.Equal(got, []string{"60"}) {
		t.Errorf("contacts: %q", got)
	}
	elsewhere := filepath.Join(t.TempDir(), "out.csv")
	for _, try := range []string{
		"select * from read_parquet('" + secret + "')",
		"select * from '" + secret + "'",
		"select * from read_text('" + secret + "')",
		"select * from glob('" + filepath.Dir(secret) + "/*')",
		"select * from stg_answers",
		"select * from cell_dimension",
		"attach '" + filepath.Join(in.Dir, "spill") + "/x.duckdb' as x",
		"copy (select 1) to '" + elsewhere + "'",
		"create table x as select 1",
		"insert into raw_contacts select * from raw_contacts",
		"set enable_external_access = true",
		"set lock_configuration = false",
		"load httpfs",
		"install httpfs",
		"export database '" + filepath.Dir(elsewhere) + "'",
	} {
		rows, err := s.db.QueryContext(t.Context(), try)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		if err == nil {
			t.Errorf("%s: nothing stopped it", try)
		}
	}
	if _, err := os.Stat(elsewhere); err == nil {
		t.Error("a file was written")
	}
}

func TestCheckSQL_SaysWhatIsWrong(t *testing.T) {
	bad := map[string]struct{ sql, want string }{
		"two":     {"select 1; select 2", "2 statements"},
		"change":  {"delete from int_contacts__merged", "no single SELECT"},
		"inside":  {"select team, period_start, 1 as value from stg_answers", "it reads stg_answers; open to it are"},
		"cells":   {"select team, period_start, 1 as value from cell_dimension", "it reads cell_dimension"},
		"marts":   {"select team, period_start, value from fct_customer_metric", "it reads fct_customer_metric"},
		"agents":  {"select agent as team, date '2025-03-03' as period_start, 1 as value from int_contacts__merged", "agent"},
		"hidden":  {"with stg_answers as (select 1 as x) select team, period_start, 1 as value from (select * from main.stg_answers)", "stg_answers"},
		"clock":   {"select team, current_date as period_start, 1 as value from int_contacts__attributed", "another result each time"},
		"now":     {"select team, cast(now() as date) as period_start, 1 as value from int_contacts__attributed", "another result each time"},
		"random":  {"select team, period_start, random() as value from int_contacts__attributed", "another result each time"},
		"sample":  {"select team, period_start, 1 as value from int_contacts__attributed using sample 10", "another result each time"},
		"lacking": {"select team, 1 as value from int_contacts__attributed", "needs team and period_start"},
		"neither": {"select team, period_start from int_contacts__attributed", "needs value, or numerator and denominator"},
		"more":    {"select team, period_start, 1 as value, customer from int_contacts__attributed", "it gives a column customer"},
		"column":  {"select team, period_start, wrong as value from int_contacts__attributed", "wrong"},
		"file":    {"select team, period_start, 1 as value from read_parquet('x.parquet')", "disabled"},
	}
	var text string
	for name, c := range bad {
		text += metric("own_"+name, c.sql)
	}
	good := metric("own_good", "select team, period_of(started_at, (select grain from raw_run), (select zone from raw_run)) as period_start, count(*) as value from int_contacts__attributed group by all")
	rules := []Rule{
		{Name: "fine", SQL: "select team from fct_customer_metric where value < -50"},
		{Name: "wrong", SQL: "select team from fct_customer_metrics"},
	}
	metrics, checks, err := CheckSQL(t.Context(), own(t, text+good), rules)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range bad {
		if got := metrics["own_"+name]; got == nil || !strings.Contains(got.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
	if metrics["own_good"] != nil || checks["fine"] != nil || checks["wrong"] == nil {
		t.Errorf("good: %v, rules: %v", metrics["own_good"], checks)
	}
}

// What only the rows show is said when they come: nothing of it is passed over.
func TestCustomMetric_RefusesWhatIsNoMetric(t *testing.T) {
	for name, c := range map[string]struct{ sql, want string }{
		"team of one":  {"select customer as team, period_start, count(*) as value from int_contacts__attributed group by all", "is no team or unit of the data"},
		"twice":        {"select team, period_start, 1 as value from int_contacts__attributed", "has two rows"},
		"mid-week":     {"select team, started_on as period_start, count(*) as value from int_contacts__attributed group by all", "no period begins on that day"},
		"no team":      {"select cast(null as varchar) as team, period_start, count(*) as value from int_contacts__attributed group by all", "without team or period_start"},
		"not a number": {"select team, period_start, cast('nan' as double) as value from int_contacts__attributed group by all", "no finite number"},
		"minus":        {"select team, period_start, 1 as value, -1 as n from int_contacts__attributed group by all", "not negative"},
	} {
		in := small(t)
		in.Catalog = own(t, metric("bad", c.sql))
		w, err := Build(t.Context(), in, keepFive)
		if err == nil {
			w.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "custom metric bad") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestRules_FindWhatMustNotBe(t *testing.T) {
	in := small(t)
	one, many, low := int64(1), int64(61), 3.0
	in.Rules = []Rule{
		{Name: "enough_contacts", Severity: Stop, Why: "w", Rows: &RowsRule{Of: "contacts", AtLeast: &many}},
		{Name: "enough_answers", Severity: Warn, Why: "w", Rows: &RowsRule{Of: "answers", AtLeast: &one}},
		{Name: "contacts_fresh", Severity: Warn, Why: "w", Fresh: &FreshRule{Of: "contacts", Hours: 24}},
		{Name: "one_contact_a_customer", Severity: Warn, Why: "w", Unique: &UniqueRule{Of: "contacts", By: []string{"customer"}}},
		{Name: "one_answer_a_person", Severity: Warn, Why: "w", Unique: &UniqueRule{Of: "answers", By: []string{"person"}}},
		{Name: "scores_valid", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "feedback", Field: "score", AtLeast: &low}},
		{Name: "reasons_known", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "contacts", Field: "reason", In: []string{"r0", "r1"}}},
		{Name: "channel_there", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "contacts", Field: "channel"}},
		{Name: "channel_may_lack", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "contacts", Field: "channel", Missing: true, In: []string{"phone"}}},
		{Name: "red_low", Severity: Warn, Why: "w", Fix: "f", SQL: "select team, period_start from fct_customer_metric where metric = 'nps' and team = 'red' order by period_start"},
	}
	if problems := CheckRules(in.Rules); len(problems) > 0 {
		t.Fatal(problems)
	}
	w := build(t, in)
	got := map[string]CheckResult{}
	for _, c := range w.Checks() {
		got[c.Name] = c
	}
	// 60 contacts of 7 customers; 12 people with 2 items in 2 weeks; answers (7 i) % 11 of 33: each of 0 to 10 three times, so 9 below 3; reasons r2: 20 of 60.
	// The last contact is 59 times 5 hours, 12 days and 7 hours, after Monday 3 March, 08:00; the rows came in on 1 July.
	for name, want := range map[string]struct {
		rows   int64
		sample string
	}{
		"contacts_fresh": {1, "latest_event 2025-03-15 15:00:00, latest_load 2025-07-01"}, "enough_contacts": {1, "row_count 60"}, "enough_answers": {0, ""}, "one_contact_a_customer": {53, "customer u0, row_count 9"}, "one_answer_a_person": {36, ""},
		"scores_valid": {9, "score 0, row_count 3"}, "reasons_known": {20, "reason r2, row_count 20"}, "channel_there": {60, "channel (none), row_count 60"}, "channel_may_lack": {0, ""},
		"red_low": {2, "team red, period_start 2025-03-03"},
	} {
		c := got[name]
		sample := ""
		if len(c.Sample) > 0 {
			sample = c.Sample[0]
		}
		if c.Rows != want.rows || sample != want.sample {
			t.Errorf("%s: %d rows, %q; want %d, %q", name, c.Rows, c.Sample, want.rows, want.sample)
		}
	}
	if !w.Stopped() {
		t.Error("a stop-check found something and nothing stopped")
	}
}

func TestCheckRules_SaysEverything(t *testing.T) {
	low := 1.0
	got := ""
	for _, p := range CheckRules([]Rule{
		{Name: "Bad name", Severity: "loud"},
		{Name: "fct_customer_metric", Severity: Warn, Why: "w", SQL: "select 1", Rows: &RowsRule{Of: "contacts"}},
		{Name: "a", Severity: Warn, Why: "w", Rows: &RowsRule{Of: "contact"}},
		{Name: "a", Severity: Warn, Why: "w", Fresh: &FreshRule{Of: "roster"}},
		{Name: "b", Severity: Warn, Why: "w", Unique: &UniqueRule{Of: "contacts", By: []string{"id"}}},
		{Name: "c", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "answers", Field: "value"}},
		{Name: "d", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "contacts", Field: "agent"}},
		{Name: "e", Severity: Warn, Why: "w", Valid: &ValidRule{Of: "contacts", Field: "reason", AtMost: &low}},
	}) {
		got += p.Path + ": " + p.Message + "\n"
	}
	want := `[0].name: "Bad name" is no name
[0].severity: severity "loud"
[0].why: is missing
[0]: 0 of sql, rows, fresh, unique and valid are set
[1].name: "fct_customer_metric" is the name of another check or relation
[1]: 2 of sql, rows, fresh, unique and valid are set
[2].rows.of: there is no dataset "contact"
[2].rows: no bound is set
[3].name: "a" is the name of another check or relation
[3].fresh.of: roster has no time of its events
[3].fresh.hours: 0 hours
[4].unique.by[0]: contacts has no field "id"
[5].valid.of: values of answers are not looked at: a count of them could be about one employee
[6].valid.field: agent is not looked at
[7].valid.field: reason is no number
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}
