package panel_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"insideout/models"
	"insideout/pipelines/panel"
)

func columns(ids ...string) []panel.Column {
	var out []panel.Column
	for _, id := range ids {
		out = append(out, panel.Column{Series: models.Series{ID: id, Name: id}})
	}
	return out
}

const long = `team,period,series,value,n,se
B,2025-01-06,x,3.5,9,0.3
A,2025-01-20,x,4,,
A,2025-W03,y,-12.5,60,9.5
B,2025-01-20,y,NA,60,9.5
A,2025-01-06,z,1,,
`

const wide = "\ufeffteam,period,x,x_n,x_se,y,y_n,y_se,z\r\n" +
	"B,2025-01-06,3.5,9,0.3,,,,\r\n" +
	"A,2025-01-20,4,,,,60,,\r\n" +
	"A,2025-W03,,,,-12.5,60,9.5,\r\n" +
	"B,2025-01-20,,,,NA,60,9.5,\r\n" +
	"A,2025-01-06,,,,,,,1\r\n"

func TestReadCSV_LongAndWideAreOnePanel(t *testing.T) {
	for name, text := range map[string]string{"long": long, "wide": wide} {
		t.Run(name, func(t *testing.T) {
			p, ignored, err := panel.ReadCSV(strings.NewReader(text), models.Week, columns("x", "y"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(ignored, []string{"z"}) {
				t.Errorf("ignored %v", ignored)
			}
			if !slices.Equal(p.Teams, []string{"A", "B"}) || p.Periods != 3 || p.First.String() != "2025-W02" {
				t.Fatalf("teams %v, %d periods from %s", p.Teams, p.Periods, p.First)
			}
			x, y := p.Find("x"), p.Find("y")
			// A: weeks 2, 3, 4, then B.
			if !slices.Equal(x.Valid, []bool{false, false, true, true, false, false}) || !slices.Equal(x.Value, []float64{0, 0, 4, 3.5, 0, 0}) {
				t.Errorf("x %v %v", x.Value, x.Valid)
			}
			if !slices.Equal(y.Valid, []bool{false, true, false, false, false, false}) || y.Value[1] != -12.5 || y.N[1] != 60 || y.SE[1] != 9.5 {
				t.Errorf("y %v %v %v %v", y.Value, y.Valid, y.N, y.SE)
			}
			if x.N[3] != 9 || x.SE[3] != .3 || x.N[2] != 0 || !math.IsNaN(x.SE[2]) {
				t.Errorf("n %v, se %v", x.N, x.SE)
			}
		})
	}
}

func TestReadCSV_NamedCompanionsAndSpreadOfOneAnswer(t *testing.T) {
	c := columns("x", "w")
	c[0].N, c[0].SD = "people", .9
	c[1].N, c[1].SE = "people", "doubt"
	p, _, err := panel.ReadCSV(strings.NewReader("unit,period_start,x,w,people,doubt\nT,0,3,1,9,.5\nT,1,3,1,,.5\n"), models.Month, c)
	if err != nil {
		t.Fatal(err)
	}
	x, w := p.Find("x"), p.Find("w")
	if math.Abs(x.SE[0]-.3) > 1e-15 || !math.IsNaN(x.SE[1]) || w.SE[1] != .5 || w.N[0] != 9 {
		t.Errorf("se %v and %v", x.SE, w.SE)
	}
}

func TestReadCSV_Periods(t *testing.T) {
	for _, c := range []struct {
		grain models.Grain
		text  string
		want  string // "" for none
	}{
		{models.Day, "2024-02-29", "2024-02-29"},
		{models.Day, "2023-02-29", ""},
		{models.Week, "2024-12-30", "2025-W01"},
		{models.Week, "2025-01-01", ""}, // a Wednesday
		{models.Week, "2020-W53", "2020-W53"},
		{models.Week, "2025-W53", ""},
		{models.Week, "2025-W1", ""},
		{models.Month, "2025-02", "2025-02"},
		{models.Month, "2025-02-01", "2025-02"},
		{models.Month, "2025-13", ""},
		{models.Quarter, "2025-Q4", "2025-Q4"},
		{models.Quarter, "2025-Q5", ""},
		{models.Quarter, "2025-02-01", ""},
		{models.Year, "1999", "1999"},
		{models.Year, "1999x", ""},
	} {
		p, _, err := panel.ReadCSV(strings.NewReader("team,period,x\nT,"+c.text+",1\n"), c.grain, columns("x"))
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s %q is read as %s", c.grain, c.text, p.First)
		case c.want != "" && (err != nil || p.First.String() != c.want || p.Periods != 1):
			t.Errorf("%s %q: %v, %v", c.grain, c.text, p, err)
		}
	}
	p, _, err := panel.ReadCSV(strings.NewReader("team,period,x\nT,-1,1\nT,2,1\n"), models.Week, columns("x"))
	if err != nil || p.Periods != 4 {
		t.Errorf("counted periods: %v, %v", p, err)
	}
}

func TestReadCSV_TellsEveryMistake(t *testing.T) {
	_, _, err := panel.ReadCSV(strings.NewReader(`team,period,x,x_se
A,0,1,0.1
A,0,2,0.1
A,1,many,0.1
A,2,1,-1
A,2025-01-06,1,0
,3,1,0
A,4,1
A,5,Inf,0
A,90000000,1,0
`), models.Week, columns("x"))
	ps, ok := errors.AsType[panel.Problems](err)
	if !ok {
		t.Fatal(err)
	}
	want := []string{"3 second value", "4 no finite", "5 below zero", "6 some periods are dates", "7 team is empty", "8 wrong number of fields", "9 no finite", "10 periods from others"}
	if len(ps) != len(want) {
		t.Fatalf("%d problems:\n%v", len(ps), ps)
	}
	for i, p := range ps {
		line, part, _ := strings.Cut(want[i], " ")
		if fmt.Sprint(p.Line) != line || !strings.Contains(p.Message, part) || p.Hint == "" {
			t.Errorf("%+v, want %s", p, want[i])
		}
	}
}

func TestReadCSV_Headers(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "no header",
		"x,y\n":                      "no column team",
		"team,x\n":                   "no column period",
		"team,period,x,x\nA,1,1,1\n": "both called",
	} {
		if _, _, err := panel.ReadCSV(strings.NewReader(text), models.Week, columns("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	p, _, err := panel.ReadCSV(strings.NewReader("team,period,x\n"), models.Week, columns("x"))
	if err != nil || len(p.Teams) != 0 {
		t.Errorf("a file without rows: %v, %v", p, err)
	}
}
