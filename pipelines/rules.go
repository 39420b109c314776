package pipelines

import (
	"context"
	"fmt"

	"insideout/pipelines/warehouse"
)

// rules reports what is wrong with the project's own checks.
func (v *validator) rules() {
	for _, p := range warehouse.CheckRules(v.c.Checks) {
		v.add("checks"+p.Path, p.Message, p.Hint)
	}
}

// own tries the SQL that the project wrote itself, once everything else is well: custom metrics of the catalogue and checks.
func (v *validator) own() {
	if len(v.problems) > 0 {
		return
	}
	metrics, checks, err := warehouse.CheckSQL(context.Background(), v.c.catalog, v.c.Checks)
	if err != nil {
		v.add("checks", "the SQL of the project could not be tried: "+err.Error(), "")
		return
	}
	for _, m := range v.c.catalog.Metrics {
		if err := metrics[m.ID]; err != nil {
			v.add("catalog", fmt.Sprintf("the sql of metric %s: %v", m.ID, err), "correct it in the catalogue")
		}
	}
	for i, r := range v.c.Checks {
		if err := checks[r.Name]; err != nil {
			v.add(fmt.Sprintf("checks[%d].sql", i), err.Error(), "")
		}
	}
}
