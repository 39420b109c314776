package lake

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"insideout/models"
)

// feed is a made-up input of several streams and sources whose every position is fixed, whoever asks for it and
// however it is cut: what it holds is the oracle of the crash tests.
type feed struct {
	source, stream string
	dataset        string
	first, end     int64
	finite         bool
}

// feeds has two datasets, three sources, a stream that begins late, one that is empty, rejects, filtered rows, rows of
// several records, control positions and gaps.
var feeds = []feed{
	{source: "desk", stream: "contacts/0", dataset: "contacts", end: 300},
	{source: "desk", stream: "contacts/1", dataset: "contacts", first: 1000, end: 1200},
	{source: "desk", stream: "contacts/2", dataset: "contacts"},
	{source: "pulse", stream: "sha256:aa", dataset: "answers", end: 150, finite: true},
	{source: "teams", stream: "sha256:bb", dataset: "teams", end: 9, finite: true},
}

// fate says what becomes of a position: l(oaded), r(ejected), f(iltered), c(ontrol) or m(issing). What is missing
// comes in runs, as it does when a broker has dropped old segments.
func (f feed) fate(p int64) byte {
	switch {
	case f.finite && p%23 == 5, !f.finite && p%31 == 7:
		return 'r'
	case p%17 == 3:
		return 'f'
	case !f.finite && p%19 == 11:
		return 'c'
	case !f.finite && p%100 >= 90 && p%100 < 96:
		return 'm'
	}
	return 'l'
}

// records is the number of rows that a loaded position gives.
func (f feed) records(p int64) int64 {
	if f.dataset == "answers" {
		return 1 + p%3
	}
	return 1
}

// raw is the payload of a rejected position; it is no UTF-8.
func (f feed) raw(p int64) []byte { return fmt.Appendf([]byte{0xff, 0}, "%s@%d", f.stream, p) }

// gapEnd is where the gap that holds p ends.
func (f feed) gapEnd(p int64) int64 {
	for p < f.end && f.fate(p) == 'm' {
		p++
	}
	return p
}

// delivery is the stretch first..next-1, which must not cut a gap.
func (f feed) delivery(first, next int64) *models.Delivery {
	s := models.Dataset(f.dataset)
	b := models.NewBatch(s, int(next-first))
	d := &models.Delivery{Source: f.source, Records: []*models.Batch{b}, At: pulledAt, Range: models.Range{
		Stream: f.stream, Identity: "id of " + f.stream, Label: "label of " + f.stream,
		First: first, Next: next, Done: f.finite && next == f.end}}
	r := &d.Range
	for p := first; p < next; p++ {
		switch f.fate(p) {
		case 'l':
			r.Loaded++
			for i := range f.records(p) {
				f.row(b, p, i)
				r.Records++
			}
		case 'r':
			r.Rejected++
			d.Rejects = append(d.Rejects, models.Reject{Stream: f.stream, Label: r.Label, Position: p, Line: p + 2,
				Code: "wrong_type", Field: "team", Detail: "a remedy", Raw: f.raw(p)})
		case 'f':
			r.Filtered++
		case 'c':
			r.Control++
		case 'm':
			r.Missing++
			if p == first || f.fate(p-1) != 'm' {
				d.Gaps = append(d.Gaps, models.Gap{Stream: f.stream, From: p, To: f.gapEnd(p), Reason: "retention", DetectedAt: pulledAt})
			}
		}
	}
	return d
}

// row adds record i of position p.
func (f feed) row(b *models.Batch, p, i int64) {
	rnd := rand.New(rand.NewPCG(uint64(p)<<8|uint64(i), uint64(len(f.stream))))
	r := b.Add(p)
	for c, field := range b.Schema.Fields {
		if !field.Required && rnd.IntN(3) == 0 {
			continue
		}
		switch field.Kind {
		case models.Text:
			b.SetText(c, r, fmt.Sprintf("%s %d", field.Name, rnd.IntN(50)))
		case models.JSON:
			b.SetText(c, r, fmt.Sprintf(`{"n":%d}`, rnd.IntN(50)))
		case models.Real:
			b.SetReal(c, r, float64(rnd.IntN(11)))
		case models.Bool:
			b.SetInt(c, r, rnd.Int64N(2))
		case models.Date:
			b.SetInt(c, r, rnd.Int64N(20_000))
		default:
			b.SetInt(c, r, 1_700_000_000_000_000+rnd.Int64N(1e12))
		}
	}
}

