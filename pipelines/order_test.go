package pipelines_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"insideout/models"
	"insideout/pipelines/lake"
	"insideout/pipelines/warehouse"
)

// event is one row that a source delivers: a version of a contact, or an answer about it.
type event struct {
	contact int
	kind    int // opened, closed, corrected, answered
	at      time.Time
	arrives time.Time
}

const (
	opened = iota
	closed
	corrected
	answered
)

// events are those of n contacts over two years in the order in which they arrive: one in ten is up to 30 days late, one contact
// in twenty is corrected up to 60 days later, one row in fifty comes twice.
func events(n int) []event {
	draw := rand.New(rand.NewPCG(1, uint64(n)))
	var out []event
	add := func(contact, kind int, at time.Time) {
		e := event{contact: contact, kind: kind, at: at, arrives: at}
		if draw.IntN(10) == 0 {
			e.arrives = at.Add(time.Duration(draw.IntN(30*24*3600)) * time.Second)
		}
		out = append(out, e)
		if draw.IntN(50) == 0 {
			e.arrives = e.arrives.Add(time.Hour)
			out = append(out, e)
		}
	}
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(i) * (728 * 24 * time.Hour / time.Duration(n)))
		add(i, opened, at)
		add(i, closed, at.Add(time.Duration(60+draw.IntN(7200))*time.Second))
		if draw.IntN(20) == 0 {
			add(i, corrected, at.Add(24*time.Hour+time.Duration(draw.IntN(59*24*3600))*time.Second))
		}
		if draw.IntN(4) == 0 {
			add(i, answered, at.Add(3*time.Hour))
		}
	}
	slices.SortStableFunc(out, func(a, b event) int { return a.arrives.Compare(b.arrives) })
	return out
}

// deliver puts events into a delivery of one stream. What a row says depends on the event alone.
func deliver(all []event, first int64) *models.Delivery {
	contacts, feedback := models.NewBatch(models.Dataset("contacts"), len(all)), models.NewBatch(models.Dataset("feedback"), len(all))
	for i, e := range all {
		b := contacts
		if e.kind == answered {
			b = feedback
		}
		row := b.Add(first + int64(i))
		text := func(field, value string) { b.SetText(b.Schema.Field(field), row, value) }
		number := func(field string, value int) { b.SetInt(b.Schema.Field(field), row, int64(value)) }
		instant := func(field string) { b.SetInt(b.Schema.Field(field), row, e.at.UnixMicro()) }
		c := e.contact
		id, customer, team := "c"+strconv.Itoa(c), "u"+strconv.Itoa(c*7919%4001), "team-"+strconv.Itoa(c*31%12)
		if e.kind == answered {
			text("feedback_id", "f"+strconv.Itoa(c))
			text("metric", "nps")
			text("case_id", id)
			text("customer", customer)
			text("team", team)
			instant("answered_at")
			b.SetReal(b.Schema.Field("score"), row, float64(c*13%11))
			continue
		}
		text("contact_id", id)
		instant("updated_at")
		switch e.kind {
		case opened:
			instant("started_at")
			text("customer", customer)
			text("team", team)
			text("channel", []string{"phone", "chat", "mail"}[c%3])
			text("touchpoint", "touch-"+strconv.Itoa(c%4))
			text("segment", "segment-"+strconv.Itoa(c%5%3))
			text("reason", "area-"+strconv.Itoa(c%3)+"/reason-"+strconv.Itoa(c*17%5))
			if c%9 == 0 && c > 100 {
				text("previous_contact_id", "c"+strconv.Itoa(c-90))
			}
		case closed:
			instant("ended_at")
			text("demand", []string{"value", "failure", "misrouted", "unknown", "value"}[c%5])
			text("classified_by", "agent")
			text("outcome", []string{"resolved", "transferred"}[c%2])
			number("handle_seconds", 60+c%1800)
			number("queue_seconds", c%600)
			number("transfers", c%3)
		case corrected:
			text("reason", "area-9/reason-"+strconv.Itoa(c%4))
			text("demand", "failure")
			text("classified_by", "coder")
			text("team", "team-"+strconv.Itoa(c*37%12))
		}
	}
	return &models.Delivery{Source: "service", At: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Records: []*models.Batch{contacts, feedback},
		Range: models.Range{Stream: "service/0", First: first, Next: first + int64(len(all)), Loaded: int64(len(all)), Records: int64(len(all))}}
}

