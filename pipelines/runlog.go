package pipelines

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// CheckResult is one data check that found something.
type CheckResult struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Text string `json:"text"`
	Fix  string `json:"fix"`
}

// CheckError says that checks of severity stop failed. What was published before still stands.
type CheckError struct{ Failed []CheckResult }

func (e *CheckError) Error() string {
	lines := make([]string, len(e.Failed))
	for i, c := range e.Failed {
		lines[i] = fmt.Sprintf("%s: %s (%d rows) -> %s", c.Name, c.Text, c.Rows, c.Fix)
	}
	return "data checks failed, nothing was published:\n" + strings.Join(lines, "\n")
}

// OverLimitError says that the run finished and published, but sources rejected more rows than the configuration allows.
type OverLimitError struct {
	Sources []string
	Share   float64
}

func (e *OverLimitError) Error() string {
	return fmt.Sprintf("more than %g of the rows were rejected in %s", e.Share, strings.Join(e.Sources, ", "))
}

// Summary says in a sentence or two what the run did.
func (o *Outcome) Summary() string {
	var b strings.Builder
	var read, rejected, missing int64
	for _, p := range o.Pulled {
		read, rejected, missing = read+p.Read, rejected+p.Rejected, missing+p.Missing
	}
	if read == 0 {
		b.WriteString("nothing new was read")
	} else {
		fmt.Fprintf(&b, "%d %s read", read, plural(read, "row"))
		if rejected > 0 {
			fmt.Fprintf(&b, ", %d of them rejected (insideout status shows them)", rejected)
		}
		if missing > 0 {
			fmt.Fprintf(&b, ", %d lost at the source", missing)
		}
	}
	switch {
	case o.Changed && o.Tested == 0:
		b.WriteString("; published: no pair of a condition and an outcome could be tested")
	case o.Changed:
		fmt.Fprintf(&b, "; published: %d %s tested, %d found", o.Tested, plural(int64(o.Tested), "pair"), o.Found)
	case o.Published != nil:
		b.WriteString("; nothing changed, what stands published is up to date")
	default:
		b.WriteString("; this run published nothing")
	}
	return b.String()
}

func plural(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// runLog is the account of one run, one JSON file a run.
type runLog struct {
	Run      string    `json:"run_id"`
	Version  string    `json:"version"`
	Started  time.Time `json:"started_at"`
	Ended    time.Time `json:"ended_at"`
	OK       bool      `json:"ok"`
	Error    string    `json:"error,omitempty"`
	Config   string    `json:"config_sha256"`
	Sequence int64     `json:"lake_sequence"` // after the run
	Outcome  *Outcome  `json:"outcome"`
}

// writeRunLog keeps the account of a run that did something or failed; a run that found nothing new leaves no trace.
func writeRunLog(dir string, r *run, failed error) error {
	if failed == nil && r.out.Commits == 0 && !r.out.Changed {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	l := runLog{
		Run: r.RunID, Version: r.Version, Started: r.started, Ended: r.Now(), OK: failed == nil,
		Config: r.hash, Sequence: r.lake.Snapshot().Seq, Outcome: r.out,
	}
	if failed != nil && !errors.Is(failed, ErrStopped) {
		l.Error = failed.Error()
	}
	return writeJSON(filepath.Join(dir, r.RunID+".json"), l, 0o644)
}
