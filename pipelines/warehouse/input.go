package warehouse

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"insideout/models"
	"insideout/models/catalog"
)

// Input is what a workshop is built from.
type Input struct {
	Dir   string              // folder of the workshop; made with rights for the owner only, wiped by Close
	Files map[string][]string // dataset to its committed Parquet files, absolute paths; a dataset may be absent
	// CacheDir keeps derived rows of the customers' side between runs; "": every run builds everything. It is made with rights for the
	// owner only. Deleting it, whole, is always allowed and changes no row.
	CacheDir string
	Hashes   map[string]string // file to the hash of its content; needed for a cache, which knows files by it
	Catalog  *catalog.Catalog  // nil: the built-in one

	Grain models.Grain
	Zone  string    // business time zone, IANA name
	From  time.Time // first civil date of the analysis (its clock is ignored); zero: unbounded
	To    time.Time // first civil date after it; zero: unbounded

	MinGroup   int      // smallest number of respondents released; 0: that of Defaults. Not below models.FloorGroup
	ShuffleKey string   // secret that the order of comments is made with; may be empty
	RepeatKey  []string // fields of contacts that make two of them the same matter; empty: those of Defaults
	RepeatDays int      // window of a repeat [civil days]; 0: that of Defaults
	// RosterFirst lets the agent's team of the day count before the team that a customer's row names.
	RosterFirst bool
	Conditions  []string // series of the panel by id; empty: every one of the inside
	Outcomes    []string // empty: every one of the outside

	Threads  int // 0: as many as the process may use
	MemoryMB int // limit of the engine, beyond which it spills; 0: that of Defaults

	Keep Keep // which generations stay

	// Hold names employees' answers that are not to count yet. It is asked once, when int_answers__placed stands, and may read that; nil: none.
	Hold func(context.Context, *Workshop) ([]Held, error)
	// Audit looks at what the release step let out, before anything is made of it, and reports whether to decide again: whoever asks for that
	// has changed what the release step will say. nil: nobody looks.
	Audit func(context.Context, *Workshop) (again bool, err error)

	// Step, where given, is told of each step of the work as it begins (a relation, a check, a table published), and what it returns is
	// called as the step ends: who wants to know where the time goes can measure.
	Step func(name string) (done func())

	Rules []Rule // checks of the project's own

	// Published is the file of the generation that is published when this one is built, "" if none is: fct_restatement compares with it. Known are
	// the hashes of the files of datasets that Counts names which it was made from.
	Published string
	Known     []string
}

// Held is an answer of an employee that does not count yet.
type Held struct{ Response, Item string }

func (in *Input) step(name string) (done func()) {
	if in.Step == nil {
		return func() {}
	}
	return in.Step(name)
}

// Defaults are what stands for whatever an Input leaves open, but for the catalogue and the threads. A configuration begins with
// them too.
func Defaults() Input {
	return Input{MinGroup: models.DefaultGroup, RepeatKey: []string{"customer", "reason"}, RepeatDays: 7, MemoryMB: 2048, Keep: Keep{Newest: 3}}
}

// RepeatFields are the fields of contacts that a repeat key may be made of.
func RepeatFields() []string {
	return []string{"customer", "place", "team", "channel", "touchpoint", "segment", "reason"}
}

// Cell is one row of a cell_* relation that wants to be released. Its fields are those of release.Cell, so that one
// converts into the other without either package knowing the other.
type Cell struct {
	Relation string
	ID       int64
	Team     string
	Period   time.Time
	Series   string
	N        int64
	HasN     bool
	Public   bool
	Least    int64
	Slice    string
	Group    string
	Total    bool

	Family string
	Alike  int64
	Odd    int64
	Left   int64
}

// Verdict is the decision over one cell.
type Verdict struct {
	Shown  bool
	Reason string
}

// Release decides over cells: one verdict a cell, in the order of the cells. It is called once for each wave, see
// Workshop.release.
type Release func([]Cell) []Verdict

