package warehouse

import "strings"

// literal writes text as an SQL string. DuckDB knows no escapes inside single quotes but the doubled quote; NUL
// cannot be in a name of a file and ends nothing here either.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ident writes a name as a quoted identifier.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// literals writes a list of strings.
func literals(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = literal(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// idents writes names, parted by commas.
func idents(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = ident(s)
	}
	return strings.Join(quoted, ", ")
}
