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
	kept := r.kept()
	if whole {
		c.whole[r.Name] = true
		create := "create table " + kept + " as\n" + r.Query
		if r.isShelved() {
			create = written(r, shelf+".main.", r.Query)
		}
		if err := c.exec(ctx, "drop table if exists "+kept, create, c.named(r)); err != nil {
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
		replace := c.compare
		if !r.FromAll && c.isReadAlike(r) {
			replace = c.overwrite
		}
		if err := replace(ctx, r, s); err != nil {
			return err
		}
	}
	return c.exec(ctx, c.named(r))
}

// kept is where a relation is kept: marts on the shelf, from which they are published, the others in the cache.
func (r *Relation) kept() string {
	if r.isShelved() {
		return shelf + ".main." + ident(r.Name)
	}
	return cacheSchema + ident(r.Name)
}

// isReadAlike reports whether all that is kept of what reads a relation is made in the very groups of the relation: nobody then asks which
// rows of a group differ.
func (c *cache) isReadAlike(r *Relation) bool {
	for _, reader := range c.w.relations {
		if len(reader.By) == 0 || reader.FromAll || !slices.Contains(sourcesOf(reader, c.w.byName()).parts, r.Name) {
			continue
		}
		if !slices.EqualFunc(reader.By, r.By, func(its, own Group) bool { return its.Read == own.Own }) {
			return false
		}
	}
	return true
}

// overwrite makes the touched groups of a relation anew, as is_<relation>, and puts them in the place of what was there.
func (c *cache) overwrite(ctx context.Context, r *Relation, s sources) error {
	query, err := c.restrict(ctx, r, s)
	if err != nil {
		return err
	}
	is, kept := helper("is_"+r.Name), r.kept()
	now := "select * from " + is
	if r.isShelved() {
		now = r.sorted(now)
	}
	if err := c.exec(ctx, "create table "+is+" as\n"+query, "delete from "+kept+" as k where "+c.within(r, "k", false), "insert into "+kept+"\n"+now); err != nil {
		return err
	}
	c.changed[r.Name], c.plain[r.Name] = true, true
	c.offer(r)
	return c.noGroupMissing(ctx, r, is)
}

// offer lets those who read a relation in the groups in which it was just made anew have these rows, and not look for them again.
func (c *cache) offer(r *Relation) {
	if !slices.ContainsFunc(r.By, func(g Group) bool { return g.Own != g.Read }) {
		c.parts[r.Name+" in "+c.sets[r.Name]] = "is_" + r.Name
	}
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
	return "create view " + ident(r.Name) + " as select * from " + r.kept()
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

// touch collects the groups of a relation in which something that it reads changed, and reports whether there are any. Where a set of
// earlier relations holds them all it serves, else one that holds both: to make a group too many is right and cheap, and the rows in the
// groups of a set, once found, serve all that share it.
func (c *cache) touch(ctx context.Context, r *Relation, s sources) (bool, error) {
	var read, reads, columns, known, same []string
	for i, g := range r.By {
		column := fmt.Sprint("g", i)
		reads, columns = append(reads, g.Read), append(columns, column)
		read, known = append(read, ident(g.Read)+" as "+column), append(known, column+" is not null")
		same = append(same, fmt.Sprintf("w.%[1]s = t.%[1]s", column))
	}
	var from []string
	for _, name := range s.parts {
		if isDataset(name) {
			if files := c.fresh(strings.TrimPrefix(name, "raw_")); len(files) > 0 {
				from = append(from, "select "+strings.Join(read, ", ")+" from read_parquet("+literals(files)+", union_by_name = true)")
			}
		} else if c.plain[name] {
			from = append(from, "select * from "+helper(c.sets[name]))
		} else if c.changed[name] {
			for _, prefix := range []string{"old_", "new_"} {
				from = append(from, "select "+strings.Join(read, ", ")+" from "+helper(prefix+name))
			}
		}
	}
	if len(from) == 0 {
		return false, nil
	}
	set, of := "touch_"+r.Name, strings.Join(reads, ", ")
	c.sets[r.Name] = set
	err := c.exec(ctx, fmt.Sprintf("create table %s as select distinct %s from (\n%s\n) as q where %s", helper(set), strings.Join(columns, ", "),
		strings.Join(from, "\nunion all\n"), strings.Join(known, " and ")))
	if err != nil {
		return false, err
	}
	widest := c.widest[of]
	n, beyond := 0, "0"
	if widest != "" {
		beyond = fmt.Sprintf("(select count(*) from %s as t where not exists (select 1 from %s as w where %s))", helper(set), helper(widest), strings.Join(same, " and "))
	}
	var more int
	if err := c.w.db.QueryRowContext(ctx, "select count(*), "+beyond+" from "+helper(set)).Scan(&n, &more); err != nil || n == 0 {
		return false, err
	}
	switch {
	case widest == "":
	case more == 0:
		c.sets[r.Name] = widest
		return true, nil
	default:
		err = c.exec(ctx, fmt.Sprintf("insert into %s select * from %s as w where not exists (select 1 from %s as t where %s)", helper(set), helper(widest), helper(set), strings.Join(same, " and ")))
	}
	c.widest[of] = set
	return true, err
}

// compare makes the touched groups of a relation anew and leaves old_<relation> and new_<relation>: the rows that went and came. Rows
// are different by their key, so they are compared as sets, which the engine does without sorting.
func (c *cache) compare(ctx context.Context, r *Relation, s sources) error {
	query, within := r.Query, ""
	if !r.FromAll {
		var err error
		if query, err = c.restrict(ctx, r, s); err != nil {
			return err
		}
		within = " where " + c.within(r, "k", false)
	}
	kept, was, before, after := r.kept(), helper("was_"+r.Name), helper("old_"+r.Name), helper("new_"+r.Name)
	var same []string
	for _, k := range r.Key {
		same = append(same, fmt.Sprintf("o.%[1]s is not distinct from k.%[1]s", ident(k.Name)))
	}
	const row = "\"row of it\""
	err := c.exec(ctx,
		"create table "+was+" as select k.rowid as "+row+", k.* from "+kept+" as k"+within,
		"create table "+helper("is_"+r.Name)+" as\n"+query,
		fmt.Sprintf("create table %s as select * exclude (%s) from %s except select * from %s", before, row, was, helper("is_"+r.Name)),
		fmt.Sprintf("create table %s as select * from %s except select * exclude (%s) from %s", after, helper("is_"+r.Name), row, was),
		fmt.Sprintf("delete from %s where rowid in (select k.%s from %s as k where exists (select 1 from %s as o where %s))", kept, row, was, before, strings.Join(same, " and ")),
		fmt.Sprintf("insert into %s select * from %s", kept, after),
		"drop table "+was,
	)
	if err != nil {
		return err
	}
	if !r.FromAll {
		c.offer(r)
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
	for i, g := range r.By {
		column := g.Own
		if read {
			column = g.Read
		}
		on = append(on, fmt.Sprintf("t.g%d = %s.%s", i, alias, ident(column)))
	}
	return fmt.Sprintf("exists (select 1 from %s as t where %s)", helper(c.sets[r.Name]), strings.Join(on, " and "))
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

// part makes a table of the touched groups of a dataset or relation that is read, or finds that there is one.
func (c *cache) part(ctx context.Context, r *Relation, name string) (string, error) {
	key := name + " in " + c.sets[r.Name]
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
