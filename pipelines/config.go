package pipelines

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/connectors/kafka"
	"insideout/connectors/presets"
	"insideout/models"
	"insideout/models/catalog"
	"insideout/models/strictyaml"
	"insideout/pipelines/lake"
	"insideout/pipelines/warehouse"
)

// Config is the file that a person writes. The struct of a concern lives in the package that uses it; this one composes.
// Relative paths are relative to the file.
type Config struct {
	Name        string      `yaml:"name"`    // shown in the report
	MadeUp      bool        `yaml:"made_up"` // label everything as a demonstration with invented numbers
	Period      Grain       `yaml:"period"`  // day, week, month, quarter or year
	Zone        Zone        `yaml:"zone"`    // business time zone, such as Europe/London
	From        CivilDay    `yaml:"from"`    // first day of the analysis; empty: all there is
	To          CivilDay    `yaml:"to"`      // day after the last one
	Lake        string      `yaml:"lake"`
	Out         string      `yaml:"out"`
	Catalog     string      `yaml:"catalog"` // definitions laid over the built-in ones
	Privacy     Privacy     `yaml:"privacy"`
	Analysis    Analysis    `yaml:"analysis"`
	Repeat      Repeat      `yaml:"repeat"`
	Attribution Attribution `yaml:"attribution"`
	Limits      Limits      `yaml:"limits"`

	Generations Generations `yaml:"generations"`

	Checks []warehouse.Rule `yaml:"checks"` // of the project's own, run beside the built-in ones

	Sources []Source `yaml:"sources"`

	dir     string
	hash    string
	catalog *catalog.Catalog
	key     []byte
	older   [][]byte // the newest first
	keys    *lake.Keys
}

// Privacy is what protects the people in the data.
type Privacy struct {
	KeyEnv  string `yaml:"key_env"`  // environment variable that holds the key of the pseudonyms
	KeyFile string `yaml:"key_file"` // or the file that holds it, readable by its owner alone
	// Older are the keys that came before, the newest first. Pseudonyms go through all of them: see insideout lake rekey --help.
	Older        []OlderKey `yaml:"older_keys"`
	MinimumGroup int        `yaml:"minimum_group"` // smallest group of employees that is shown
}

// OlderKey is where a key is that came before. Exactly one is set.
type OlderKey struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

// Analysis says what is related to what.
type Analysis struct {
	Conditions []string `yaml:"conditions"` // inside series; empty: every one with data
	Outcomes   []string `yaml:"outcomes"`   // outside series; empty: every one with data
	MaxLag     int      `yaml:"max_lag"`    // longest lag looked at; 0: by the length of the panel
	FDR        float64  `yaml:"fdr"`        // false-discovery rate over all pairs
	Weights    string   `yaml:"weights"`    // precision, or none
}

// Repeat says what makes two contacts the same matter.
type Repeat struct {
	Key    []string `yaml:"key"`
	Window Days     `yaml:"window"`
}

// Attribution says whose a contact or an answer is. Who owns a touchpoint stands in the catalogue, or in the list of teams.
type Attribution struct {
	// HandledBy says what counts where a row names a team and an agent whom the roster has in another one: source, the
	// default, or roster. The other one counts where the first says nothing; fct_attribution tells how often they disagree.
	HandledBy string `yaml:"handled_by"`
}

// Limits are the shares beyond which a run is not believed.
type Limits struct {
	RejectShare float64 `yaml:"reject_share"` // of the rows read from one source
	Threads     int     `yaml:"threads"`      // of the build; 0: every core
	MemoryMB    int     `yaml:"memory_mb"`    // of the build; beyond it DuckDB spills to disk
	CommitRows  int     `yaml:"commit_rows"`  // of one commit to the lake: what is read again after a crash
}

// Generations says how many published warehouses stay, for readers and for a rollback.
type Generations struct {
	Keep int  `yaml:"keep"` // the newest ones; the published one always stays
	For  Days `yaml:"for"`  // and those that are older than the newest by no more than this
}

// Source is one place that records come from. Exactly one of File and Kafka is set.
type Source struct {
	Name               string        `yaml:"name"`
	Preset             string        `yaml:"preset"` // laid under the other keys: insideout preset list
	File               *file.Config  `yaml:"file"`
	Kafka              *kafka.Config `yaml:"kafka"`
	connectors.Mapping `yaml:",inline"`
}

// null lists the words of the source that mean nothing.
func (s *Source) null() []string {
	if s.File == nil {
		return nil
	}
	return s.File.Nulls()
}

// Grain, Zone, CivilDay and Days are the words of the file that need a look before they are taken.
type (
	Grain    struct{ models.Grain }
	Zone     struct{ *time.Location }
	CivilDay struct{ time.Time }
	Days     int
)

