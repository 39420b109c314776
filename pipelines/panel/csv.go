package panel

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"insideout/models"
)

// Column describes one series to take from a CSV file.
type Column struct {
	models.Series         // ID, name, side and whatever is known; no cells
	N, SE         string  // wide files: the columns with answers and standard errors; "" means the id with _n and _se behind it, if there
	SD            float64 // of one answer: where a cell has no standard error of its own it is SD over the root of its n; 0 if unknown
}

// Problem is one mistake in a CSV file.
type Problem struct {
	Line    int
	Message string
	Hint    string
}

// Problems are the mistakes of a CSV file, in its order.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return strings.Join(lines, "\n")
}

const (
	maxProblems = 20         // a person mends these and tries again
	maxCells    = 40_000_000 // of one series; more is a period misread
)

// ReadCSV makes a panel of a CSV file with a header, long or wide:
//
//	team,period,series,value[,n,se]           one row a cell
//	team,period,SERIES...[,SERIES_n,SERIES_se] one row a team and period, one column a series
//
// unit and period_start are read as team and period, so that panel.parquet written as CSV is a long file. A period is a date
// on which a period of the grain begins, its own notation (2025-W11, 2025-03, 2025-Q1, 2025), or a whole number that counts
// periods from anywhere; a file keeps to dates or to numbers. An empty cell, NA, NaN or null is missing; missing stays
// missing and is never zero. Columns and series that are not asked for are left alone and named in ignored.
//
// Mistakes come back as Problems, as many as a person can mend in one go.
func ReadCSV(in io.Reader, grain models.Grain, columns []Column) (p *models.Panel, ignored []string, err error) {
	r := &csvReader{grain: grain, ignored: map[string]bool{}, at: map[cellKey]int{}, first: math.MaxInt, last: math.MinInt}
	for i := range columns {
		r.series = append(r.series, csvSeries{column: columns[i]})
	}
	buffered := bufio.NewReader(in)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3) // just peeked
	}
	r.csv = csv.NewReader(buffered)
	r.csv.ReuseRecord = true
	if err := r.read(); err != nil {
		return nil, nil, err
	}
	for name := range r.ignored {
		ignored = append(ignored, name)
	}
	slices.Sort(ignored)
	if len(r.problems) > 0 {
		return nil, ignored, r.problems
	}
	return r.panel(), ignored, nil
}

type csvReader struct {
	csv      *csv.Reader
	grain    models.Grain
	series   []csvSeries
	ignored  map[string]bool
	problems Problems

	head         []string
	team, period int // columns
	id           int // column with the series, long files only
	long         bool
	at           map[cellKey]int // line of each cell seen
	teams        map[string]int
	counted      bool // periods are numbers
	dated        bool
	first, last  int
}

// csvSeries is a series on its way into the panel.
type csvSeries struct {
	column       Column
	value, n, se int // columns; -1: none
	cells        []csvCell
	found        bool
}

type csvCell struct {
	team, period int
	value, n, se float64
}

type cellKey struct{ team, period, series int }

func (r *csvReader) read() error {
	r.teams = map[string]int{}
	if !r.header() {
		return nil
	}
	for len(r.problems) < maxProblems {
		record, err := r.csv.Read()
		if err == io.EOF {
			return nil
		}
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			r.problem(e.Line, e.Err.Error(), "a row has as many fields as the header; a text with a comma stands in quotes")
			if e.Err != csv.ErrFieldCount { // what follows a broken quote is not worth reading
				return nil
			}
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.csv.FieldPos(0)
		r.row(line, record)
	}
	return nil
}

func (r *csvReader) problem(line int, message, hint string) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{line, message, hint})
	}
}

// header finds the columns. It reports false where the file cannot be read on.
func (r *csvReader) header() bool {
	record, err := r.csv.Read()
	if err != nil {
		r.problem(1, "there is no header", "the first line names the columns: team,period,series,value or team,period and one column a series")
		return false
	}
	r.head = slices.Clone(record)
	for i := range r.head {
		r.head[i] = strings.TrimSpace(r.head[i])
		if j := slices.Index(r.head[:i], r.head[i]); j >= 0 {
			r.problem(1, fmt.Sprintf("columns %d and %d are both called %q", j+1, i+1, r.head[i]), "give each column its own name")
		}
	}
	find := func(names ...string) int {
		return slices.IndexFunc(r.head, func(h string) bool { return slices.Contains(names, h) })
	}
	if r.team = find("team", "unit"); r.team < 0 {
		r.problem(1, "there is no column team", "the header is "+strings.Join(r.head, ","))
	}
	if r.period = find("period", "period_start"); r.period < 0 {
		r.problem(1, "there is no column period", "the header is "+strings.Join(r.head, ","))
	}
	value := find("value")
	r.id = find("series")
	r.long = r.id >= 0 && value >= 0
	used := map[int]bool{r.team: true, r.period: true}
	for i := range r.series {
		s := &r.series[i]
		if r.long {
			s.value, s.n, s.se = value, find("n"), find("se")
			continue
		}
		s.value = find(s.column.ID)
		s.found = s.value >= 0
		s.n, s.se = r.companion(s.column.N, s.column.ID+"_n"), r.companion(s.column.SE, s.column.ID+"_se")
		used[s.value], used[s.n], used[s.se] = true, true, true
	}
	if !r.long {
		for i, h := range r.head {
			if !used[i] {
				r.ignored[h] = true
			}
		}
	}
	return len(r.problems) == 0
}

