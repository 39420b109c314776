package models_test

import (
	"encoding/json"
	"strings"
	"testing"

	"insideout/models"
)

func TestDatasets_AreWellFormed(t *testing.T) {
	want := "feedback contacts behaviours answers measures roster invitations crosswalk teams events"
	var names []string
	for _, s := range models.Datasets() {
		names = append(names, s.Name)
		if s.Grain == "" || s.Version < 1 || s.Side == "" {
			t.Errorf("%s lacks grain, version or side", s.Name)
		}
		seen := map[string]bool{}
		for _, f := range s.Fields {
			if seen[f.Name] || f.Doc == "" || strings.HasPrefix(f.Name, "_") {
				t.Errorf("%s.%s is named twice, without a meaning, or like a provenance column", s.Name, f.Name)
			}
			seen[f.Name] = true
			if f.Privacy != models.Open && f.Kind != models.Text {
				t.Errorf("%s.%s is personal and no text", s.Name, f.Name)
			}
		}
		for _, named := range []string{s.Time, s.Value, s.Scale} {
			if named != "" && s.Field(named) < 0 {
				t.Errorf("%s names the field %s, which it lacks", s.Name, named)
			}
		}
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("datasets are %s, want %s", got, want)
	}
	if models.Dataset("answers") == nil || models.Dataset("nothing") != nil {
		t.Error("Dataset does not find by name")
	}
}

func TestDatasets_EveryoneWhoWorksHereIsBehindAPseudonym(t *testing.T) {
	for _, s := range models.Datasets() {
		for _, f := range s.Fields {
			switch f.Name {
			case "person", "customer", "agent", "place":
				if f.Privacy != models.Pseudonym {
					t.Errorf("%s.%s is not a pseudonym", s.Name, f.Name)
				}
			case "comment":
				if f.Privacy != models.FreeText {
					t.Errorf("%s.%s is not marked as a person's own words", s.Name, f.Name)
				}
			}
		}
	}
}

func TestBatch_TruncateTakesAHalfMadeRowBack(t *testing.T) {
	s := models.Dataset("contacts")
	b := models.NewBatch(s, 2)
	id, handle, cost := s.Field("contact_id"), s.Field("handle_seconds"), s.Field("cost")
	for i := range 3 {
		row := b.Add(int64(10 + i))
		b.SetText(id, row, "c")
		b.SetInt(handle, row, 0)
		b.SetReal(cost, row, 1.5)
	}
	b.Truncate(1)
	row := b.Add(20)
	if b.Rows() != 2 || b.Columns[id].Valid[row] || b.Columns[id].Texts[row] != "" || b.Columns[handle].Valid[row] {
		t.Errorf("a new row remembers the one taken back: %+v", b.Columns[id])
	}
	if !b.Columns[handle].Valid[0] || b.Columns[handle].Ints[0] != 0 {
		t.Error("a zero is a value")
	}
	b.Reset()
	if b.Rows() != 0 {
		t.Errorf("%d rows after Reset", b.Rows())
	}
}

func TestRange_Check(t *testing.T) {
	good := models.Range{Stream: "t/0", First: 5, Next: 15, Loaded: 4, Rejected: 1, Filtered: 2, Control: 1, Missing: 2}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	bad := good
	bad.Loaded--
	if err := bad.Check(); err == nil || !strings.Contains(err.Error(), "9 accounted for, 10 read") {
		t.Errorf("got %v", err)
	}
}

func TestFinding_GradeIsComputed(t *testing.T) {
	ok := models.Estimate{OK: true}
	for _, c := range []struct {
		name string
		f    models.Finding
		want models.Grade
	}{
		{"refused", models.Finding{Within: ok, Q: .001, Refused: &models.Refusal{Code: "few_teams"}}, models.GradeNone},
		{"no estimate", models.Finding{Q: .001}, models.GradeNone},
		{"not tested", models.Finding{Within: ok, Q: models.None()}, models.GradeD},
		{"above the level", models.Finding{Within: ok, Q: .1001}, models.GradeD},
		{"at the level", models.Finding{Within: ok, Q: .10}, models.GradeC},
		{"far below it, no joint test yet", models.Finding{Within: ok, Q: 1e-9}, models.GradeC},
	} {
		if got := c.f.Grade(); got != c.want {
			t.Errorf("%s: grade %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFigure_UnknownIsNull(t *testing.T) {
	in := models.Estimate{OK: true, R: -0.25, SE: models.None()}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `"r":-0.25`) || !strings.Contains(string(b), `"se":null`) {
		t.Errorf("got %s", b)
	}
	var back models.Estimate
	if err := json.Unmarshal(b, &back); err != nil || back.SE.Known() || back.R != -.25 {
		t.Errorf("got %+v, %v", back, err)
	}
}