func (g *Grain) SetScalar(s string) (err error) {
	g.Grain, err = models.ParseGrain(s)
	return err
}

func (z *Zone) SetScalar(s string) error {
	l, err := time.LoadLocation(s)
	if err != nil || s == "" || s == "Local" {
		return fmt.Errorf("time zone %q is not known; use a name such as Europe/London or UTC", s)
	}
	z.Location = l
	return nil
}

func (d *CivilDay) SetScalar(s string) error {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fmt.Errorf("want a day such as 2025-01-31, not %q", s)
	}
	d.Time = t
	return nil
}

func (d *Days) SetScalar(s string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
	if err != nil || !strings.HasSuffix(s, "d") || n < 1 {
		return fmt.Errorf("want a number of days such as 30d, not %q", s)
	}
	*d = Days(n)
	return nil
}

// Load reads and checks the file, ready to run. Everything that is wrong with it, and with the catalogue that it names,
// comes back at once as strictyaml.Problems.
func Load(path string) (*Config, error) { return load(path, true) }

// LoadToRead is Load for those who only look at what is there: the key of the pseudonyms may be missing.
func LoadToRead(path string) (*Config, error) { return load(path, false) }

func load(path string, needKey bool) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, strictyaml.Problems{{File: path, Message: "cannot be read: " + reason(err), Hint: "name the configuration with --config, or make one with `insideout init`"}}
	}
	d := warehouse.Defaults()
	c := &Config{
		Period:   Grain{models.Week},
		Zone:     Zone{time.UTC},
		Lake:     "lake",
		Out:      "out",
		Privacy:  Privacy{MinimumGroup: d.MinGroup},
		Analysis: Analysis{FDR: .10, Weights: "precision"},
		Repeat:   Repeat{Key: d.RepeatKey, Window: Days(d.RepeatDays)},
		Limits:   Limits{RejectShare: .05, MemoryMB: d.MemoryMB, CommitRows: 2_000_000},
		catalog:  catalog.Default(),

		Generations: Generations{Keep: d.Keep.Newest},
	}
	if c.dir, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, err
	}
	doc, problems := strictyaml.Decode(path, data, c)
	if doc.Unread {
		return nil, problems.Err()
	}
	sum := sha256.Sum256(data)
	c.hash = hex.EncodeToString(sum[:])
	c.Lake, c.Out, c.Privacy.KeyFile = c.abs(c.Lake), c.abs(c.Out), c.abs(c.Privacy.KeyFile)
	for i := range c.Privacy.Older {
		c.Privacy.Older[i].File = c.abs(c.Privacy.Older[i].File)
	}
	v := &validator{c: c, doc: doc, problems: problems}
	v.catalog()
	v.folders()
	v.sources()
	v.analysis()
	v.privacy(needKey)
	v.rules()
	if needKey { // whoever only looks at what is there does not wait for it
		v.own()
	}
	strictyaml.Sort(v.problems)
	return c, v.problems.Err()
}

// Dir is the folder of the file: sources resolve their paths against it.
func (c *Config) Dir() string { return c.dir }

// Definitions is the catalogue in force.
func (c *Config) Definitions() *catalog.Catalog { return c.catalog }

func (c *Config) abs(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.dir, path)
}

// reason is the part of an I/O error that a person needs beside the path.
func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}

type validator struct {
	c        *Config
	doc      *strictyaml.Document
	problems strictyaml.Problems
}

func (v *validator) add(path, message, hint string) {
	v.problems = append(v.problems, v.doc.At(path, message, hint))
}

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func (v *validator) catalog() {
	if v.c.Catalog == "" {
		return
	}
	path := v.c.abs(v.c.Catalog)
	data, err := os.ReadFile(path)
	if err != nil {
		v.add("catalog", path+" cannot be read: "+reason(err), "correct the path; it is relative to this file")
		return
	}
	over, problems := catalog.Load(path, data)
	v.problems = append(v.problems, problems...)
	if len(problems) > 0 {
		return
	}
	merged, err := v.c.catalog.Merge(over)
	if err != nil {
		v.add("catalog", err.Error(), "")
		return
	}
	v.c.catalog = merged
}

// folders keeps what is private and what may be shown apart.
func (v *validator) folders() {
	inside := func(a, b string) bool {
		rel, err := filepath.Rel(b, a)
		return err == nil && filepath.IsLocal(rel)
	}
	for _, f := range []struct{ key, path string }{{"lake", v.c.Lake}, {"out", v.c.Out}} {
		if filepath.Dir(f.path) == f.path {
			v.add(f.key, f.path+" is the root of the file system", "name a folder of its own: its rights are changed and its files replaced")
			return
		}
	}
	if inside(v.c.Out, v.c.Lake) || inside(v.c.Lake, v.c.Out) {
		v.add("out", "lake and out lie one inside the other", "the lake is private and out may be shown: name two folders side by side")
	}
}

