package file

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"insideout/connectors"
)

// header is what the header rows of a table say: the names of its columns, where the wanted places are among them, and
// the zones that it gives for times.
type header struct {
	names   []string                  // of all columns
	columns []int                     // of the wanted places; -1 for one that is missing and may be
	others  []int                     // all other columns
	keys    [][]byte                  // of the other columns, as JSON strings with their colon
	zones   map[string]*time.Location // by the names of the columns
	labels  []string
	imports []string
	kept    []byte // keptHeader of the rows as they stood, before find
}

// take keeps the cells of header row n, from 1.
func (h *header) take(c *Config, n int, cells []string) {
	switch {
	case c.Columns != nil:
	case n == c.nameRow():
		h.names = cells
	case n == c.LabelRow:
		h.labels = cells
	case n == c.ImportRow:
		h.imports = cells
	}
}

// find looks up the wanted places when all header rows are taken; some may be missing. The error names every one that is
// missing or ambiguous, with what the columns are.
func (h *header) find(c *Config, places []string, optional []bool) error {
	kept, err := json.Marshal(keptHeader{Names: h.names, Labels: h.labels, Imports: h.imports})
	if err != nil {
		return err
	}
	h.kept = kept
	if h.labels != nil {
		h.names = labelled(h.names, h.labels)
	}
	aliases, err := h.imported(h.imports, c.ImportRow)
	if err != nil {
		return err
	}
	wished := slices.Clone(places)
	for i, place := range wished {
		if name, ok := aliases[place]; ok && !slices.Contains(h.names, place) {
			wished[i] = name
			if z := h.zones[name]; z != nil {
				h.zones[place] = z
			}
		}
	}
	if h.columns, err = find(wished, h.names, optional); err != nil {
		return err
	}
	wanted := map[int]bool{}
	for _, c := range h.columns {
		wanted[c] = true
	}
	times := map[string]int{}
	for i, name := range h.names {
		times[name]++
		if wanted[i] {
			continue
		}
		if n := times[name]; n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		h.others = append(h.others, i)
		h.keys = append(h.keys, jsonKey(name))
	}
	return nil
}

// jsonKey is a name as the key of a JSON object, with its colon.
func jsonKey(name string) []byte {
	return append(connectors.AppendJSONString(nil, strings.ToValidUTF8(name, "\uFFFD")), ':')
}

// find returns the index of each place among the columns, -1 for one that is missing and may be. The error names every
// place that is missing or ambiguous.
func find(places, columns []string, optional []bool) ([]int, error) {
	at := map[string]int{}
	twice := map[string]bool{}
	for i, name := range columns {
		if _, ok := at[name]; ok {
			twice[name] = true
		}
		at[name] = i
	}
	var out []int
	bad := &columnError{columns: columns}
	for n, place := range places {
		i, ok := at[place]
		switch {
		case !ok && optional != nil && optional[n]:
			i = -1
		case !ok:
			bad.missing = append(bad.missing, place)
		case twice[place]:
			bad.twice = append(bad.twice, place)
		}
		out = append(out, i)
	}
	if bad.missing != nil || bad.twice != nil {
		return nil, bad
	}
	return out, nil
}

// labelled joins the names of two header rows. A name that is empty over a label continues the one before it.
func labelled(names, labels []string) []string {
	out := make([]string, max(len(names), len(labels)))
	last := ""
	for i := range out {
		name, label := "", ""
		if i < len(names) {
			name = strings.Join(strings.Fields(names[i]), " ")
		}
		if i < len(labels) {
			label = strings.Join(strings.Fields(labels[i]), " ")
		}
		switch {
		case name != "":
			last = name
		case label != "":
			name = last
		}
		if label != "" {
			name += " / " + label
		}
		out[i] = name
	}
	return out
}

// imported reads the header row of import ids. It returns the name of the column for each id and fills in the zones.
func (h *header) imported(cells []string, number int) (map[string]string, error) {
	if cells == nil {
		return nil, nil
	}
	aliases, again := map[string]string{}, map[string]bool{}
	h.zones = map[string]*time.Location{}
	for i, cell := range cells {
		var id struct {
			ImportID string `json:"ImportId"`
			ChoiceID string `json:"choiceId"`
			Zone     string `json:"timeZone"`
		}
		if err := json.Unmarshal([]byte(cell), &id); err != nil || id.ImportID == "" || i >= len(h.names) {
			return nil, &adviceError{fmt.Sprintf(`header row %d has %.60q where {"ImportId": ...} is wanted`, number, cell), "this is an export of another form: correct header_rows and import_row, or take another preset"}
		}
		alias := id.ImportID
		if id.ChoiceID != "" {
			alias += "_" + id.ChoiceID
		}
		if _, twice := aliases[alias]; twice {
			again[alias] = true
		}
		aliases[alias] = h.names[i]
		switch id.Zone {
		case "":
		case "Z":
			h.zones[h.names[i]] = time.UTC
		default:
			zone, err := time.LoadLocation(id.Zone)
			if err != nil || id.Zone == "Local" {
				return nil, fmt.Errorf("header row %d names the time zone %q of column %q, which is not known", number, id.Zone, h.names[i])
			}
			h.zones[h.names[i]] = zone
		}
	}
	for alias := range again { // names no column for sure
		delete(aliases, alias)
	}
	return aliases, nil
}
