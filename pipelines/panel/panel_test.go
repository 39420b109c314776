package panel_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // the writer of real panels

	"insideout/models"
	"insideout/pipelines/panel"
)

// write makes a panel file as the warehouse does: DuckDB copies a relation.
func write(t *testing.T, rows string) string {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	path := filepath.Join(t.TempDir(), "panel.parquet")
	q := fmt.Sprintf(`copy (select unit::varchar as unit, period_start::date as period_start, series::varchar as series,
		side::varchar as side, kind::varchar as kind, version::int as version, value::double as value, n::double as n,
		se::double as se, facet_of::varchar as facet_of
		from (values %s) v(unit, period_start, series, side, kind, version, value, n, se, facet_of)) to '%s' (format parquet, compression zstd)`, rows, path)
	if _, err := db.Exec(q); err != nil {
		t.Fatal(err)
	}
	return path
}

var frame = panel.Frame{Grain: models.Week, Zone: "UTC", Describe: func(id string) models.Series { return models.Series{Name: "the " + id} }}

func TestRead_KeepsGapsAndUnknowns(t *testing.T) {
	path := write(t, `
		('b', '2025-01-06', 'nps',   'outside', 'nps', 1, 30, 12, 4.5, null),
		('a', '2025-01-20', 'nps',   'outside', 'nps', 1, -5, 20, 3.5, null),
		('a', '2025-01-06', 'flow',  'inside',  'dimension', 2, 0, null, null, null),
		('a', '2025-01-06', 'flow_1','inside',  'dimension', 2, 61, 9, 1.5, 'flow')`)
	p, err := panel.Read(context.Background(), path, frame)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(p.Teams, " ") != "a b" || p.First.String() != "2025-W02" || p.Periods != 3 || len(p.Series) != 3 {
		t.Fatalf("got %+v", p)
	}
	nps, flow, facet := p.Find("nps"), p.Find("flow"), p.Find("flow_1")
	if nps.Cells() != 2 || nps.Valid[1] || !nps.Valid[2] || nps.Value[2] != -5 || !nps.Valid[3] || nps.N[3] != 12 || nps.SE[3] != 4.5 {
		t.Errorf("nps is %+v", nps)
	}
	if !flow.Valid[0] || flow.Value[0] != 0 || flow.N[0] != 0 || !math.IsNaN(flow.SE[0]) || flow.Side != models.Inside || flow.Version != 2 || flow.Name != "the flow" {
		t.Errorf("flow is %+v", flow)
	}
	if !facet.IsFacet || facet.Dimension != "flow" {
		t.Errorf("facet is %+v", facet)
	}
}

func TestRead_Refuses(t *testing.T) {
	for name, c := range map[string]struct{ rows, want string }{
		"a cell twice":       {`('a','2025-01-06','x','inside','mean',1,1,1,1,null), ('a','2025-01-06','x','inside','mean',1,2,1,1,null)`, "two rows for x, a, 2025-W02"},
		"a day inside":       {`('a','2025-01-07','x','inside','mean',1,1,1,1,null)`, "2025-01-07 is not the start of a week"},
		"a cell of no value": {`('a','2025-01-06','x','inside','mean',1,null,1,1,null)`, "no unit, period_start, series or value"},
	} {
		if _, err := panel.Read(context.Background(), write(t, c.rows), frame); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestRead_Empty(t *testing.T) {
	path := write(t, `('a','2025-01-06','x','inside','mean',1,1,1,1,null)`)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	empty := filepath.Join(t.TempDir(), "empty.parquet")
	if _, err := db.Exec(fmt.Sprintf("copy (select * from read_parquet('%s') where false) to '%s' (format parquet)", path, empty)); err != nil {
		t.Fatal(err)
	}
	p, err := panel.Read(context.Background(), empty, frame)
	if err != nil || len(p.Teams) != 0 || p.Periods != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
}
