package warehouse

import (
	"path/filepath"
	"strings"
	"testing"

	"insideout/models"
	sqlfiles "insideout/sql"
)

// Every example runs against a published warehouse, says what it answers, and gives its rows an order.
func TestExamples_Run(t *testing.T) {
	w := build(t, small(t))
	out := t.TempDir()
	if err := w.WriteConclusions(t.Context(), &models.Conclusions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Publish(t.Context(), out, "1"); err != nil {
		t.Fatal(err)
	}
	db, err := OpenReadOnly(filepath.Join(out, Link))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := sqlfiles.Examples()
	if len(all) < 5 {
		t.Errorf("%d examples: some are lost", len(all))
	}
	for _, e := range all {
		if !strings.HasSuffix(e.Question, "?") || !strings.HasPrefix(e.Query, "-- question: ") {
			t.Errorf("%s does not say what it answers", e.Name)
		}
		if !strings.Contains(e.Query, "order by") {
			t.Errorf("%s has no order", e.Name)
		}
		rows, err := db.Query(e.Query)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		rows.Close()
	}
}
