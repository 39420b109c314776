package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/connectors/presets"
	"insideout/models"
	"insideout/models/catalog"
	"insideout/models/strictyaml"
)

// preset finds a preset by its name.
func preset(name string) (*presets.Preset, error) {
	if p := presets.Named(name); p != nil {
		return p, nil
	}
	return nil, usageError{fmt.Errorf("there is no preset %q; %s", name, connectors.Suggest(name, presets.Names()))}
}

// scales gives the ranges of metrics and items: those of the built-in catalogue, with a file laid over.
func scales(path string) (func(string) (lo, hi float64, known bool), error) {
	c := catalog.Default()
	if path == "" {
		return c.Scale, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("--catalog: %w", err)}
	}
	over, problems := catalog.Load(path, data)
	if problems != nil {
		return nil, problems
	}
	if c, err = c.Merge(over); err != nil {
		return nil, usageError{fmt.Errorf("--catalog: %w", err)}
	}
	return c.Scale, nil
}

// trial is one file read with one preset and nothing stored.
type trial struct {
	preset           *presets.Preset
	with, file       string
	zone             *time.Location
	scale            func(string) (lo, hi float64, known bool)
	records, rejects int
}

// trialResult is what came of it.
type trialResult struct {
	Preset   string             `json:"preset"`
	File     string             `json:"file"`
	Dataset  string             `json:"dataset"`
	Read     int64              `json:"read"`
	Loaded   int64              `json:"loaded"`
	Filtered int64              `json:"filtered"`
	Rejected int64              `json:"rejected"`
	Made     int64              `json:"records_made"`
	Records  []map[string]any   `json:"records"`
	Rejects  []rejectShown      `json:"rejects"`
	Columns  []columnSeen       `json:"columns"`
	Fill     []presets.Fill     `json:"fill"`
	Values   []connectors.Tally `json:"values"`   // that a reader which guesses types would have changed
	Complete bool               `json:"complete"` // whether the mapping could be tried

	fields []string // of the dataset, in its order
}

// columnSeen is a place of the file that holds anything, and what becomes of it.
type columnSeen struct {
	Place  string   `json:"place"`
	Filled int64    `json:"filled"` // rows
	Into   []string `json:"into"`   // fields; filter for a condition; nothing when it is dropped
}

// run reads the file twice: once only to see its columns, which needs no mapping, and once as a run would. What is wrong
// with the mapping is the error, beside a result that has the columns.
func (o *trial) run(ctx context.Context) (*trialResult, error) {
	var own struct {
		File               *file.Config `yaml:"file"`
		connectors.Mapping `yaml:",inline"`
	}
	doc := &strictyaml.Document{}
	if o.with != "" {
		data, err := os.ReadFile(o.with)
		if err != nil {
			return nil, usageError{fmt.Errorf("--with: %w", err)}
		}
		var problems strictyaml.Problems
		if doc, problems = strictyaml.Decode(o.with, data, &own); problems != nil {
			return nil, problems
		}
	}
	if own.File == nil {
		own.File = &file.Config{}
	}
	own.File.Path = o.file
	m, f, err := o.preset.Lay(own.Mapping, own.File)
	if err != nil {
		return nil, usageError{err}
	}
	r := &trialResult{Preset: o.preset.Name, File: filepath.Base(o.file), Dataset: m.To, Fill: o.preset.Fill}
	for _, field := range models.Dataset(m.To).Fields {
		r.fields = append(r.fields, field.Name)
	}
	seen := o.columns(ctx, r, m, *f)
	var problems strictyaml.Problems
	for _, p := range append(f.Check(), m.Check(connectors.BinderOptions{Scale: o.scale})...) {
		if hint := o.preset.Hint(p.Path); hint != "" && !doc.Has(p.Path) {
			p.Hint = "preset " + o.preset.Name + " leaves it to you: " + hint + " (in a file that --with names)"
		}
		problems = append(problems, doc.At(p.Path, p.Message, p.Hint))
	}
	if problems != nil {
		return r, problems
	}
	r.Complete = true
	options := connectors.BinderOptions{Zone: o.zone, Scale: o.scale, Null: f.Nulls(), Pseudonym: func([]byte) string { return "(pseudonym)" }}
	b, err := connectors.NewBinder(m, options)
	if err != nil {
		return r, err
	}
	err = o.read(ctx, b, *f, func(d *models.Delivery) {
		r.Read += d.Range.Next - d.Range.First
		r.Loaded += d.Range.Loaded
		r.Filtered += d.Range.Filtered
		r.Rejected += d.Range.Rejected
		r.Made += d.Range.Records
		for _, j := range d.Rejects {
			if len(r.Rejects) < o.rejects {
				r.Rejects = append(r.Rejects, showReject(o.preset.Name, j, false))
			}
		}
		for _, b := range d.Records {
			for i := 0; i < b.Rows() && len(r.Records) < o.records; i++ {
				r.Records = append(r.Records, shown(b, i))
			}
		}
	})
	r.Values = b.Tallies()
	if err == nil {
		err = seen
	}
	return r, err
}

