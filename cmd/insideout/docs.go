package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"insideout/models"
	"insideout/models/catalog"
	"insideout/pipelines"
	"insideout/pipelines/place"
	"insideout/pipelines/warehouse"
)

// The dictionary is one page without scripts or requests, and its policy forbids both. Names and texts come from a project's own
// catalogue too, so nothing is put together by hand: html/template escapes each text for the place where it stands.
//
//go:embed docs.html
var docsText string

var docsPage = template.Must(template.New("docs").Parse(docsText))

type docsFeature struct {
	ID     string
	Tables []warehouse.Entry
}

type docsDefinition struct {
	Series    catalog.Series
	Text      string
	Owner     string
	Direction string
}

type docsTable struct {
	warehouse.Entry
	Lineage [][]string
}

type docs struct {
	Name                    string
	Tables, Sources, Checks []docsTable
	Features                []docsFeature
	Definitions             []docsDefinition
	SQLHash, CatalogHash    string
	columns                 int
}

func (a *app) docsVerb() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "docs",
		Short: "Write the data dictionary with definitions and lineage as one HTML page",
		Long: `Write every table and column of the warehouse with meaning and unit, every definition with its version, which table answers
which feature, and what each relation is made of. The page needs no data: it is made from the relations and the catalogue.`,
		Example: `  insideout docs                     out/docs.html
  insideout docs -o dictionary.html`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := pipelines.LoadToRead(a.config)
			if err != nil {
				return err
			}
			if output == "" {
				output = c.Path("docs.html")
			}
			d := dictionary(c.Name, c.Definitions())
			if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
				return err
			}
			if err := place.File(output, 0o644, d.write); err != nil {
				return err
			}
			a.result = struct {
				File        string `json:"file"`
				Tables      int    `json:"tables"`
				Columns     int    `json:"columns"`
				Definitions int    `json:"definitions"`
			}{output, len(d.Tables), d.columns, len(d.Definitions)}
			a.summary = fmt.Sprintf("%s: %d tables, %d columns, %d definitions", output, len(d.Tables), d.columns, len(d.Definitions))
			a.say("%s", a.summary)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write (default docs.html in the out folder)")
	return cmd
}

// dictionary collects what the page shows.
func dictionary(name string, c *catalog.Catalog) *docs {
	d := &docs{Name: name, SQLHash: warehouse.SQLHash(), CatalogHash: c.Hash()}
	all := warehouse.Dictionary()
	served := map[string][]warehouse.Entry{}
	for _, e := range all {
		t := docsTable{e, warehouse.Lineage(all, e.Name)}
		switch {
		case e.Published:
			d.Tables = append(d.Tables, t)
			d.columns += len(e.Columns)
			for _, id := range e.Features {
				served[id] = append(served[id], e)
			}
		case e.Severity != "":
			d.Checks = append(d.Checks, t)
		default:
			d.Sources = append(d.Sources, t)
		}
	}
	for id, tables := range served {
		d.Features = append(d.Features, docsFeature{id, tables})
	}
	slices.SortFunc(d.Features, func(a, b docsFeature) int {
		if a.ID[0] != b.ID[0] {
			return int(a.ID[0]) - int(b.ID[0])
		}
		x, _ := strconv.Atoi(a.ID[1:]) // a letter and a number: TestFeatures_HaveTheirMarts holds the form
		y, _ := strconv.Atoi(b.ID[1:])
		return x - y
	})
	for _, id := range append(c.IDs(models.Inside), c.IDs(models.Outside)...) {
		s, _ := c.Series(id)
		def := docsDefinition{Series: s, Direction: string(s.Direction)}
		if m := c.Metric(id); m != nil {
			def.Text, def.Owner = m.Definition, m.Owner
		} else if dim := c.Dimension(id); dim != nil {
			def.Text = dim.About
		}
		d.Definitions = append(d.Definitions, def)
	}
	for _, it := range c.Instrument.Items {
		s, _ := c.Series(it.ID)
		d.Definitions = append(d.Definitions, docsDefinition{Series: s, Text: it.Text, Direction: string(s.Direction)})
	}
	return d
}

func (d *docs) write(w io.Writer) error { return docsPage.Execute(w, d) }
