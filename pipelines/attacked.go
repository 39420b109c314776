package pipelines

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"insideout/pipelines/release"
	"insideout/pipelines/warehouse"
)

// publishedQuery lists every number about employees' scores that a generation shows, in the shape of sumsQuery.
const publishedQuery = `
select period_start, dimension, 'team' as kind, team as a, '' as b, dimension as series, n from fct_condition
union all select period_start, dimension, 'team', team, '', item, n from fct_facet
union all select period_start, dimension, 'deviation', team, '', item, n from fct_facet_deviation
union all select week_start, item, 'team', team, '', item, n from fct_pulse
union all
select g.period_start, coalesce(i.dimension, g.series), 'group', g.attribute, g.group_value, g.series, g.n
from fct_group as g
left join dim_item as i on i.item = g.series and g.kind = 'facet'
union all
select t.period_start, coalesce(i.dimension, t.series), 'total', t.attribute, '', t.series, t.n
from fct_group_total as t
left join dim_item as i on i.item = t.series and t.kind = 'facet'
order by all`

// Attacked is what came out of attacking a published generation with everything that was ever published.
type Attacked struct {
	Generation   string           `json:"generation"`
	MinGroup     int              `json:"min_group"`
	Numbers      int              `json:"numbers"`      // about employees' scores that the generation shows
	Publications int              `json:"publications"` // in the ledger
	Equations    int              `json:"equations"`    // what these told of the same answers, each thing once
	Sets         int              `json:"sets"`         // of people whom nothing published tells apart
	Rank         int              `json:"rank"`         // equations that say something of their own
	Tried        int              `json:"tried"`        // sets of too few people that were tried
	Exposed      int              `json:"exposed"`      // of which something follows
	Narrow       int              `json:"narrow"`       // answers of which the numbers leave less than a fifth of the scale open
	Exact        int              `json:"exact"`        // parts of the equations of which intervals were found by linear programming
	ByRule       int              `json:"by_rule"`      // parts too large for that
	Unrecorded   int              `json:"unrecorded"`   // numbers that the ledger does not know, so that nobody knows what they give away
	Decisions    map[string]int64 `json:"decisions"`    // cells by what was decided over them
	Encrypted    bool             `json:"encrypted"`
}

// Audit attacks a published generation, "" for the present one, with everything that the ledger says was ever published. It takes the equations
// from the ledger, which is written before a publication, and compares them with what the generation shows. Nothing is changed but the private
// log, where something is found. The error is a *RollbackError if there is no such generation, a *CheckError if something follows about too few
// people or the ledger does not know a number.
func Audit(ctx context.Context, c *Config, generation string) (*Attacked, error) {
	g, err := shownGeneration(c.Out, generation)
	if err != nil {
		return nil, err
	}
	ledger, err := openLedger(c)
	if err != nil {
		return nil, err
	}
	out := &Attacked{Generation: g.Name, Publications: len(ledger.records), Decisions: map[string]int64{}, Encrypted: c.keys != nil}
	if out.MinGroup, err = warehouse.MinGroup(g.File); err != nil {
		return nil, err
	}
	db, err := warehouse.OpenReadOnly(g.File)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := out.decided(ctx, db); err != nil {
		return nil, err
	}
	var mine []*release.Telling
	for _, rec := range ledger.records {
		if rec.Generation == g.Name {
			mine = nil // a name that was broken off and used again stands for the last
			for _, d := range rec.Told {
				mine = append(mine, ledger.tellings[d])
			}
		}
	}
	found, err := out.compare(ctx, db, mine)
	if err != nil {
		return nil, err
	}
	found = append(found, out.attack(ledger)...)
	narrow := &audited{drop: map[about][]release.Sum{}}
	for _, t := range mine {
		w := narrow.narrow(t)
		out.Narrow, out.Exact, out.ByRule = out.Narrow+len(w.Narrow), out.Exact+w.Exact, out.ByRule+w.ByRule
	}
	found = append(found, narrow.exposed...)
	if len(found) == 0 {
		return out, nil
	}
	r := &run{Config: c}
	if err := r.confide(&audited{exposed: found}); err != nil {
		return out, err
	}
	return out, &CheckError{Failed: []CheckResult{{Name: "anonymity_audit", Rows: int64(len(found)),
		Text: "Something about too few employees follows from what was published, or a published number is not in the release ledger.",
		Fix:  "The cells are named in " + auditFile + " in the lake's folder, for its owner only. Take the generation away from its readers, and run again."}}}
}

func shownGeneration(out, name string) (*warehouse.Generation, error) {
	if name != "" {
		return earlier(out, name)
	}
	all, err := warehouse.Generations(out)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Current {
			return &all[i], nil
		}
	}
	return nil, &RollbackError{"nothing is published", "run first: insideout run"}
}

