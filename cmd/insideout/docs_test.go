package main

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"strings"
	"testing"

	"insideout/models/catalog"
	"insideout/pipelines/warehouse"
)

// The page names every table and every column with its meaning, every definition with its version, and every id in it is one.
func TestDocs_AreComplete(t *testing.T) {
	c := catalog.Default()
	var b strings.Builder
	if err := dictionary("Story", c).write(&b); err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(b.String())
	tables := 0
	for _, e := range warehouse.Dictionary() {
		if !strings.Contains(page, `id="t-`+e.Name+`"`) {
			t.Errorf("%s is not on the page", e.Name)
		}
		if !e.Published {
			continue
		}
		tables++
		at := strings.Index(page, `<article id="t-`+e.Name+`">`)
		if at < 0 {
			t.Errorf("%s has no part of its own", e.Name)
			continue
		}
		part, _, _ := strings.Cut(page[at:], "</article>")
		if len(e.Columns) == 0 {
			t.Errorf("%s has no columns", e.Name)
		}
		for _, col := range e.Columns {
			if want := "<td><code>" + col.Name + "</code></td><td><code>" + col.Type + "</code></td><td>" + col.Doc + "</td>"; !strings.Contains(part, want) {
				t.Errorf("%s.%s is not described", e.Name, col.Name)
			}
		}
		for _, id := range e.Features {
			if !strings.Contains(page, "<td>"+id+`</td><td><a href="#t-`+e.Name+`">`) {
				t.Errorf("feature %s does not lead to %s", id, e.Name)
			}
		}
	}
	if tables < 50 {
		t.Errorf("%d tables: the dictionary has lost some", tables)
	}
	for _, m := range c.Metrics {
		if !strings.Contains(page, `id="d-`+m.ID+`"`) || !strings.Contains(page, m.Definition) {
			t.Errorf("metric %s is not defined on the page", m.ID)
		}
	}
	for _, it := range c.Instrument.Items {
		if !strings.Contains(page, it.Text) {
			t.Errorf("item %s is not on the page", it.ID)
		}
	}
}

// Texts of a project's own catalogue and name are shown and never taken for markup; the page asks for nothing from anywhere.
func TestDocs_AreSafe(t *testing.T) {
	over, problems := catalog.Load("hostile.yaml", []byte(`
version: 1
metrics:
  - {id: hostile, name: "<img src=x onerror=alert(1)>", side: outside, kind: mean, scale: [0, 10], unit: "</td><script>alert(2)</script>", definition: "\"><a href='javascript:alert(3)'>x</a>", owner: "<b>"}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c, err := catalog.Default().Merge(over)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := dictionary("</title><script>alert(0)</script>", c).write(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if !strings.Contains(page, "default-src &#39;none&#39;") && !strings.Contains(page, "default-src 'none'") {
		t.Error("the page has no policy")
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	elements := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements++
		switch e.Name.Local {
		case "script", "img", "iframe", "object", "link", "form", "b":
			t.Errorf("the page has an element %s", e.Name.Local)
		}
		for _, at := range e.Attr {
			if strings.HasPrefix(at.Name.Local, "on") || (at.Name.Local == "href" && !strings.HasPrefix(at.Value, "#")) || at.Name.Local == "src" {
				t.Errorf("<%s %s=%q>", e.Name.Local, at.Name.Local, at.Value)
			}
		}
	}
	if elements < 1000 {
		t.Errorf("%d elements: not the page that was meant", elements)
	}
}

// What a table is made of leads through the release step down to the lake.
func TestDocs_LineageReachesTheLake(t *testing.T) {
	all := warehouse.Dictionary()
	near := map[string]bool{}
	for _, level := range warehouse.Lineage(all, "fct_condition") {
		for _, name := range level {
			if near[name] {
				t.Errorf("%s stands twice", name)
			}
			near[name] = true
		}
	}
	for _, want := range []string{"raw_answers", "raw_roster", "stg_answers"} {
		if !near[want] {
			t.Errorf("fct_condition is not shown to rest on %s: %v", want, near)
		}
	}
}
