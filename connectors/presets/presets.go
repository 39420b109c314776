// Package presets holds the formats that people really have: one declarative file for each, named in a source by
// preset: <name> and laid under the source's own keys.
//
// # Contract
//
// A preset is a piece of configuration and nothing else: no format has code of its own, and whatever a preset says can
// be written in a source by hand. Its file says what it reads, which traps the format has and how each is met, and what
// the person must fill in. What a preset cannot know (which question is the recommendation question, which queue is
// which team) it leaves open, so that the check of the mapping asks for it, rather than guess.
//
// # Personal data
//
// Exports carry names, addresses and IP numbers. A preset therefore names the attributes that it keeps; everything else
// that no rule reads is dropped and counted. Ids of people are mapped to fields that reach the lake as pseudonyms only.
//
// # Form
//
// The files are read by models/strictyaml as a configuration is, so a mistake in one has its line.
package presets

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/models/strictyaml"
)

// Preset is one format.
type Preset struct {
	Name  string `yaml:"-"`     // of the file, without its ending
	Title string `yaml:"title"` // product and export
	Reads string `yaml:"reads"` // what the export is, and where in the product it is made
	Topic bool   `yaml:"topic"` // whether the messages of a topic have this format too
	Traps []Trap `yaml:"traps"`
	Fill  []Fill `yaml:"fill"`

	File               file.Config `yaml:"file"`
	connectors.Mapping `yaml:",inline"`

	text string
}

// Trap is what goes wrong with a format when nobody takes care.
type Trap struct {
	Trap string `yaml:"trap" json:"trap"`
	Met  string `yaml:"met" json:"met"` // how the preset meets it
}

// Fill is what the person adds in the source.
type Fill struct {
	Key  string `yaml:"key" json:"key"`   // of the source: each, map.team
	What string `yaml:"what" json:"what"` // with an example
}

//go:embed *.yaml
var files embed.FS

// All returns every preset, sorted by name. Callers must not change them.
func All() []*Preset { return all() }

var all = sync.OnceValue(func() []*Preset {
	ps, err := load()
	if err != nil {
		panic(err) // TestPresets_AreSound reads the same files
	}
	return ps
})

// Named returns the preset, or nil.
func Named(name string) *Preset {
	for _, p := range All() {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Names lists the names, sorted.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return names
}

// Text is the preset's own file, as a person reads it.
func (p *Preset) Text() string { return p.text }

// Hint is what the preset says of a key that it leaves to the person, or "". A field that is missing from the map is one
// for the entries of each where nothing is said of it alone.
func (p *Preset) Hint(key string) string {
	hint := ""
	for _, f := range p.Fill {
		if f.Key == key {
			return f.What
		}
		if f.Key == "each" && strings.HasPrefix(key, "map.") {
			hint = f.What
		}
	}
	return hint
}

// Lay lays a source's own mapping and file over the preset. The file may be nil, for a topic; what a topic cannot do is
// an error.
func (p *Preset) Lay(m connectors.Mapping, f *file.Config) (connectors.Mapping, *file.Config, error) {
	if m.To != "" && m.To != p.To {
		return m, f, fmt.Errorf("preset %s reads into %s, not into %s", p.Name, p.To, m.To)
	}
	if f != nil {
		over := f.Over(p.File)
		f = &over
	} else if !p.Topic {
		return m, f, fmt.Errorf("preset %s reads files only", p.Name)
	}
	return m.Over(p.Mapping), f, nil
}

func load() ([]*Preset, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var ps []*Preset
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		p := &Preset{Name: strings.TrimSuffix(e.Name(), path.Ext(e.Name())), text: string(data)}
		if _, problems := strictyaml.Decode(e.Name(), data, p); problems != nil {
			return nil, problems
		}
		ps = append(ps, p)
	}
	slices.SortFunc(ps, func(a, b *Preset) int { return strings.Compare(a.Name, b.Name) })
	return ps, nil
}