func (a *Attacked) decided(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "select decision, sum(n_cells) from fct_suppression group by decision order by decision")
	if err != nil {
		return fmt.Errorf("read what was withheld: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var decision string
		var n float64
		if err := rows.Scan(&decision, &n); err != nil {
			return fmt.Errorf("read what was withheld: %w", err)
		}
		a.Decisions[decision] = int64(n)
	}
	return rows.Err()
}

// compare looks for numbers that the ledger does not know.
func (a *Attacked) compare(ctx context.Context, db *sql.DB, mine []*release.Telling) (found []exposure, err error) {
	type number struct {
		about
		release.Sum
	}
	known := map[number]bool{}
	for _, t := range mine {
		for _, s := range t.Sums {
			s.Value = 0
			known[number{about{t.Start.UTC(), t.Dimension}, s}] = true
		}
	}
	rows, err := db.QueryContext(ctx, publishedQuery)
	if err != nil {
		return nil, fmt.Errorf("read what is published: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n number
		if err := rows.Scan(&n.period, &n.dimension, &n.Kind, &n.A, &n.B, &n.Series, &n.N); err != nil {
			return nil, fmt.Errorf("read what is published: %w", err)
		}
		n.period = n.period.UTC()
		a.Numbers++
		if !known[n] {
			a.Unrecorded++
			found = append(found, exposure{n.about, fmt.Sprintf("%v is published and not in the release ledger", n.Sum)})
		}
	}
	return found, rows.Err()
}

// attack joins all that was ever told.
func (a *Attacked) attack(l *register) (found []exposure) {
	var all []*release.Telling
	for _, rec := range l.records {
		for _, d := range slices.Sorted(maps.Keys(rec.New)) {
			all = append(all, rec.New[d])
		}
	}
	for _, group := range together(all) {
		k := group[0].K
		for _, t := range group {
			k = min(k, t.K)
		}
		j := release.Join(group)
		result := release.Audit(&j.System, int64(k))
		a.Equations, a.Sets, a.Rank, a.Tried = a.Equations+result.Sums, a.Sets+result.Atoms, a.Rank+result.Rank, a.Tried+result.Searched
		at := about{group[0].Start, group[0].Dimension}
		for _, ref := range j.Strange {
			found = append(found, exposure{at, fmt.Sprintf("%v rests on other people than those counted", group[ref.Telling].Sums[ref.Sum])})
		}
		for _, e := range result.Exposed {
			a.Exposed++
			found = append(found, exposure{at, revealed(j, e, len(group) > 1)})
		}
	}
	return found
}

// Explain says in plain words what is protected and how.
func (a *Attacked) Explain() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	var hidden int64
	for decision, n := range a.Decisions {
		if decision != "shown" {
			hidden += n
		}
	}
	say("What you said stays among you and at least %d others.", a.MinGroup-1)
	say("")
	say("Who is protected: everybody who answered, against somebody who has everything that was ever published, who")
	say("knows of everybody which team and groups they are in, whether they answered and which questions they left")
	say("out, and who can add and subtract. He does not learn what one person said, nor the sum of fewer than %d.", a.MinGroup)
	say("")
	say("How it is done:")
	say("  A number about fewer than %d people is not shown, and neither is how many answered there.", a.MinGroup)
	say("  Where nearly all said the same nothing is shown, for it would be what each of them said.")
	say("  What would let a hidden number be found, by taking teams from groups or one question from its theme, is")
	say("  hidden with it. Of %d numbers of this generation %d are shown and %d are hidden.", hidden+a.Decisions["shown"], a.Decisions["shown"], hidden)
	say("  An answer that comes when its team was told already waits until %d have come, so that the difference between", a.MinGroup)
	say("  two reports is never one person. A correction, or somebody who leaves, hides the number instead.")
	say("  A smaller minimum set later does not open what was told under a larger one.")
	if a.Encrypted {
		say("  Answers are kept encrypted, with a number in place of each name.")
	} else {
		say("  Answers are kept where only the owner of the data can read them; no key is set, so they are not encrypted.")
	}
	say("")
	say("How it was tried: %d numbers of this generation, and all that %s told before, were taken as", a.Numbers, countOf(a.Publications, "publication"))
	say("%d equations over %d sets of people, and every one of %d sets that is too small was tried: something follows", a.Equations, a.Sets, a.Tried)
	say("about %d of them. Then, how near the ends of the scale bring what one person said: closer than a fifth of the", a.Exposed)
	say("scale for %d; %s solved exactly, %s by bounding each number by the others.", a.Narrow, countOf(a.Exact, "part")+" of the equations", countOf(a.ByRule, "larger one"))
	say("")
	say("What is not promised: that nobody guesses. What you write in your own words may be recognised by how you write;")
	say("names are not taken out of it.")
	return b.String()
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