func (v *validator) sources() {
	if len(v.c.Sources) == 0 {
		v.add("sources", "there is no source", "name at least one file or topic to read")
	}
	seen := map[string]bool{}
	for i := range v.c.Sources {
		s := &v.c.Sources[i]
		at := fmt.Sprintf("sources[%d]", i)
		if !sourceName.MatchString(s.Name) {
			v.add(at+".name", fmt.Sprintf("%q is no name", s.Name), "use lower-case letters, digits, - and _; the name is stored with every row")
		} else if seen[s.Name] {
			v.add(at+".name", fmt.Sprintf("a second source is called %q", s.Name), "positions are kept by name, so each needs its own")
		}
		seen[s.Name] = true
		preset, ok := v.preset(at, s)
		if !ok {
			continue // what it leaves out cannot be told from what the preset would have given
		}
		var problems connectors.Problems
		switch {
		case s.File != nil && s.Kafka != nil:
			v.add(at, "both file and kafka are set", "make two sources of it")
		case s.File != nil:
			problems = s.File.Check()
		case s.Kafka != nil:
			problems = append(s.Kafka.Check(), s.Kafka.CheckPlaces(s.Mapping)...)
		default:
			v.add(at, "neither file nor kafka is set", "say where the records come from")
		}
		problems = append(problems, s.Mapping.Check(connectors.BinderOptions{Scale: v.c.catalog.Scale})...)
		for _, p := range problems {
			if preset != nil && !v.doc.Has(at+"."+p.Path) && preset.Hint(p.Path) != "" {
				p.Hint = "preset " + preset.Name + " leaves it to you: " + preset.Hint(p.Path)
			}
			v.add(at+"."+p.Path, p.Message, p.Hint)
		}
	}
}

// preset lays the preset that a source names, if any, under the source's own keys.
func (v *validator) preset(at string, s *Source) (*presets.Preset, bool) {
	if s.Preset == "" {
		return nil, true
	}
	p := presets.Named(s.Preset)
	if p == nil {
		v.add(at+".preset", fmt.Sprintf("there is no preset %q", s.Preset), connectors.Suggest(s.Preset, presets.Names()))
		return nil, false
	}
	m, f, err := p.Lay(s.Mapping, s.File)
	if err != nil {
		v.add(at+".preset", err.Error(), "see insideout preset show "+p.Name)
		return nil, false
	}
	s.Mapping, s.File = m, f
	return p, true
}