func (o *trial) pull(ctx context.Context, m connectors.Mapping, f file.Config, options connectors.BinderOptions, take func(*models.Delivery)) error {
	b, err := connectors.NewBinder(m, options)
	if err != nil {
		return err
	}
	return o.read(ctx, b, f, take)
}

func (o *trial) read(ctx context.Context, b *connectors.Binder, f file.Config, take func(*models.Delivery)) error {
	keep, err := os.MkdirTemp("", "insideout-try-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(keep)
	s, err := openFiles(o.preset.Name, f, filepath.Dir(o.file), keep, b)
	if err != nil {
		return err
	}
	return s.Pull(ctx, models.Positions{}, func(_ context.Context, d *models.Delivery) error {
		take(d)
		return nil
	})
}

// columns fills in what places there are and what becomes of each. A mapping of constants leaves every place over, so
// that all of them come as attributes.
func (o *trial) columns(ctx context.Context, r *trialResult, m connectors.Mapping, f file.Config) error {
	constant := func(s string) connectors.Rule { return connectors.Rule{Value: &s} }
	all := connectors.Mapping{To: "contacts", Map: map[string]connectors.Rule{"contact_id": constant("x"), "updated_at": constant("2000-01-01T00:00:00Z")}}
	at := models.Dataset(all.To).Field("attributes")
	into := readBy(m)
	filled := map[string]int64{}
	var order []string
	err := o.pull(ctx, all, f, connectors.BinderOptions{Null: f.Nulls()}, func(d *models.Delivery) {
		for _, b := range d.Records {
			for i := range b.Rows() {
				if !b.Columns[at].Valid[i] {
					continue
				}
				leaves([]byte(b.Columns[at].Texts[i]), "", into, func(place string) {
					if filled[place]++; filled[place] == 1 {
						order = append(order, place)
					}
				})
			}
		}
	})
	for _, place := range order {
		c := columnSeen{Place: place, Filled: filled[place], Into: into[place]}
		delete(into, place)
		r.Columns = append(r.Columns, c)
	}
	if r.Columns == nil {
		return err
	}
	for _, place := range slices.Sorted(maps.Keys(into)) {
		if i := slices.Index(order, o.imported(ctx, place, all, f, order)); i >= 0 {
			r.Columns[i].Into = append(r.Columns[i].Into, into[place]...)
			continue
		}
		r.Columns = append(r.Columns, columnSeen{Place: place, Into: into[place]})
	}
	return err
}

// imported finds the column that a place means by its import id: the one that is not left over when a rule reads the
// place. It looks at the beginning of the file only, and returns "" for none.
func (o *trial) imported(ctx context.Context, place string, all connectors.Mapping, f file.Config, columns []string) string {
	if f.ImportRow == 0 {
		return ""
	}
	one := connectors.Mapping{Map: map[string]connectors.Rule{"touchpoint": {From: connectors.Places{place}, Optional: true}}}.Over(all)
	at := models.Dataset(one.To).Field("attributes")
	begun, stop := context.WithCancel(ctx)
	defer stop()
	left := map[string]bool{}
	read := false
	if err := o.pull(begun, one, f, connectors.BinderOptions{Null: f.Nulls()}, func(d *models.Delivery) {
		for _, b := range d.Records {
			for i := range b.Rows() {
				read = true
				leaves([]byte(b.Columns[at].Texts[i]), "", nil, func(place string) { left[place] = true })
			}
		}
		stop()
	}); err != nil || !read {
		return ""
	}
	for _, c := range columns {
		if !left[c] {
			return c
		}
	}
	return ""
}

// readBy tells for every place of a mapping which fields read it.
func readBy(m connectors.Mapping) map[string][]string {
	into := map[string][]string{}
	add := func(place, field string) {
		if !slices.Contains(into[place], field) {
			into[place] = append(into[place], field)
		}
	}
	rules := append([]map[string]connectors.Rule{m.Map}, m.Each...)
	for _, rs := range rules {
		for _, field := range slices.Sorted(maps.Keys(rs)) {
			for _, place := range rs[field].From {
				add(place, field)
			}
		}
	}
	for place := range m.Where {
		add(place, "filter")
	}
	return into
}

// leaves names every place below an object that holds a value, in order. A list is one place, unless the mapping reaches
// into it by a pointer.
func leaves(object []byte, prefix string, known map[string][]string, found func(place string)) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return
	}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return
		}
		place := prefix + fmt.Sprint(key)
		switch {
		case string(value) == "null":
		case value[0] == '{' && known[place] == nil:
			leaves(value, place+".", known, found)
		default:
			pointer := "/" + strings.ReplaceAll(place, ".", "/")
			reached := false
			for _, k := range slices.Sorted(maps.Keys(known)) {
				if strings.HasPrefix(k, pointer+"/") {
					found(k)
					reached = true
				}
			}
			if !reached {
				found(place)
			}
		}
	}
}

