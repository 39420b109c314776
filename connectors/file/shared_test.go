package file

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"insideout/connectors"
	"insideout/models"
)

// shared finds a folder of real data that nobody on this project wrote, or skips aloud.
func shared(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("INSIDEOUT_SHARED")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "shared", "data")); err == nil {
				root = filepath.Join(dir, "shared")
				break
			}
		}
	}
	at := filepath.Join(root, "data", name)
	if _, err := os.Stat(at); root == "" || err != nil {
		t.Skipf("the real data %s are not on this machine; set INSIDEOUT_SHARED to the folder that holds data/", name)
	}
	return at
}

// total is what a pull brought.
type total struct {
	files                              int
	rows, loaded, records, bad, filter int64
	codes                              map[string]int
	sum                                map[string]float64 // of score or value, by metric, item or measure
	first                              models.Reject
}

func gather(t *testing.T, s *Source, from models.Positions) (total, error) {
	t.Helper()
	sum := total{codes: map[string]int{}, sum: map[string]float64{}}
	err := s.Pull(t.Context(), from, func(_ context.Context, d *models.Delivery) error {
		if err := d.Range.Check(); err != nil {
			t.Error(err)
		}
		if d.Range.Done {
			sum.files++
		}
		sum.rows += d.Range.Next - d.Range.First
		sum.loaded += d.Range.Loaded
		sum.records += d.Range.Records
		sum.bad += d.Range.Rejected
		sum.filter += d.Range.Filtered
		for _, r := range d.Rejects {
			if len(sum.codes) == 0 {
				sum.first = r
			}
			sum.codes[r.Code]++
		}
		for _, b := range d.Records {
			if b.Schema.Value == "" {
				continue
			}
			value, name := b.Columns[b.Schema.Field(b.Schema.Value)], b.Columns[b.Schema.Field(b.Schema.Scale)]
			for i := range b.Rows() {
				sum.sum[name.Texts[i]] += value.Reals[i]
			}
		}
		return nil
	})
	return sum, err
}

func source(t *testing.T, c Config, base string, m connectors.Mapping) *Source {
	t.Helper()
	b, err := connectors.NewBinder(m, connectors.BinderOptions{Null: c.Nulls(), Pseudonym: func(raw []byte) string { return string(raw) }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New("test", c, base, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func constant(s string) connectors.Rule { return connectors.Rule{Value: &s} }
func place(s string) connectors.Rule    { return connectors.Rule{From: connectors.Places{s}} }

// The counts are those of the data's own description, the sums were added up with Python's csv module.

func TestReal_Boston(t *testing.T) {
	dir := shared(t, "boston_311_2015")
	layout := "01/02/2006 03:04:05 PM"
	got, err := gather(t, source(t, Config{Path: "raw"}, dir, connectors.Mapping{
		To: "contacts",
		Map: map[string]connectors.Rule{
			"contact_id": place("CASE_ENQUIRY_ID"),
			"updated_at": {From: connectors.Places{"OPEN_DT"}, Time: layout, Zone: "America/New_York"},
			"started_at": {From: connectors.Places{"OPEN_DT"}, Time: layout, Zone: "America/New_York"},
			"ended_at":   {From: connectors.Places{"CLOSED_DT"}, Time: layout, Zone: "America/New_York"},
			"team":       place("QUEUE"), "reason": place("TYPE"), "place": place("Location"),
		},
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.files != 158 || got.loaded != 121145 || got.bad != 0 {
		t.Errorf("%d files, %d cases, %d rejects %v, first %+v; want 158, 121145, 0", got.files, got.loaded, got.bad, got.codes, got.first)
	}
}

func TestReal_NHS(t *testing.T) {
	dir := shared(t, "nhs_staff_inpatient_2012_2019")
	c := Config{Path: "data.NHS.2012_2019.csv", Null: []string{"", "NA"}}
	got, err := gather(t, source(t, c, dir, connectors.Mapping{
		To:  "measures",
		Map: map[string]connectors.Rule{"unit": place("Code"), "measured_at": {From: connectors.Places{"Year.Index"}, Time: "2006", Zone: "Europe/London"}},
		Each: []map[string]connectors.Rule{
			{"measure": constant("shmi"), "value": place("SHMI.Index")},
			{"measure": constant("recommend_work"), "value": place("RecommendWork.Index")},
		},
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.rows != 1084 || got.bad != 0 {
		t.Errorf("%d rows, %d rejects %v, first %+v; want 1084 and 0", got.rows, got.bad, got.codes, got.first)
	}
	if got.records != 1084+1072 || math.Abs(got.sum["shmi"]-1086.7813) > 1e-9 {
		t.Errorf("%d records, SHMI sums to %v; want 1084 + 1072 and 1086.7813", got.records, got.sum["shmi"])
	}

	ae, err := gather(t, source(t, Config{Path: "ae_attendances.csv"}, shared(t, "nhs_ae_attendances"), connectors.Mapping{
		To:  "measures",
		Map: map[string]connectors.Rule{"unit": place("org_code"), "part": place("type"), "measured_at": {From: connectors.Places{"period"}, Time: "2006-01-02", Zone: "Europe/London"}},
		Each: []map[string]connectors.Rule{
			{"measure": constant("attendances"), "value": place("attendances")},
			{"measure": constant("breaches"), "value": place("breaches")},
		},
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if ae.sum["attendances"] != 72019402 || ae.sum["breaches"] != 8295237 {
		t.Errorf("sums %v, want 72019402 attendances and 8295237 breaches", ae.sum)
	}
	if ae.rows != 12765 || ae.records != 2*12765 || ae.bad != 0 {
		t.Errorf("%d rows, %d records, %d rejects %v; want 12765, twice that, 0", ae.rows, ae.records, ae.bad, ae.codes)
	}
}
