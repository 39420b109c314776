// Package report turns one Report value into HTML for people, text for a terminal and JSON for programs. It reads
// nothing and computes nothing but layout: what is missing in the value is missing on the page, never made up. The
// look is the house's visual grammar: blue inside, orange outside, no estimate without its interval, refusals drawn as
// carefully as findings. Same value, same bytes.
package report

import "insideout/models"

// Report is everything that a run has to say. Slices come sorted as they are to be shown. A nil section means that this
// side was not part of the run, and the page says nothing about it.
type Report struct {
	Name    string       `json:"name"`    // company or project
	MadeUp  bool         `json:"made_up"` // label the page as a demonstration with invented numbers
	Grain   models.Grain `json:"grain"`
	Zone    string       `json:"zone"`
	From    string       `json:"from"` // first and last period, as Period.String
	To      string       `json:"to"`
	Periods int          `json:"periods"`
	Trust   Trust        `json:"trust"`
	Inside  *Inside      `json:"inside,omitempty"`
	Outside *Outside     `json:"outside,omitempty"`
	Link    *Link        `json:"link,omitempty"`
	Source  Provenance   `json:"provenance"`
}

// Trust is what the reader must know of the data before believing anything.
type Trust struct {
	Sources     []SourceTrust  `json:"sources"`
	Checks      []Check        `json:"checks"` // those that warn; a stop-check never gets here
	ChecksRun   int            `json:"checks_run"`
	TeamsBoth   int            `json:"teams_both"`  // units with both sides
	InsideOnly  []string       `json:"inside_only"` // units seen on one side only, by name
	OutsideOnly []string       `json:"outside_only"`
	Gaps        []models.Gap   `json:"gaps"`
	MinGroup    int            `json:"minimum_group"`
	CellsShown  int            `json:"cells_shown"`  // employee-side cells released
	CellsHidden int            `json:"cells_hidden"` // and withheld
	CellsSmall  int            `json:"cells_small"`  // of these, for resting on fewer than MinGroup people
	Notes       []models.Doubt `json:"notes"`        // short panel, closed before opened, censored windows, ...
	Coverage    []Coverage     `json:"coverage"`     // by period, in order; empty: no drawing of it
	Restated    *Restatement   `json:"restated,omitempty"`
}

// Restatement says how many numbers about customers, of periods before the last one published, read differently than they were
// published.
type Restatement struct {
	Numbers   int64     `json:"numbers"`
	Gone      int64     `json:"gone"`      // of these, there no more
	Added     int64     `json:"added"`     // not there before, in old periods
	Redefined int64     `json:"redefined"` // defined or computed otherwise
	From      string    `json:"from"`      // earliest period
	Headline  *Restated `json:"headline,omitempty"`
}

// Restated is one number of all teams that reads differently.
type Restated struct {
	Name      string        `json:"name"`
	Unit      string        `json:"unit"`
	Period    string        `json:"period"`
	Before    models.Figure `json:"before"`
	After     models.Figure `json:"after"`
	Rows      int64         `json:"rows"` // that came in since behind it
	Redefined bool          `json:"redefined"`
}

// Coverage is how many units have which side in one period. Inside and Outside count those with one side only.
type Coverage struct {
	Period  string `json:"period"`
	Index   int    `json:"index"` // periods since the first
	Both    int    `json:"both"`
	Inside  int    `json:"inside"`
	Outside int    `json:"outside"`
}

// SourceTrust is the account of one source.
type SourceTrust struct {
	Name     string `json:"name"`
	Dataset  string `json:"dataset"`
	Read     int64  `json:"read"` // = loaded + rejected + filtered + missing (+ control records)
	Loaded   int64  `json:"loaded"`
	Rejected int64  `json:"rejected"`
	Filtered int64  `json:"filtered"`
	Missing  int64  `json:"missing"`
	Control  int64  `json:"control"` // positions that hold no row: markers, aborted records, compacted offsets
	Records  int64  `json:"records"` // rows made from the loaded ones
}

// Check is one data check that found something.
type Check struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Text string `json:"text"`
	Fix  string `json:"fix"`
}

// Interval is a number with its 95 % interval and what it rests on.
type Interval struct {
	Value models.Figure `json:"value"`
	Low   models.Figure `json:"low"`
	High  models.Figure `json:"high"`
	N     int64         `json:"n"` // 0: not known
}

// Inside is the employee side: scores from 0 to 100.
type Inside struct {
	Waves      string      `json:"waves"`      // what the scores rest on, in words
	Dimensions []Dimension `json:"dimensions"` // best first
	Measures   []Metric    `json:"measures"`   // inside metrics that are no survey dimension
	Line       *Line       `json:"line,omitempty"`
	Gaps       []Gap       `json:"gaps,omitempty"` // leaders beside front line
}

// Line is the declared level that dimensions are read against, such as the average over the periods before. Without one
// the columns are ranked and nothing is said to stand above or beneath.
type Line struct {
	Value models.Figure `json:"value"`
	Words string        `json:"words"` // what it is: "the average over the 26 weeks before"
}

// Dimension is one survey dimension and the facets beneath its average.
type Dimension struct {
	ID       string   `json:"id"`
	Version  int      `json:"version"` // of its definition; 0: none given
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Own      bool     `json:"own"` // the project's own dimension, not one that the seeds name
	Score    Interval `json:"score"`
	RankLow  int      `json:"rank_low"` // rank as an interval: 1 to 2
	RankHigh int      `json:"rank_high"`
	Teams    int      `json:"teams"`
	Facets   []Facet  `json:"facets"`
}