// shown is a record as it may be shown: ids of people are pseudonyms already, and their words are not repeated.
func shown(b *models.Batch, i int) map[string]any {
	out := map[string]any{}
	for n, f := range b.Schema.Fields {
		c := &b.Columns[n]
		if !c.Valid[i] {
			continue
		}
		switch f.Kind {
		case models.Text:
			out[f.Name] = strings.Clone(c.Texts[i])
			if f.Privacy == models.FreeText {
				out[f.Name] = fmt.Sprintf("(%d bytes of text)", len(c.Texts[i]))
			}
		case models.JSON:
			out[f.Name] = json.RawMessage(strings.Clone(c.Texts[i]))
		case models.Real:
			out[f.Name] = c.Reals[i]
		case models.Bool:
			out[f.Name] = c.Ints[i] == 1
		case models.Instant:
			out[f.Name] = time.UnixMicro(c.Ints[i]).UTC().Format(time.RFC3339Nano)
		case models.Date:
			out[f.Name] = time.Unix(c.Ints[i]*86400, 0).UTC().Format(time.DateOnly)
		default:
			out[f.Name] = c.Ints[i]
		}
	}
	return out
}

func (r *trialResult) summary() string {
	if !r.Complete {
		return fmt.Sprintf("%s with preset %s: the mapping is not complete, so these are the columns only", r.File, r.Preset)
	}
	return fmt.Sprintf("%s with preset %s: %d rows read = %d loaded + %d filtered + %d rejected; %d records for %s; nothing is stored",
		r.File, r.Preset, r.Read, r.Loaded, r.Filtered, r.Rejected, r.Made, r.Dataset)
}

func (r *trialResult) text() string {
	var b bytes.Buffer
	fmt.Fprintln(&b, r.summary())
	for i, record := range r.Records {
		fmt.Fprintf(&b, "\nrecord %d\n", i+1)
		for _, field := range r.fields {
			if v, ok := record[field]; ok {
				text := fmt.Sprint(v)
				if raw, ok := v.(json.RawMessage); ok {
					text = string(raw)
				}
				fmt.Fprintf(&b, "  %s: %s\n", field, printable([]byte(text), 200))
			}
		}
	}
	if len(r.Rejects) > 0 {
		fmt.Fprintf(&b, "\nwould be rejected (%d of %d shown)\n", len(r.Rejects), r.Rejected)
		for _, j := range r.Rejects {
			fmt.Fprintf(&b, "  %s %s: %s\n", j.Where, j.Code, printable([]byte(j.Detail), 400))
		}
	}
	if len(r.Values) > 0 {
		fmt.Fprintf(&b, "\nvalues that a reader which guesses types would have changed\n")
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, v := range r.Values {
			fmt.Fprintf(w, "  %s\t%d\t%s\t%s\n", v.Field, v.Values, v.Text(), printable([]byte(v.Example), 80))
		}
		w.Flush()
	}
	if len(r.Columns) > 0 {
		fmt.Fprintf(&b, "\ncolumns\n")
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, c := range r.Columns {
			becomes := strings.Join(c.Into, ", ")
			switch {
			case c.Into == nil:
				becomes = "not mapped"
			case c.Filled == 0:
				becomes += " (absent or empty in every row)"
			}
			fmt.Fprintf(w, "  %s\t%d rows\t%s\n", printable([]byte(c.Place), 80), c.Filled, becomes)
		}
		w.Flush()
	}
	if len(r.Fill) > 0 {
		fmt.Fprintf(&b, "\nwhat the preset leaves to you\n")
		for _, f := range r.Fill {
			fmt.Fprintf(&b, "  %s: %s\n", f.Key, f.What)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
