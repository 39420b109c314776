package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"insideout/models"
)

// looksFile is the ledger of looks, beside what is published. To look again and again until something shows is a search as well. The rule: a pair
// that is first seen in a later look stays an early sign until the next look sees it again. A look is a last period of the data for one question; publishing
// the same period again, with late rows, is the same look. A ledger that is deleted starts again at the first look.
const looksFile = "looks.json"

// look is one look at a question.
type look struct {
	End  string   `json:"end"`  // last period of the panel
	Seen []string `json:"seen"` // pairs graded C or better, as condition/outcome
}

// ledger holds the looks of every question that was ever published here, by the hash of its specification, in order.
type ledger map[string][]look

func readLooks(out string) (ledger, error) {
	b, err := os.ReadFile(filepath.Join(out, looksFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ledger{}, nil
	}
	if err != nil {
		return nil, err
	}
	l := ledger{}
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("read %s: %w; delete it to begin again at the first look", filepath.Join(out, looksFile), err)
	}
	return l, nil
}

// enter writes down a look that ends with the period, in the findings and in the ledger, and returns its number. Looks at later periods are dropped: the
// data were cut back to before them.
func (l ledger) enter(spec, end string, findings []models.Finding) int {
	before := slices.DeleteFunc(slices.Clone(l[spec]), func(x look) bool { return x.End >= end })
	now := look{End: end, Seen: []string{}}
	number := len(before) + 1
	for i := range findings {
		f := &findings[i]
		pair := f.Condition + "/" + f.Outcome
		f.Look = number
		f.Again = number > 1 && slices.Contains(before[number-2].Seen, pair)
		if f.Seen() {
			now.Seen = append(now.Seen, pair)
		}
	}
	l[spec] = append(before, now)
	return number
}
