package warehouse

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// reads returns the relations that a query reads, sorted, as the engine parses it: every base table of the tree, minus the
// names of its CTEs.
func reads(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	var text string
	if err := db.QueryRowContext(ctx, "select cast(json_serialize_sql(cast(? as varchar)) as varchar)", query).Scan(&text); err != nil {
		return nil, err
	}
	var tree struct {
		Error      bool   `json:"error"`
		Message    string `json:"error_message"`
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, fmt.Errorf("parse tree: %w", err)
	}
	if tree.Error {
		return nil, errors.New(tree.Message)
	}
	if len(tree.Statements) != 1 {
		return nil, fmt.Errorf("%d statements, want one SELECT", len(tree.Statements))
	}
	tables, ctes := map[string]bool{}, map[string]bool{}
	walk(tree.Statements[0], tables, ctes)
	var out []string
	for name := range tables {
		if !ctes[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

func walk(node any, tables, ctes map[string]bool) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			walk(child, tables, ctes)
		}
	case map[string]any:
		if n["type"] == "BASE_TABLE" {
			if name, ok := n["table_name"].(string); ok {
				tables[name] = true
			}
		}
		if m, ok := n["cte_map"].(map[string]any); ok {
			entries, _ := m["map"].([]any)
			for _, entry := range entries {
				if e, ok := entry.(map[string]any); ok {
					if name, ok := e["key"].(string); ok {
						ctes[name] = true
					}
				}
			}
		}
		for _, child := range n {
			walk(child, tables, ctes)
		}
	}
}