// following is the next delivery of at most step positions that the lake lacks; false when it has them all.
func (f feed) following(l *Lake, step int64) (*models.Delivery, bool) {
	p, known := l.Positions(f.source)[f.stream]
	if !known {
		p.Next = f.first
	}
	if known && (p.Done || p.Next >= f.end) {
		return nil, false
	}
	return f.delivery(p.Next, f.gapEnd(min(p.Next+step, f.end))), true
}

// pump loads what the lake does not have of all feeds, in deliveries of at most step positions and a commit every
// perCommit deliveries. It asks the lake where to begin and nobody else.
func pump(t testing.TB, l *Lake, step int64, perCommit int) (acknowledged int64, err error) {
	c := l.Begin()
	defer func() { c.Abort() }()
	n := 0
	for _, f := range feeds {
		d, more := f.following(l, step)
		for more {
			if err := c.Add(d); err != nil {
				return acknowledged, err
			}
			next := d.Range.Next
			if more = next < f.end; more {
				d = f.delivery(next, f.gapEnd(min(next+step, f.end)))
			}
			if n++; n%perCommit == 0 {
				done, err := c.Commit(t.Context())
				if err != nil {
					return acknowledged, err
				}
				acknowledged = done.Seq
				c = l.Begin()
			}
		}
	}
	done, err := c.Commit(t.Context())
	if err != nil {
		return acknowledged, err
	}
	return done.Seq, nil
}

// produced is every row and reject of all feeds, as one line each: dataset, stream, position, hash of the content.
func produced() []string {
	var out []string
	for _, f := range feeds {
		d := f.delivery(f.first, f.end)
		for i, r := range d.Rejects {
			out = append(out, fmt.Sprintf("%s %s %s %d %x", rejectsDataset, f.source, f.stream, d.Rejects[i].Position, sha256.Sum256(r.Raw)))
		}
		for row, p := range d.Records[0].Positions {
			var content bytes.Buffer
			for c, field := range d.Records[0].Schema.Fields {
				col := d.Records[0].Columns[c]
				switch {
				case !col.Valid[row]:
					fmt.Fprint(&content, "null;")
				case col.Texts != nil:
					fmt.Fprintf(&content, "%q;", col.Texts[row])
				case col.Reals != nil:
					fmt.Fprintf(&content, "%v;", col.Reals[row])
				case field.Kind == models.Bool:
					fmt.Fprintf(&content, "%v;", col.Ints[row] != 0)
				default:
					fmt.Fprintf(&content, "%v;", col.Ints[row])
				}
			}
			out = append(out, fmt.Sprintf("%s %s %s %d %x", f.dataset, f.source, f.stream, p, sha256.Sum256(content.Bytes())))
		}
	}
	slices.Sort(out)
	return out
}

// kept is what the committed files hold, in the form of produced. It goes by the files alone.
func kept(t testing.TB, s *Snapshot) []string {
	t.Helper()
	var out []string
	for _, dataset := range append(s.Datasets(), rejectsDataset) {
		for _, entry := range s.Files(dataset) {
			path := filepath.Join(s.dir, entry.Path)
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			plain, size, err := s.keys.open(entry, f, entry.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			err = scan(plain, size, func(columns []string, row parquet.Row) (bool, error) {
				n := len(row) - provenance
				where := fmt.Sprintf("%s %s %s %d", dataset, row[n].String(), row[n+1].String(), row[n+2].Int64())
				if dataset == rejectsDataset {
					out = append(out, fmt.Sprintf("%s %x", where, sha256.Sum256(row[slices.Index(columns, "raw")].ByteArray())))
					return true, nil
				}
				var content bytes.Buffer
				for _, v := range row[:n] {
					switch {
					case v.IsNull():
						fmt.Fprint(&content, "null;")
					case v.Kind() == parquet.ByteArray:
						fmt.Fprintf(&content, "%q;", v.ByteArray())
					case v.Kind() == parquet.Double:
						fmt.Fprintf(&content, "%v;", v.Double())
					case v.Kind() == parquet.Boolean:
						fmt.Fprintf(&content, "%v;", v.Boolean())
					case v.Kind() == parquet.Int32:
						fmt.Fprintf(&content, "%v;", v.Int32())
					default:
						fmt.Fprintf(&content, "%v;", v.Int64())
					}
				}
				out = append(out, fmt.Sprintf("%s %x", where, sha256.Sum256(content.Bytes())))
				return true, nil
			})
			f.Close()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
	slices.Sort(out)
	return out
}
