package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"insideout/models"
)

// Group is one column by which a relation can be made in parts: its own column, and that of what it reads.
type Group struct{ Own, Read string }

// parseGroups reads the header line by: columns, or own = read where they are called differently.
func parseGroups(text string) []Group {
	var out []Group
	for _, part := range split(text) {
		own, read, renamed := strings.Cut(part, "=")
		own, read = strings.TrimSpace(own), strings.TrimSpace(read)
		if !renamed {
			read = own
		}
		out = append(out, Group{own, read})
	}
	return out
}

// sources is what a relation rests on, seen through views that are not kept.
type sources struct {
	parts []string    // datasets and relations with a by line: read group by group
	whole []string    // tables that are read as a whole
	views []*Relation // between them and the relation, in their order
}

// helper names a table that serves the cache during one run.
func helper(name string) string { return "delta." + ident(name) }

// isDataset reports whether the name is raw_<dataset>.
func isDataset(name string) bool {
	data, ok := strings.CutPrefix(name, "raw_")
	return ok && models.Dataset(data) != nil
}

// sourcesOf walks down from a relation to what it rests on. Parameters and catalogue are left out: another value of these is
// another cache.
func sourcesOf(r *Relation, byName map[string]*Relation) sources {
	var s sources
	seen := map[string]bool{}
	var walk func(r *Relation) bool
	walk = func(r *Relation) (inParts bool) {
		for _, name := range r.Reads {
			up := byName[name]
			switch {
			case isDataset(name), up != nil && len(up.By) > 0:
				inParts = true
				if !seen[name] {
					s.parts = append(s.parts, name)
				}
			case up != nil && up.Keep == "view":
				if seen[name] {
					inParts = inParts || slices.Contains(s.views, up)
					continue
				}
				if walk(up) {
					inParts = true
					s.views = append(s.views, up)
				}
			case up != nil || strings.HasPrefix(name, "rel_"):
				if !seen[name] {
					s.whole = append(s.whole, name)
				}
			}
			seen[name] = true
		}
		return inParts
	}
	walk(r)
	return s
}

// make brings a relation in the cache up to date and lets its name stand for it.
func (c *cache) make(ctx context.Context, r *Relation) error {
	s := sourcesOf(r, c.w.byName())
	whole, err := c.isWhole(ctx, r, s)
	if err != nil {
		return err
	}
	kept := cacheSchema + ident(r.Name)
	if whole {
		c.whole[r.Name] = true
		if err := c.exec(ctx, "drop table if exists "+kept, "create table "+kept+" as\n"+r.Query, c.named(r)); err != nil {
			return err
		}
		return c.noGroupMissing(ctx, r, kept)
	}
	if r.FromAll {
		c.touched[r.Name] = true
	} else if c.touched[r.Name], err = c.touch(ctx, r, s); err != nil {
		return err
	}
	if c.touched[r.Name] {
		if err := c.replace(ctx, r, s); err != nil {
			return err
		}
	}
	return c.exec(ctx, c.named(r))
}

// checkable is what the key of a relation has to be checked on: the rows that this run made, since those before were checked when
// they were made; "" if it made none.
func (c *cache) checkable(r *Relation) string {
	switch {
	case c == nil || len(r.By) == 0 || c.whole[r.Name]:
		return ident(r.Name)
	case c.touched[r.Name]:
		return helper("is_" + r.Name)
	}
	return ""
}

// doubt notes that a check which looks at what changed only has found something: the next run must not take it for checked.
func (c *cache) doubt(r *Relation, result CheckResult) {
	if c != nil && len(r.By) > 0 && result.Rows > 0 {
		c.suspect = true
	}
}

// query is the query of a check with a by line: over the groups that changed, since the others passed when they were made;
// "" if none did.
func (c *cache) query(ctx context.Context, r *Relation) (string, error) {
	if c == nil || len(r.By) == 0 {
		return r.Query, nil
	}
	s := sourcesOf(r, c.w.byName())
	whole, err := c.isWhole(ctx, r, s)
	if err != nil || whole {
		return r.Query, err
	}
	any, err := c.touch(ctx, r, s)
	if err != nil || !any {
		return "", err
	}
	return c.restrict(ctx, r, s)
}

func (c *cache) named(r *Relation) string {
	return "create view " + ident(r.Name) + " as select * from " + cacheSchema + ident(r.Name)
}

// isWhole decides whether a relation has to be made anew as a whole, and remembers what it read as a whole.
func (c *cache) isWhole(ctx context.Context, r *Relation, s sources) (bool, error) {
	whole := len(c.known) == 0
	if r.FromAll {
		return whole, nil
	}
	for _, name := range s.parts {
		whole = whole || c.whole[name]
	}
	for _, name := range s.whole {
		var print string
		err := c.w.db.QueryRowContext(ctx, fmt.Sprintf(
			"select coalesce(md5(string_agg(line, chr(10) order by line)), '') from (select cast(t as varchar) as line from %s as t)", ident(name))).Scan(&print)
		if err != nil {
			return false, err
		}
		key := r.Name + " " + name
		whole = whole || c.prints[key] != print
		c.prints[key] = print
	}
	return whole, nil
}

