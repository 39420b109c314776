package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"insideout/models/catalog"
	sqlfiles "insideout/sql"
)

// CheckSQL tries the SQL of custom metrics and of rules, which have passed CheckRules, over relations without rows, each in the engine
// that holds only what it may read. It returns what is wrong with the metrics, by id, and with the rules, by name.
func CheckSQL(ctx context.Context, c *catalog.Catalog, rules []Rule) (metrics, checks map[string]error, err error) {
	metrics, checks = map[string]error{}, map[string]error{}
	relations, problems := loadRelations(sqlfiles.Files)
	if len(problems) > 0 {
		return nil, nil, problems[0]
	}
	list := customs(c)
	if len(list) == 0 && !slices.ContainsFunc(rules, func(r Rule) bool { return r.SQL != "" }) {
		return metrics, checks, nil
	}
	w, err := empty(ctx, sqlfiles.Files, relations)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, m := range list {
		try := func(s *sandbox) error {
			_, err := s.give(ctx, m)
			return err
		}
		if err := w.try(ctx, m.SQL, false, try); err != nil {
			metrics[m.ID] = err
		}
	}
	for i := range rules {
		r := &rules[i]
		if r.SQL == "" {
			continue
		}
		try := func(s *sandbox) error {
			_, err := describe(ctx, s.db, "select * from (\n"+r.SQL+"\n) as q")
			return err
		}
		if err := w.try(ctx, r.SQL, true, try); err != nil {
			checks[r.Name] = err
		}
	}
	return metrics, checks, nil
}

func (w *Workshop) try(ctx context.Context, query string, withMarts bool, with func(s *sandbox) error) (err error) {
	read, err := w.mayRead(ctx, query, withMarts)
	if err != nil {
		return err
	}
	s, err := w.sandbox(ctx, slices.Compact(slices.Sorted(slices.Values(append(read, "raw_run")))))
	if err != nil {
		return fmt.Errorf("make the sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return with(s)
}