// loaded loads events into a lake in so many runs, builds a warehouse after each run that is named, from the cache of the run
// before if so wished, and returns what the last of them published: a hash over the sorted rows of every table.
func loaded(t *testing.T, all []event, runs int, cached bool, builds ...int) map[string]string {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	published := ""
	for run := 1; run <= runs; run++ {
		l, err := lake.Open(filepath.Join(dir, "lake"), lake.Options{RunID: fmt.Sprint("run-", run), Now: func() time.Time { return time.Date(2026, 2, 1, 0, 0, run, 0, time.UTC) }})
		if err != nil {
			t.Fatal(err)
		}
		first, next := (run-1)*len(all)/runs, run*len(all)/runs
		cycle := l.Begin()
		for ; first < next; first = min(first+50_000, next) {
			if err := cycle.Add(deliver(all[first:min(first+50_000, next)], int64(first))); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := cycle.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		snap := l.Snapshot()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(builds, run) {
			continue
		}
		in := warehouse.Input{Dir: filepath.Join(dir, "workshop"), Files: map[string][]string{}, Hashes: map[string]string{}, Grain: models.Week, Zone: "Europe/London", MemoryMB: 1024}
		if cached {
			in.CacheDir = filepath.Join(dir, "cache")
		}
		in.Published = published // and compared with it
		for _, d := range models.Datasets() {
			in.Files[d.Name] = snap.Paths(d.Name)
			for i, f := range snap.Files(d.Name) {
				in.Hashes[in.Files[d.Name][i]] = f.SHA256
			}
		}
		w, err := warehouse.Build(t.Context(), in, func(cells []warehouse.Cell) []warehouse.Verdict { return make([]warehouse.Verdict, len(cells)) })
		if err != nil {
			t.Fatal(err)
		}
		if published, err = w.Publish(t.Context(), out, fmt.Sprint("run-", run)); err != nil {
			t.Fatalf("%v: %+v", err, w.Checks())
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return tables(t, published)
}

// tables hashes the rows of every table of a published warehouse, each written out and sorted, but for the two that by their
// meaning tell how it differs from the generation before: they depend on what was published when, and nothing else may.
func tables(t *testing.T, file string) map[string]string {
	t.Helper()
	db, err := warehouse.OpenReadOnly(file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select table_name from duckdb_tables() where table_name not in ('fct_restatement', 'rpt_restatement') order by 1")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		var n int64
		var sum string
		err := db.QueryRow("select count(*), coalesce(md5(string_agg(line, chr(10) order by line)), '') from (select cast(t as varchar) as line from "+name+" as t)").Scan(&n, &sum)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = fmt.Sprintf("%d rows, %s", n, sum)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Contacts with corrections, late arrivals and rows that come twice give the same warehouse, row for row, whether loaded at once,
// in a hundred runs that each go on from the cache of the one before, or in another order. 20,000 contacts, or as many as
// INSIDEOUT_CONTACTS says:
//
//	INSIDEOUT_CONTACTS=1000000 go test -run AnyOrder -timeout 60m ./pipelines
func TestWarehouse_IsTheSameInAnyOrder(t *testing.T) {
	n, builds := 20_000, []int{30, 65, 99, 100}
	if text := os.Getenv("INSIDEOUT_CONTACTS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1000 {
			t.Fatalf("INSIDEOUT_CONTACTS=%s: write a number of contacts from 1000", text)
		}
		builds = []int{1, 20, 40, 60, 80, 90, 95, 98, 99, 100}
	}
	all := events(n)
	whole := loaded(t, all, 1, false, 1)
	if len(whole) < 60 {
		t.Fatalf("only %d tables were published", len(whole))
	}
	if diff := cmp.Diff(whole, loaded(t, all, 100, true, builds...)); diff != "" {
		t.Errorf("at once -, in a hundred runs +:\n%s", diff)
	}
	other := slices.Clone(all)
	rand.New(rand.NewPCG(2, 3)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
	if diff := cmp.Diff(whole, loaded(t, other, 7, false, 7)); diff != "" {
		t.Errorf("in their order -, in another +:\n%s", diff)
	}
}
