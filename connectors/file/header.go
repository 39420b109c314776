package file

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"insideout/connectors"
)

// find looks up the wanted columns.
func (r *csvRows) find(places []string, optional []bool, aliases map[string]string) error {
	var err error
	wished := slices.Clone(places)
	for i, place := range wished {
		if name, ok := aliases[place]; ok && !slices.Contains(r.names, place) {
			wished[i] = name
			if z := r.zones[name]; z != nil {
				r.zones[place] = z
			}
		}
	}
	if r.columns, err = find(wished, r.names, optional); err != nil {
		return err
	}
	wanted := map[int]bool{}
	for _, c := range r.columns {
		wanted[c] = true
	}
	times := map[string]int{}
	for i, name := range r.names {
		times[name]++
		if wanted[i] {
			continue
		}
		if n := times[name]; n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		r.others = append(r.others, i)
		r.keys = append(r.keys, append(connectors.AppendJSONString(nil, strings.ToValidUTF8(name, "\uFFFD")), ':'))
	}
	return nil
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
func (r *csvRows) imported(cells []string, number int) (map[string]string, error) {
	if cells == nil {
		return nil, nil
	}
	aliases, again := map[string]string{}, map[string]bool{}
	r.zones = map[string]*time.Location{}
	for i, cell := range cells {
		var id struct {
			ImportID string `json:"ImportId"`
			ChoiceID string `json:"choiceId"`
			Zone     string `json:"timeZone"`
		}
		if err := json.Unmarshal([]byte(cell), &id); err != nil || id.ImportID == "" || i >= len(r.names) {
			return nil, &adviceError{fmt.Sprintf(`header row %d has %.60q where {"ImportId": ...} is wanted`, number, cell), "this is an export of another form: correct header_rows and import_row, or take another preset"}
		}
		alias := id.ImportID
		if id.ChoiceID != "" {
			alias += "_" + id.ChoiceID
		}
		if _, twice := aliases[alias]; twice {
			again[alias] = true
		}
		aliases[alias] = r.names[i]
		switch id.Zone {
		case "":
		case "Z":
			r.zones[r.names[i]] = time.UTC
		default:
			zone, err := time.LoadLocation(id.Zone)
			if err != nil || id.Zone == "Local" {
				return nil, fmt.Errorf("header row %d names the time zone %q of column %q, which is not known", number, id.Zone, r.names[i])
			}
			r.zones[r.names[i]] = zone
		}
	}
	for alias := range again { // names no column for sure
		delete(aliases, alias)
	}
	return aliases, nil
}
