package warehouse

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"insideout/models"
	"insideout/models/catalog"
)

// realData returns the folder of published data, which is not part of the repository, or skips the test.
func realData(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("INSIDEOUT_SHARED"); dir != "" {
		return filepath.Join(dir, "data")
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for up := filepath.Dir(dir); up != dir; dir, up = up, filepath.Dir(up) {
		data := filepath.Join(up, "shared", "data")
		if _, err := os.Stat(data); err == nil {
			return data
		}
	}
	t.Skip("SKIPPED: the published data sets are not here; INSIDEOUT_SHARED names the folder that holds data/")
	return ""
}

// calm is the catalogue in which every contact stands for itself: two neighbours who report the same thing were not passed on.
func calm(t *testing.T) *catalog.Catalog {
	t.Helper()
	over, problems := catalog.Load("catalog.yaml", []byte("version: 1\ncontacts: {transfer_minutes: 0}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c, err := catalog.Default().Merge(over)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Boston, 311 requests of 2015, each case as an opened and a closed event. The expected figures are those of the data's own
// description: 121,145 cases in 150 queues, 197 closed before they were opened, 19,873 still open, 17.9 % of cases with a place
// repeating the same type at the same place within 30 days (10,836 have no place, counted with a CSV reader).
func TestReal_Boston(t *testing.T) {
	cases := "read_csv(" + literal(filepath.Join(realData(t), "boston_311_2015", "raw", "*.csv")) + ", all_varchar = true, delim = ',', quote = '\"', escape = '\"', header = true)"
	instant := func(column string) string {
		return "cast(try_strptime(" + column + ", '%m/%d/%Y %I:%M:%S %p') as timestamp) at time zone 'America/New_York' at time zone 'UTC'"
	}
	in := Input{
		Dir: filepath.Join(t.TempDir(), "workshop"), Grain: models.Week, Zone: "America/New_York", RepeatKey: []string{"reason", "place"}, RepeatDays: 30,
		Catalog: calm(t), Threads: 2, Files: map[string][]string{"contacts": {
			// closings first, so that every opening arrives late
			parquet(t, "contacts", "select CASE_ENQUIRY_ID as contact_id, "+instant("CLOSED_DT")+" as updated_at, "+instant("CLOSED_DT")+
				" as ended_at from "+cases+" where CLOSED_DT is not null"),
			parquet(t, "contacts", "select CASE_ENQUIRY_ID as contact_id, "+instant("OPEN_DT")+" as updated_at, "+instant("OPEN_DT")+
				" as started_at, QUEUE as team, TYPE as reason, Location as place from "+cases),
		}},
	}
	w := build(t, in)
	if w.Stopped() {
		t.Errorf("stopped: %+v", w.Checks())
	}
	for _, tc := range []struct{ query, want string }{
		{"select contacts, without_key from rpt_repeat", "121145, 10836"},
		{"select count(*) from dim_team", "150"},
		{"select n from rpt_flags where code = 'closed_before_opened'", "197"},
		{"select count(*) from int_contacts__attributed where ended_at is null", "19873"},
		{"select count(*) from int_contacts__attributed where is_closed_before_opened and ended_at is not null", "197"},
		{"select round(100.0 * repeats / (contacts - without_key), 1) from rpt_repeat", "17.9"},
		{"select sum(contacts) = 121145 and sum(censored) = max(r) from fct_repeat_contact cross join (select censored as r from rpt_repeat)", "true"},
		// the last starts are of 31 December: windows of 30 days that begin on 1 December or later are open
		{"select count(distinct period_start) from fct_repeat_contact where is_provisional", "5"},
		{"select min(period_start) from fct_repeat_contact where is_provisional", "2015-11-30"},
		{"select contacts - without_key - censored = closed from rpt_repeat", "true"},
	} {
		if got := tableOf(t, w, tc.query); !slices.Equal(got, []string{tc.want}) {
			t.Errorf("%s: got %v, want %s", tc.query, got, tc.want)
		}
	}
}

// NHS staff survey, hospital mortality and waiting in A&E. The expected correlations, without weights, were computed with
// pandas over the published files: recommend as a workplace against mortality -0.217 over 1,072 trust-years and -0.258 between
// 144 trusts; against the share seen within four hours, all departments, calendar years, 0.311 over 521 and 0.398 between
// 135.
func TestReal_NHS(t *testing.T) {
	data := realData(t)
	staff := "read_csv(" + literal(filepath.Join(data, "nhs_staff_inpatient_2012_2019", "data.NHS.2012_2019.csv")) + ", nullstr = 'NA')"
	waiting := "read_csv(" + literal(filepath.Join(data, "nhs_ae_attendances", "ae_attendances.csv")) + ", types = {'type': 'VARCHAR'})"
	year := "make_timestamp(cast(\"Year.Index\" as bigint), 1, 1, 0, 0, 0.0)"
	own, problems := catalog.Load("nhs.yaml", []byte(`
version: 1
metrics:
  - {id: recommend_work, name: Recommend, side: inside, kind: measure_mean, measure: recommend_work, public: true, direction: higher, unit: points, definition: As published.}
  - {id: shmi, name: Mortality, side: outside, kind: measure_mean, measure: shmi, direction: lower, unit: ratio, definition: As published.}
  - {id: in_time, name: Within four hours, side: outside, kind: measure_ratio, numerator: breaches, denominator: attendances, complement: true, direction: higher, unit: share, definition: Share.}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	cat, err := catalog.Default().Merge(own)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{
		Dir: filepath.Join(t.TempDir(), "workshop"), Grain: models.Year, Zone: "Europe/London", Threads: 2, Catalog: cat,
		Conditions: []string{"recommend_work"}, Outcomes: []string{"shmi", "in_time"},
		Files: map[string][]string{"measures": {
			parquet(t, "measures", `select Code as unit, `+year+` as measured_at, 'recommend_work' as measure, "RecommendWork.Index" as value, Responses as n from `+staff+` where "RecommendWork.Index" is not null`),
			parquet(t, "measures", `select Code as unit, `+year+` as measured_at, 'shmi' as measure, "SHMI.Index" as value from `+staff+` where "SHMI.Index" is not null`),
			parquet(t, "measures", "select org_code as unit, cast(period as timestamp) at time zone 'Europe/London' at time zone 'UTC' as measured_at, measure, type as part, value from (unpivot (select period, org_code, type, attendances, breaches from "+waiting+") on attendances, breaches into name measure value value)"),
		}},
	}
	w := build(t, in)
	if w.Stopped() {
		t.Errorf("stopped: %+v", w.Checks())
	}
	pairs := func(outcome string) string {
		return "(select unit, c.value as x, o.value as y from (select * from fct_panel where series = 'recommend_work') as c inner join (select * from fct_panel where series = '" + outcome + "') as o using (unit, period_start))"
	}
	for _, tc := range []struct{ query, want string }{
		{"select count(*), round(corr(x, y), 3) from " + pairs("shmi"), "1072, -0.217"},
		{"select count(*), round(corr(x, y), 3) from (select avg(x) as x, avg(y) as y from " + pairs("shmi") + " group by unit)", "144, -0.258"},
		{"select count(*), round(corr(x, y), 3) from " + pairs("in_time"), "521, 0.311"},
		{"select count(*), round(corr(x, y), 3) from (select avg(x) as x, avg(y) as y from " + pairs("in_time") + " group by unit)", "135, 0.398"},
		// a single published value comes through bit by bit
		{"select count(*) from fct_panel as p where series = 'shmi' and unit = 'R1F' and period_start = date '2012-01-01' and value = 1.0769", "1"},
	} {
		if got := tableOf(t, w, tc.query); !slices.Equal(got, []string{tc.want}) {
			t.Errorf("%s: got %v, want %s", tc.query, got, tc.want)
		}
	}
}
