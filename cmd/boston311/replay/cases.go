// Package replay turns the service requests that the City of Boston published, one line a case, into the events that a live
// system would have sent: one when a case was opened and one when it was closed. It exists for the example in
// testdata/examples/boston and for the tests that run it on a broker.
//
// Two properties are its contract. Every case makes exactly one opened event, and one closed event if it has a closing
// date, whatever that date is: cases closed before they were opened stay as they are. And events come in an order that
// is not that of time, the same on every machine, so that a closing can arrive before its opening.
package replay

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Layout is how the city writes instants: Boston's own clock, and no word about the zone.
const Layout = "01/02/2006 03:04:05 PM"

// Case is one service request. Opened and Closed are as the city wrote them; Closed is empty while the case is open.
type Case struct {
	Number     string
	Opened     string
	Closed     string
	OnTime     string
	Type       string
	Queue      string
	Department string
	Location   string
	Source     string
}

// columns of the city's files that make a case, in the order of the fields of Case.
var columns = []string{"CASE_ENQUIRY_ID", "OPEN_DT", "CLOSED_DT", "OnTime_Status", "TYPE", "QUEUE", "Department", "Location", "Source"}

// Read reads every CSV file of the folder, by name. The folder is data/boston_311_2015/raw of the example.
func Read(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no CSV files: name the folder with the city's files, one for each type", dir)
	}
	slices.Sort(files)
	var out []Case
	for _, name := range files {
		if out, err = readFile(out, name); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return out, nil
}

func readFile(out []Case, name string) ([]Case, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, err
	}
	at := make([]int, len(columns))
	for i, c := range columns {
		if at[i] = slices.Index(head, c); at[i] < 0 {
			return nil, fmt.Errorf("there is no column %s", c)
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		cell := func(i int) string { return strings.Clone(row[at[i]]) }
		c := Case{cell(0), cell(1), cell(2), cell(3), cell(4), cell(5), cell(6), cell(7), cell(8)}
		for _, stamp := range []string{c.Opened, c.Closed} {
			if _, err := time.Parse(Layout, stamp); stamp != "" && err != nil {
				return nil, fmt.Errorf("case %s: %w", c.Number, err)
			}
		}
		out = append(out, c)
	}
}