func (v *validator) analysis() {
	a := &v.c.Analysis
	check := func(path string, ids []string, side models.Side) {
		for i, id := range ids {
			known, ok := v.c.catalog.Series(id)
			if !ok || known.Dimension != "" {
				v.add(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%q is neither a metric nor a dimension of the catalogue", id), "define it in the catalogue, or use one of "+strings.Join(v.c.catalog.IDs(side), ", "))
			} else if known.Side != side {
				v.add(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%q describes the %s", id, known.Side), "conditions are inside, outcomes are outside")
			}
		}
	}
	check("analysis.conditions", a.Conditions, models.Inside)
	check("analysis.outcomes", a.Outcomes, models.Outside)
	if a.MaxLag < 0 || a.MaxLag > 26 {
		v.add("analysis.max_lag", fmt.Sprintf("%d is not between 0 and 26 periods", a.MaxLag), "0 lets the length of the data decide")
	}
	if a.FDR <= 0 || a.FDR > .25 {
		v.add("analysis.fdr", fmt.Sprintf("%g is not between 0 and 0.25", a.FDR), "0.10 and 0.05 are usual")
	}
	if a.Weights != "precision" && a.Weights != "none" {
		v.add("analysis.weights", fmt.Sprintf("%q is not known", a.Weights), "precision, or none")
	}
	if !v.c.From.IsZero() && !v.c.To.IsZero() && !v.c.To.After(v.c.From.Time) {
		v.add("to", "the analysis ends before it begins", "to is the day after the last one")
	}
	for i, f := range v.c.Repeat.Key {
		if allowed := warehouse.RepeatFields(); !slices.Contains(allowed, f) {
			v.add(fmt.Sprintf("repeat.key[%d]", i), fmt.Sprintf("%q is none of the fields that a matter is known by", f), "use "+strings.Join(allowed, ", "))
		}
	}
	if h := v.c.Attribution.HandledBy; h != "" && h != "source" && h != "roster" {
		v.add("attribution.handled_by", fmt.Sprintf("%q is not known", h), "source: the team that a row names; roster: the agent's team of that day")
	}
	if len(v.c.Repeat.Key) == 0 {
		v.add("repeat.key", "no field makes two contacts the same matter", "such as [customer, reason]")
	}
	if s := v.c.Limits.RejectShare; s < 0 || s > 1 {
		v.add("limits.reject_share", fmt.Sprintf("%g is no share", s), "0 to 1")
	}
	if v.c.Limits.MemoryMB < 256 {
		v.add("limits.memory_mb", fmt.Sprintf("%d MB are too few to build with", v.c.Limits.MemoryMB), "at least 256")
	}
	if v.c.Limits.CommitRows < 1000 {
		v.add("limits.commit_rows", fmt.Sprintf("%d rows make files that are too small", v.c.Limits.CommitRows), "at least 1000; 2000000 is the default")
	}
	if v.c.Generations.Keep < 1 {
		v.add("generations.keep", fmt.Sprintf("%d generations cannot be kept", v.c.Generations.Keep), "at least 1, the published one; 3 is the default")
	}
	if v.c.Limits.Threads < 0 {
		v.add("limits.threads", "a number of threads is not negative", "0 uses every core")
	}
}

func (v *validator) privacy(needKey bool) {
	p := &v.c.Privacy
	if p.MinimumGroup < models.FloorGroup {
		v.add("privacy.minimum_group", fmt.Sprintf("groups of %d would be shown", p.MinimumGroup), fmt.Sprintf("%d is the least that protects anybody, %d the default", models.FloorGroup, models.DefaultGroup))
	}
	var err error
	switch {
	case p.KeyEnv != "" && os.Getenv(p.KeyEnv) != "":
		v.c.key = []byte(os.Getenv(p.KeyEnv))
	case p.KeyFile != "":
		if v.c.key, err = readKey(p.KeyFile); err != nil && needKey {
			v.add("privacy.key_file", err.Error(), "")
			return
		}
	}
	if len(v.c.key) > 0 && len(v.c.key) < 16 {
		v.add("privacy", "the key of the pseudonyms has fewer than 16 characters", "make one with: openssl rand -hex 32")
	}
	v.olderKeys(needKey)
	if len(v.c.key) > 0 {
		if v.c.keys, err = lake.NewKeys(append([][]byte{v.c.key}, v.c.older...)...); err != nil {
			v.add("privacy", err.Error(), "")
		}
		return
	}
	if !needKey {
		return
	}
	for i := range v.c.Sources {
		if f := personal(&v.c.Sources[i].Mapping); f != "" {
			missing := "no key for the pseudonyms is set"
			if p.KeyEnv != "" {
				missing = "the environment has no " + p.KeyEnv
			}
			v.add("privacy", fmt.Sprintf("%s, and source %s maps %s", missing, v.c.Sources[i].Name, f),
				"ids of people reach the lake as pseudonyms only: set privacy.key_env or privacy.key_file")
			return
		}
	}
}

// olderKeys reads the keys that came before.
func (v *validator) olderKeys(needKey bool) {
	for i, k := range v.c.Privacy.Older {
		at := fmt.Sprintf("privacy.older_keys[%d]", i)
		var key []byte
		var err error
		switch {
		case (k.Env == "") == (k.File == ""):
			v.add(at, "wants one of env and file", "")
			continue
		case k.Env != "":
			key = []byte(os.Getenv(k.Env))
		default:
			if key, err = readKey(k.File); err != nil && needKey {
				v.add(at, err.Error(), "")
				continue
			}
		}
		if len(key) == 0 {
			if needKey {
				v.add(at, "there is no key in "+k.Env+k.File, "pseudonyms go through every key that there was: an older one stays needed")
			}
			continue
		}
		if bytes.Equal(key, v.c.key) || slices.ContainsFunc(v.c.older, func(o []byte) bool { return bytes.Equal(o, key) }) {
			v.add(at, "is the same key once more", "name each key once, the newest first")
			continue
		}
		v.c.older = append(v.c.older, key)
	}
	if len(v.c.Privacy.Older) > 0 && len(v.c.key) == 0 {
		v.add("privacy.older_keys", "there is no key that came after these", "set privacy.key_env or privacy.key_file")
	}
}

// personal returns the first field of the mapping, in the order of the dataset, that names a person; "" if none does.
func personal(m *connectors.Mapping) string {
	schema := models.Dataset(m.To)
	if schema == nil {
		return ""
	}
	for _, f := range schema.Fields {
		if f.Privacy != models.Pseudonym {
			continue
		}
		if _, mapped := m.Map[f.Name]; mapped {
			return f.Name
		}
		for _, entry := range m.Each {
			if _, mapped := entry[f.Name]; mapped {
				return f.Name
			}
		}
	}
	return ""
}
