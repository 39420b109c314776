package report

import (
	"encoding/json"
	"io"
)

// JSON writes the report as one value: the Report itself with its statements beside it, so that a program reads the same words
// as a person. A figure that was not computed is null. What is read back into a Report is the same report.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		*Report
		Statements []Statement `json:"statements,omitempty"`
	}{r, r.Statements()})
}

// MarshalJSON leaves out when a gap was noticed: it is a fact of the run, not of the data, and would make two reports of
// the same data differ.
func (t Trust) MarshalJSON() ([]byte, error) {
	type gap struct {
		Stream string `json:"stream"`
		From   int64  `json:"from"`
		To     int64  `json:"to"` // exclusive
		Reason string `json:"reason"`
	}
	type plain Trust
	gaps := make([]gap, len(t.Gaps))
	for i, g := range t.Gaps {
		gaps[i] = gap{g.Stream, g.From, g.To, g.Reason}
	}
	return json.Marshal(struct {
		plain
		Gaps []gap `json:"gaps"`
	}{plain(t), gaps})
}