// withDefaults returns the input with every default written out, or every mistake.
func (in Input) withDefaults() (Input, error) {
	var bad []error
	fail := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }

	otherwise := Defaults()
	if in.Keep.Newest == 0 {
		in.Keep.Newest = otherwise.Keep.Newest
	}
	if in.Dir == "" {
		fail("workshop: no folder")
	} else if abs, err := filepath.Abs(in.Dir); err != nil {
		fail("workshop folder %s: %w", in.Dir, err)
	} else {
		in.Dir = abs
	}
	for name, files := range in.Files {
		if models.Dataset(name) == nil {
			fail("files of dataset %q, which is not known", name)
		}
		for _, f := range files {
			if !filepath.IsAbs(f) {
				fail("file %s of %s: not an absolute path", f, name)
			}
		}
	}
	if in.CacheDir != "" {
		if abs, err := filepath.Abs(in.CacheDir); err != nil {
			fail("cache folder %s: %w", in.CacheDir, err)
		} else {
			in.CacheDir = abs
		}
		for _, files := range in.Files {
			for _, f := range files {
				if in.Hashes[f] == "" {
					fail("file %s: a cache needs the hash of its content", f)
				}
			}
		}
	}
	if in.Catalog == nil {
		in.Catalog = catalog.Default()
	}
	if _, err := models.ParseGrain(string(in.Grain)); err != nil {
		bad = append(bad, err)
	}
	if in.Zone == "" || in.Zone == "Local" {
		fail("zone %q: name the business time zone, such as Europe/London", in.Zone)
	} else if _, err := time.LoadLocation(in.Zone); err != nil {
		fail("zone %q is not known: write an IANA name such as Europe/London", in.Zone)
	}
	if !in.From.IsZero() && !in.To.IsZero() && !in.From.Before(in.To) {
		fail("from %s is not before to %s", in.From.Format(time.DateOnly), in.To.Format(time.DateOnly))
	}
	if in.MinGroup == 0 {
		in.MinGroup = otherwise.MinGroup
	}
	if in.MinGroup < models.FloorGroup {
		fail("minimum group of %d: groups below %d are never released; write %d or more", in.MinGroup, models.FloorGroup, models.FloorGroup)
	}
	if len(in.RepeatKey) == 0 {
		in.RepeatKey = otherwise.RepeatKey
	}
	for i, f := range in.RepeatKey {
		if !slices.Contains(RepeatFields(), f) {
			fail("repeat key %q is none of %s", f, strings.Join(RepeatFields(), ", "))
		}
		if slices.Contains(in.RepeatKey[:i], f) {
			fail("repeat key %q is written twice", f)
		}
	}
	if in.RepeatDays == 0 {
		in.RepeatDays = otherwise.RepeatDays
	}
	if in.RepeatDays < 0 || in.RepeatDays > 3660 {
		fail("repeat window of %d days: write 1 to 3660", in.RepeatDays)
	}
	in.Conditions = in.series(in.Conditions, models.Inside, fail)
	in.Outcomes = in.series(in.Outcomes, models.Outside, fail)
	if in.Threads == 0 {
		in.Threads = runtime.GOMAXPROCS(0)
	}
	if in.MemoryMB == 0 {
		in.MemoryMB = otherwise.MemoryMB
	}
	if in.Threads < 0 || in.MemoryMB < 64 {
		fail("%d threads and %d MB: at least 1 and 64", in.Threads, in.MemoryMB)
	}
	return in, errors.Join(bad...)
}

func (in *Input) series(asked []string, side models.Side, fail func(string, ...any)) []string {
	if len(asked) == 0 {
		return in.Catalog.IDs(side)
	}
	for i, id := range asked {
		s, ok := in.Catalog.Series(id)
		switch {
		case !ok:
			fail("series %q is not in the catalogue; those of this side are %s", id, strings.Join(in.Catalog.IDs(side), ", "))
		case s.Kind == catalog.Facet:
			fail("series %q is an item of %s; items are described, not tested: ask for %s", id, s.Dimension, s.Dimension)
		case slices.Contains(asked[:i], id):
			fail("series %q is asked for twice", id)
		}
	}
	return asked
}