// companion finds the column with answers or standard errors: one that was named must be there.
func (r *csvReader) companion(named, usual string) int {
	if named == "" {
		return slices.Index(r.head, usual)
	}
	at := slices.Index(r.head, named)
	if at < 0 {
		r.problem(1, fmt.Sprintf("there is no column %q", named), "the header is "+strings.Join(r.head, ","))
	}
	return at
}

func (r *csvReader) row(line int, record []string) {
	name := strings.TrimSpace(record[r.team])
	if name == "" {
		r.problem(line, "the team is empty", "every row names its team")
		return
	}
	period, ok := r.parsePeriod(line, strings.TrimSpace(record[r.period]))
	if !ok {
		return
	}
	team, known := r.teams[name]
	if !known {
		team = len(r.teams)
		r.teams[name] = team
	}
	if first, last := min(r.first, period), max(r.last, period); (last-first+1)*len(r.teams) > maxCells {
		r.problem(line, fmt.Sprintf("period %s is %d periods from others", record[r.period], last-first), "periods of one panel lie close to each other; a gap costs memory")
		return
	}
	r.first, r.last = min(r.first, period), max(r.last, period)
	if !r.long {
		for i := range r.series {
			if r.series[i].found {
				r.cell(line, record, i, team, period)
			}
		}
		return
	}
	id := strings.TrimSpace(record[r.id])
	i := slices.IndexFunc(r.series, func(s csvSeries) bool { return s.column.ID == id })
	if i < 0 {
		r.ignored[id] = true
		return
	}
	r.series[i].found = true
	r.cell(line, record, i, team, period)
}

// cell takes one value in.
func (r *csvReader) cell(line int, record []string, series, team, period int) {
	s := &r.series[series]
	key := cellKey{team, period, series}
	if before, twice := r.at[key]; twice {
		r.problem(line, fmt.Sprintf("%s has a second value for this team and period; the first is in line %d", s.column.ID, before), "one value a team, period and series; nothing is averaged in silence")
		return
	}
	r.at[key] = line
	c := csvCell{team: team, period: period}
	var ok [3]bool
	c.value, ok[0] = r.number(line, record, s.value, false)
	c.n, ok[1] = r.number(line, record, s.n, true)
	c.se, ok[2] = r.number(line, record, s.se, true)
	if ok != [3]bool{true, true, true} || math.IsNaN(c.value) {
		return
	}
	if math.IsNaN(c.n) {
		c.n = 0
	}
	if math.IsNaN(c.se) && s.column.SD > 0 && c.n > 0 {
		c.se = s.column.SD / math.Sqrt(c.n)
	}
	s.cells = append(s.cells, c)
}

// number reads a field, NaN where it is missing or there is no such column.
func (r *csvReader) number(line int, record []string, column int, positive bool) (float64, bool) {
	if column < 0 {
		return math.NaN(), true
	}
	text := strings.TrimSpace(record[column])
	switch text {
	case "", "NA", "NaN", "nan", "null", "NULL":
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsInf(v, 0) || math.IsNaN(v):
		r.problem(line, fmt.Sprintf("%s is %q, which is no finite number", r.head[column], text), "numbers have a decimal point; leave the field empty where there is none")
		return 0, false
	case positive && v < 0:
		r.problem(line, fmt.Sprintf("%s is %s, below zero", r.head[column], text), "a number of answers or a standard error")
		return 0, false
	}
	return v, true
}

// parsePeriod gives the index of a period.
func (r *csvReader) parsePeriod(line int, text string) (int, bool) {
	n, err := strconv.Atoi(text)
	counted := err == nil && r.grain != models.Year
	index, ok := n, counted
	if !counted {
		index, ok = periodNamed(r.grain, text)
	}
	switch {
	case !ok:
		r.problem(line, fmt.Sprintf("%q does not begin or name a %s", text, r.grain), "such as "+examples[r.grain]+", or a whole number that counts periods")
		return 0, false
	case counted && r.dated || !counted && r.counted:
		r.problem(line, fmt.Sprintf("%q: some periods are dates and some are numbers", text), "keep to one of them")
		return 0, false
	}
	r.counted, r.dated = r.counted || counted, r.dated || !counted
	return index, true
}

// panel lays the cells out.
func (r *csvReader) panel() *models.Panel {
	p := &models.Panel{Grain: r.grain, Zone: "UTC"}
	if len(r.teams) == 0 {
		return p
	}
	order := make([]int, len(r.teams)) // by number of appearance: place in the panel
	numbers := map[string]int{}
	for name := range r.teams {
		numbers[name] = 0
	}
	p.Teams = index(numbers)
	for name, k := range r.teams {
		order[k] = numbers[name]
	}
	p.First, p.Periods = models.Period{Grain: r.grain, Index: r.first}, r.last-r.first+1
	size := len(p.Teams) * p.Periods
	for _, s := range r.series {
		if !s.found {
			continue
		}
		out := s.column.Series
		out.Value, out.N, out.SE, out.Valid = make([]float64, size), make([]float64, size), make([]float64, size), make([]bool, size)
		for i := range out.SE {
			out.SE[i] = math.NaN()
		}
		for _, c := range s.cells {
			at := order[c.team]*p.Periods + c.period - r.first
			out.Value[at], out.N[at], out.SE[at], out.Valid[at] = c.value, c.n, c.se, true
		}
		p.Series = append(p.Series, out)
	}
	return p
}