// touch collects the groups of a relation in which something that it reads changed, and reports whether there are any.
func (c *cache) touch(ctx context.Context, r *Relation, s sources) (bool, error) {
	var own, read []string
	for _, g := range r.By {
		own, read = append(own, ident(g.Own)), append(read, ident(g.Read)+" as "+ident(g.Own))
	}
	var from []string
	for _, name := range s.parts {
		if isDataset(name) {
			if files := c.fresh(strings.TrimPrefix(name, "raw_")); len(files) > 0 {
				from = append(from, "select "+strings.Join(read, ", ")+" from read_parquet("+literals(files)+", union_by_name = true)")
			}
		} else if c.changed[name] {
			for _, prefix := range []string{"old_", "new_"} {
				from = append(from, "select "+strings.Join(read, ", ")+" from "+helper(prefix+name))
			}
		}
	}
	if len(from) == 0 {
		return false, nil
	}
	touched := helper("touch_" + r.Name)
	err := c.exec(ctx, fmt.Sprintf("create table %s as select distinct %s from (\n%s\n) as q", touched, strings.Join(own, ", "), strings.Join(from, "\nunion all\n")))
	if err != nil {
		return false, err
	}
	var any bool
	err = c.w.db.QueryRowContext(ctx, "select count(*) > 0 from "+touched).Scan(&any)
	return any, err
}

// replace makes the touched groups of a relation anew and leaves old_<relation> and new_<relation>: the rows that went and came. Rows
// are different by their key, so they are compared as sets, which the engine does without sorting.
func (c *cache) replace(ctx context.Context, r *Relation, s sources) error {
	query, within, narrow := r.Query, "", " where"
	if !r.FromAll {
		var err error
		if query, err = c.restrict(ctx, r, s); err != nil {
			return err
		}
		within = " where " + c.within(r, "k", false)
		narrow = within + " and"
	}
	kept, before, after := cacheSchema+ident(r.Name), helper("old_"+r.Name), helper("new_"+r.Name)
	var same []string
	for _, k := range r.Key {
		same = append(same, fmt.Sprintf("o.%[1]s is not distinct from k.%[1]s", ident(k.Name)))
	}
	err := c.exec(ctx,
		"create table "+helper("was_"+r.Name)+" as select k.* from "+kept+" as k"+within,
		"create table "+helper("is_"+r.Name)+" as\n"+query,
		fmt.Sprintf("create table %s as select * from %s except select * from %s", before, helper("was_"+r.Name), helper("is_"+r.Name)),
		fmt.Sprintf("create table %s as select * from %s except select * from %s", after, helper("is_"+r.Name), helper("was_"+r.Name)),
		fmt.Sprintf("delete from %s as k%s exists (select 1 from %s as o where %s)", kept, narrow, before, strings.Join(same, " and ")),
		fmt.Sprintf("insert into %s select * from %s", kept, after),
		"drop table "+helper("was_"+r.Name),
	)
	if err != nil {
		return err
	}
	if err := c.noGroupMissing(ctx, r, after); err != nil {
		return err
	}
	var any bool
	err = c.w.db.QueryRowContext(ctx, fmt.Sprintf("select exists (select 1 from %s) or exists (select 1 from %s)", before, after)).Scan(&any)
	c.changed[r.Name] = any
	return err
}

// within is the condition that a row, of what the relation reads or of its own, is in a touched group.
func (c *cache) within(r *Relation, alias string, read bool) string {
	var on []string
	for _, g := range r.By {
		column := g.Own
		if read {
			column = g.Read
		}
		on = append(on, fmt.Sprintf("t.%s = %s.%s", ident(g.Own), alias, ident(column)))
	}
	return fmt.Sprintf("exists (select 1 from %s as t where %s)", helper("touch_"+r.Name), strings.Join(on, " and "))
}

// restrict is the query of a relation over the touched groups of what it rests on.
func (c *cache) restrict(ctx context.Context, r *Relation, s sources) (string, error) {
	var with []string
	for _, name := range s.parts {
		part, err := c.part(ctx, r, name)
		if err != nil {
			return "", err
		}
		with = append(with, fmt.Sprintf("%s as not materialized (select * from %s)", ident(name), helper(part)))
	}
	for _, v := range s.views {
		with = append(with, fmt.Sprintf("%s as (\n%s\n)", ident(v.Name), v.Query))
	}
	return "with " + strings.Join(with, ",\n") + "\nselect * from (\n" + r.Query + "\n) as q", nil
}

// part makes a table of the touched groups of a dataset or relation that is read, or finds that another reader of the same groups
// made it.
func (c *cache) part(ctx context.Context, r *Relation, name string) (string, error) {
	var columns, order []string
	for _, g := range r.By {
		columns, order = append(columns, "cast("+ident(g.Own)+" as varchar)"), append(order, ident(g.Own))
	}
	var groups string
	err := c.w.db.QueryRowContext(ctx, fmt.Sprintf("select md5(string_agg(concat_ws(chr(31), %s), chr(30) order by %s)) from %s",
		strings.Join(columns, ", "), strings.Join(order, ", "), helper("touch_"+r.Name))).Scan(&groups)
	if err != nil {
		return "", err
	}
	key := fmt.Sprintf("%s %v %s", name, r.By, groups)
	if have := c.parts[key]; have != "" {
		return have, nil
	}
	part := fmt.Sprintf("part_%d", len(c.parts))
	c.parts[key] = part
	return part, c.exec(ctx, fmt.Sprintf("create table %s as select d.* from %s as d where %s", helper(part), "main."+ident(name), c.within(r, "d", true)))
}

// noGroupMissing makes sure that every row has its group: one without could never be found again.
func (c *cache) noGroupMissing(ctx context.Context, r *Relation, table string) error {
	var lacking []string
	for _, g := range r.By {
		lacking = append(lacking, ident(g.Own)+" is null")
	}
	var n int64
	err := c.w.db.QueryRowContext(ctx, "select count(*) from "+table+" where "+strings.Join(lacking, " or ")).Scan(&n)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d rows lack a column of the header line by", n)
	}
	return err
}