// Facet is one question of a dimension.
type Facet struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"` // what it looks at, in a few words; empty: the question itself
	Text    string          `json:"text"` // the question
	Score   Interval        `json:"score"`
	SD      models.Figure   `json:"sd"`
	Shares  []models.Figure `json:"shares"`  // share of each step of the scale as it was answered, disagree to agree; may be empty
	Reverse bool            `json:"reverse"` // agreeing lowers the score
}

// Outside is the customer side.
type Outside struct {
	Metrics []Metric `json:"metrics"`
	Failure *Failure `json:"failure,omitempty"`
	Repeats *Repeats `json:"repeats,omitempty"`
}

// Metric is one measure over the whole window and by period.
type Metric struct {
	ID         string   `json:"id"`
	Version    int      `json:"version"`
	Name       string   `json:"name"`
	Unit       string   `json:"unit"`   // points, share, ...
	Higher     int      `json:"higher"` // +1 more is better, -1 less is
	Definition string   `json:"definition"`
	Overall    Interval `json:"overall"`
	Trend      []Point  `json:"trend"`
}

// Point is one period of a trend. A period without data is absent.
type Point struct {
	Period string `json:"period"`
	Index  int    `json:"index"` // periods since the first
	Interval
}

// Failure is failure demand by reason.
type Failure struct {
	Rate      Interval        `json:"rate"` // failure / (failure + value)
	Contacts  int64           `json:"contacts"`
	Unknown   models.Figure   `json:"unknown"` // share of contacts not classified
	Misrouted models.Figure   `json:"misrouted"`
	Reasons   []FailureReason `json:"reasons"` // all of them, most failure contacts first
}

// FailureReason is one row of the Pareto chart.
type FailureReason struct {
	Reason  string        `json:"reason"`
	Failure int64         `json:"failure"`
	Rate    Interval      `json:"rate"`  // within the reason
	Share   models.Figure `json:"share"` // of all failure contacts
	Running models.Figure `json:"running"`
}

// Repeats is repeat contact with its open end.
type Repeats struct {
	Key      string   `json:"key"`    // what makes two contacts the same matter
	Window   string   `json:"window"` // 30 days
	Rate     Interval `json:"rate"`   // over windows that are closed
	Contacts int64    `json:"contacts"`
	Repeat   int64    `json:"repeats"`
	NoKey    int64    `json:"without_key"`
	Censored int64    `json:"censored"` // contacts whose window is still open
}

// Link is both sides together.
type Link struct {
	Conditions    []Named           `json:"conditions"`
	Outcomes      []Named           `json:"outcomes"`
	Tested        int               `json:"tested"`
	Found         int               `json:"found"` // graded C or better
	ExpectedFalse models.Figure     `json:"expected_false"`
	FDR           models.Figure     `json:"fdr"` // level of the false-discovery control
	MaxLag        int               `json:"max_lag"`
	Teams         int               `json:"teams"`
	Weights       string            `json:"weights"`          // "precision", "none"
	Rounded       bool              `json:"rounded"`          // panel cells were rounded
	Findings      []FindingView     `json:"findings"`         // best grade first, then smallest q
	Verdicts      []models.Verdict  `json:"hypotheses"`       // registered before looking
	Across        []FindingView     `json:"across"`           // one place of contact with another
	Warnings      []models.Warning  `json:"warnings"`         // of known incidents
	Actions       []ActionView      `json:"actions"`          // studied by comparison
	Priorities    []models.Priority `json:"priorities"`       // where to look first, by outcome
	Levels        []models.Level    `json:"levels"`           // where each condition stands against its own past
	Relative      []models.Weights  `json:"relative_weights"` // relative weights of the conditions, by outcome
	Refusals      []models.Refusal  `json:"refusals"`         // of the run as a whole
}

// Named is a series with the words shown for it.
type Named struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Unit   string `json:"unit"`
	Higher int    `json:"higher"`
}

// FindingView is a finding with its grade and the points that its charts need.
type FindingView struct {
	models.Finding
	Grade         models.Grade `json:"grade"`
	ConditionName string       `json:"condition_name"`
	OutcomeName   string       `json:"outcome_name"`
	OutcomeUnit   string       `json:"outcome_unit"`
	OutcomeHigher int          `json:"outcome_higher"`
	Teams         []TeamPoint  `json:"teams"` // releasable teams, for the chart of within against between
}

// TeamPoint is one team's mean and its own slope.
type TeamPoint struct {
	Team  string        `json:"team"`
	X     models.Figure `json:"x"`
	Y     models.Figure `json:"y"`
	Slope models.Figure `json:"slope"`
	XLow  models.Figure `json:"x_low"` // range of the condition inside the team
	XHigh models.Figure `json:"x_high"`
}

// Provenance lets somebody else make the same report.
type Provenance struct {
	Version string `json:"version"` // of insideout
	Config  string `json:"config"`  // hash of the configuration
	Input   string `json:"input"`   // hash over the content of every committed file's rows, run ids and clocks left out
	SQL     string `json:"sql"`     // hash of the relations
	Spec    string `json:"spec"`    // hash of the analysis specification; seeds derive from it
	Catalog string `json:"catalog"` // hash of the catalogue
}
