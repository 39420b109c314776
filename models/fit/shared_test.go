package fit

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"insideout/models"
)

// sharedDir finds the reference material that lies beside the repository and is never part of it.
func sharedDir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("INSIDEOUT_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if info, err := os.Stat(filepath.Join(dir, "shared", "golden")); err == nil && info.IsDir() {
			return filepath.Join(dir, "shared")
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("reference data not found: set INSIDEOUT_SHARED to the folder that holds golden and data")
		}
		dir = up
	}
}

// table is a CSV file by column. Empty and NA are missing.
type table struct {
	header []string
	text   map[string][]string
	rows   int
}

func readTable(t testing.TB, file string) *table {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	tab := &table{header: records[0], text: map[string][]string{}, rows: len(records) - 1}
	for i, name := range tab.header {
		for _, r := range records[1:] {
			tab.text[name] = append(tab.text[name], r[i])
		}
	}
	return tab
}

// numbers gives a column as floats, missing as NaN.
func (tab *table) numbers(t testing.TB, name string) []float64 {
	t.Helper()
	text, ok := tab.text[name]
	if !ok {
		t.Fatalf("no column %q in %v", name, tab.header)
	}
	out := make([]float64, len(text))
	for i, s := range text {
		if s == "" || s == "NA" {
			out[i] = math.NaN()
			continue
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("column %s, row %d: %v", name, i+1, err)
		}
		out[i] = v
	}
	return out
}

// complete keeps the rows in which every named column is present.
func complete(columns ...[]float64) [][]float64 {
	out := make([][]float64, len(columns))
	for i := range columns[0] {
		if slices.ContainsFunc(columns, func(c []float64) bool { return math.IsNaN(c[i]) }) {
			continue
		}
		for k, c := range columns {
			out[k] = append(out[k], c[i])
		}
	}
	return out
}

// panelOf builds a yearly panel from long columns: the first ids are conditions, the last is the outcome. Standard errors are unknown.
func panelOf(t testing.TB, team []string, period []float64, ids []string, columns ...[]float64) *models.Panel {
	t.Helper()
	names := slices.Clone(team)
	slices.Sort(names)
	names = slices.Compact(names)
	first, last := int(slices.Min(period)), int(slices.Max(period))
	p := &models.Panel{Grain: models.Year, Zone: "UTC", Teams: names, First: models.Period{Grain: models.Year, Index: first - 1970}, Periods: last - first + 1}
	for k, id := range ids {
		s := newSeries(id, models.Inside, len(names)*p.Periods)
		if k == len(ids)-1 {
			s.Side = models.Outside
		}
		for i, v := range columns[k] {
			if math.IsNaN(v) {
				continue
			}
			g, _ := slices.BinarySearch(names, team[i])
			c := g*p.Periods + int(period[i]) - first
			s.Value[c], s.Valid[c] = v, true
		}
		p.Series = append(p.Series, s)
	}
	return p
}

func newSeries(id string, side models.Side, cells int) models.Series {
	s := models.Series{ID: id, Name: id, Side: side, Kind: "mean", Value: make([]float64, cells), N: make([]float64, cells), SE: make([]float64, cells), Valid: make([]bool, cells)}
	for i := range s.SE {
		s.SE[i] = math.NaN()
	}
	return s
}
