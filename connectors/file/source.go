package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"insideout/connectors"
	"insideout/models"
)

// Source reads the files of one configuration. It implements connectors.Source.
type Source struct {
	name   string
	config Config
	base   string
	binder *connectors.Binder
	x      connectors.Extractor // of the JSON lines
	values []connectors.Value
	file   []byte // its value
	named  int    // the place $file among those of the binder; -1 for none
	d      models.Delivery
	read   int64                 // rows of the file at hand, in this pull
	bad    int64                 // of these, rejected
	heads  map[string]columnHead // of Reread

	// Now gives the time of deliveries; New sets time.Now.
	Now func() time.Time
	// Apart is the command line of a process that calls ServeParquet, to decode Parquet files within limits. Without it
	// they are decoded in this process, which is for files that one has written oneself.
	Apart []string
	// Objects is how object stores are reached; nil if they are not.
	Objects *Objects
}

// New makes a source. base is the folder that Path is relative to. x takes the binder's places out of JSON lines; it
// may be nil where there are none. The error is connectors.Problems.
func New(name string, c Config, base string, b *connectors.Binder, x connectors.Extractor) (*Source, error) {
	if err := c.Check().Err(); err != nil {
		return nil, err
	}
	places := b.Places()
	return &Source{name: name, config: c, base: base, binder: b, x: x, values: make([]connectors.Value, len(places)), named: slices.Index(places, placeFile), Now: time.Now}, nil
}

// placeFile is the place that holds the name of the file, without its folder, so that a day in it can be read:
// {from: $file, time: "roster-2006-01-02.csv"}.
const placeFile = "$file"

// optional tells which places a file need not have.
func (s *Source) optional() []bool {
	may := s.binder.Optional()
	if s.named >= 0 {
		may[s.named] = true
	}
	return may
}

// Name implements connectors.Source.
func (s *Source) Name() string { return s.name }

// Limits of a delivery.
const (
	maxRows    = 16384
	maxRecords = 65536 // a wide row makes many
	maxBytes   = 4 << 20
)

// maxRejects is how many rows of one file are rejected before it is given up, if nearly all of them are. A few bytes of gzip
// unpack to millions of rows of one letter, and each reject takes a hundred times its row.
const maxRejects = 100_000

// Pull implements connectors.Source. Files that cannot be read are named in the error when the others are done.
func (s *Source) Pull(ctx context.Context, from models.Positions, emit connectors.Emit) error {
	if bucket, pattern, ok := remote(s.config.Path); ok {
		return s.pullObjects(ctx, bucket, pattern, from, emit)
	}
	paths, inside, err := s.list()
	if err != nil {
		return err
	}
	seen, known := map[string]bool{}, earlier(from)
	return s.each(ctx, paths, func(path string) error {
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for its writer
			return s.irregular(path, info.Mode())
		}
		o, err := open(ctx, path, inside, known)
		if err != nil {
			return err
		}
		return s.one(ctx, o, s.label(path), from, seen, emit)
	})
}

// pullObjects reads objects as Pull reads files.
func (s *Source) pullObjects(ctx context.Context, bucket, pattern string, from models.Positions, emit connectors.Emit) (err error) {
	o, keys, err := s.openObjects(ctx, bucket, pattern)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	seen, known := map[string]bool{}, earlier(from)
	for i, key := range keys {
		keys[i] = o.address(key)
	}
	return s.each(ctx, keys, func(address string) error {
		got, err := o.open(ctx, address, known, func(hash string) bool { return from[hash].Done })
		if err != nil || got == nil {
			return err
		}
		return s.one(ctx, got, address, from, seen, emit)
	})
}

// each reads one file or object after the other. Those that cannot be read are named in the error when the others are done.
func (s *Source) each(ctx context.Context, paths []string, read func(path string) error) error {
	var failed []error
	for _, path := range paths {
		err := read(path)
		if ctx.Err() != nil && (err == nil || errors.Is(err, errStopped) || errors.Is(err, ctx.Err())) {
			break
		}
		var stop *emitError
		if errors.As(err, &stop) {
			return stop.err
		}
		if err != nil {
			failed = append(failed, s.explain(path, err))
		}
	}
	return errors.Join(failed...)
}

// emitError marks an error that came from emit.
type emitError struct{ err error }

func (e *emitError) Error() string { return e.err.Error() }

var errStopped = errors.New("stopped")

// one reads a file that is open, and closes it.
func (s *Source) one(ctx context.Context, o *opened, label string, from models.Positions, seen map[string]bool, emit connectors.Emit) (err error) {
	defer o.f.Close()
	if seen[o.hash] || from[o.hash].Done {
		return nil
	}
	seen[o.hash] = true
	r, done, err := s.rows(ctx, o, label)
	if err != nil {
		return err
	}
	defer func() {
		if done != nil {
			done()
		}
	}()
	next := from[o.hash].Next
	for left := next; left > 0; left -= maxRows {
		if ctx.Err() != nil {
			return errStopped
		}
		if err := r.skip(min(left, maxRows)); err == io.EOF {
			return fmt.Errorf("it has fewer rows than the %d that were read before", next)
		} else if err != nil {
			return err
		}
	}
	s.file, s.read, s.bad = []byte(path.Base(label)), 0, 0
	s.begin(o.hash, label, next)
	s.d.Range.Identity = identity(o.size)
	if next == 0 && o.prefix != nil {
		n, err := s.passed(o, label, r)
		if err != nil {
			return err
		}
		done()
		if _, err := o.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if r, done, err = s.rows(ctx, o, label); err != nil {
			return err
		}
		if err := r.skip(n); err != nil {
			return err
		}
		s.pass(n)
	}
	for {
		last, err := s.fill(r)
		if err != nil {
			// What stands before the damage lands.
			if s.d.Range.Next > s.d.Range.First {
				if err := s.hand(ctx, o, emit); err != nil {
					return err
				}
			}
			return err
		}
		s.d.Range.Done = last
		if err := s.hand(ctx, o, emit); err != nil || last {
			return err
		}
	}
}

// rows opens the content of a file.
func (s *Source) rows(ctx context.Context, o *opened, path string) (rows, func(), error) {
	format, compression := s.config.of(path)
	s.binder.InZone(nil)
	switch format {
	case formatParquet:
		if s.Apart != nil {
			t, h, err := openApart(ctx, s.Apart, o.f, o.size)
			return s.table(t, h, err)
		}
		t, h, err := openParquet(o.f, o.size)
		return s.table(t, h, err)
	case formatXLSX, formatODS:
		t, h, err := openWorkbook(o.f, o.size, format, &s.config)
		return s.table(t, h, err)
	}
	if format == "" {
		return nil, nil, errFormat
	}
	if (format == formatJSONL || format == formatJSON) && s.x == nil {
		return nil, nil, errors.New("it is JSON, and the mapping has a place that is none there")
	}
	in, done, err := o.unpack(compression, s.config.Encoding)
	if err != nil {
		return nil, nil, err
	}
	var r rows
	switch format {
	case formatJSONL:
		r, err = newJSON(newBuffer(in), s.x, newShaper(&s.config))
	case formatJSON:
		r, err = newDocument(in, &s.config, s.x)
	default:
		c := s.config
		c.Format = format
		var table *csvRows
		if table, err = newCSV(newBuffer(in), &c, s.binder.Places(), s.optional(), c.Nulls()); err == nil {
			s.binder.InZone(table.zones)
		}
		r = table
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return r, done, nil
}

// table gives the rows of a table that was opened.
func (s *Source) table(t table, h header, err error) (rows, func(), error) {
	if err != nil {
		return nil, nil, err
	}
	if h.names == nil { // an empty sheet has no rows that could lack anything
		return newTable(t, h, nil), t.close, nil
	}
	if err := h.find(&s.config, s.binder.Places(), s.optional()); err != nil {
		t.close()
		return nil, nil, err
	}
	s.binder.InZone(h.zones)
	return newTable(t, h, s.config.Nulls()), t.close, nil
}

var errFormat = errors.New("its name does not tell the format")

// begin makes an empty delivery that starts at a row.
func (s *Source) begin(stream, label string, next int64) {
	s.binder.Reset()
	clear(s.d.Rejects)
	s.d = models.Delivery{
		Source: s.name, Records: s.d.Records[:0], Rejects: s.d.Rejects[:0],
		Range: models.Range{Stream: stream, Label: label, First: next, Next: next},
	}
}

// fill reads rows into the delivery until it is full or the file ends.
func (s *Source) fill(r rows) (last bool, err error) {
	g := &s.d.Range
	for size := 0; g.Next-g.First < maxRows && size < maxBytes && s.binder.Rows() < maxRecords; {
		row, err := r.next(s.values)
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		size += row.size
		if s.named >= 0 {
			s.values[s.named] = connectors.Value{Kind: connectors.String, Bytes: s.file}
		}
		var bad *models.Reject
		if row.bad != nil {
			bad = &models.Reject{Position: g.Next, Code: row.bad.Code, Detail: row.bad.Detail}
		} else {
			var records, dropped int
			var filtered bool
			records, dropped, filtered, bad = s.binder.Bind(s.values, r.rest, g.Next)
			if err := s.binder.Frozen(); err != nil {
				if row.line > 0 {
					err = fmt.Errorf("line %d: %w", row.line, err)
				}
				return false, err
			}
			g.Records += int64(records)
			g.Dropped += int64(dropped)
			switch {
			case bad != nil:
			case filtered:
				g.Filtered++
			default:
				g.Loaded++
			}
		}
		if bad != nil {
			bad.Stream, bad.Label, bad.Line, bad.Raw = g.Stream, g.Label, row.line, bytes.Clone(r.raw())
			bad.Beside = bytes.Clone(r.beside())
			s.d.Rejects = append(s.d.Rejects, *bad)
			g.Rejected++
			s.bad++
		}
		g.Next++
		if s.read++; s.bad >= maxRejects && s.bad >= s.read/10*9 {
			return false, &adviceError{fmt.Sprintf("%d of its first %d rows are rejected", s.bad, s.read), "it is no file of this source, or the mapping is wrong for it; what was read is kept, and no more is"}
		}
	}
	return false, nil
}

// hand emits the delivery and begins the next one. Nothing is emitted once ctx has ended, or when the file is no longer
// the one that its hash names.
func (s *Source) hand(ctx context.Context, o *opened, emit connectors.Emit) error {
	if ctx.Err() != nil {
		return errStopped
	}
	if err := o.changed(); err != nil {
		return err
	}
	s.d.At = s.Now().UTC()
	if b := s.binder.Batch(); b.Rows() > 0 {
		s.d.Records = append(s.d.Records, b)
	}
	g := s.d.Range
	if err := emit(ctx, &s.d); err != nil {
		return &emitError{err}
	}
	s.begin(g.Stream, g.Label, g.Next)
	s.d.Range.Identity = g.Identity
	return nil
}

// explain says of a file what is wrong with it and what to do.
func (s *Source) explain(path string, err error) error {
	label := path
	if _, _, ok := remote(path); !ok {
		label = s.label(path)
	}
	e := &connectors.DataError{Op: "read", What: label, Err: err}
	var columns *columnError
	var advice *adviceError
	switch {
	case errors.As(err, new(*connectors.EnvironmentError)):
		return err
	case isSystem(err):
		return environment("read", label, err)
	case errors.As(err, &columns):
		e.Hint = columns.hint()
	case errors.As(err, &advice):
		e.Hint = advice.hint
	case errors.As(err, new(*connectors.FrozenError)): // it says what to do
	case errors.Is(err, errChanged):
		e.Hint = "run again when it is complete"
	case errors.Is(err, errFormat):
		e.Hint = "give format: csv, tsv, xlsx, ods, jsonl, json or parquet"
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Err = errors.New("it ends half-way")
		e.Hint = "copy it again; what stands before the end has been taken"
	default:
		e.Hint = "export or copy it again"
	}
	return e
}

// isSystem reports whether the operating system refused.
func isSystem(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p)
}

// adviceError is what is wrong with a file, with what to do about it.
type adviceError struct{ what, hint string }

func (e *adviceError) Error() string { return e.what }

// columnError names the places that a file has no column for.
type columnError struct {
	missing, twice []string
	columns        []string
}

func (e *columnError) Error() string {
	var parts []string
	for _, m := range e.missing {
		parts = append(parts, fmt.Sprintf("it has no column %q", m))
	}
	for _, t := range e.twice {
		parts = append(parts, fmt.Sprintf("it has more than one column %q", t))
	}
	return strings.Join(parts, ", ")
}

func (e *columnError) hint() string {
	if len(e.missing) == 0 {
		return "give the columns different names"
	}
	if d := parted(e.columns); d != "" {
		return fmt.Sprintf("the header looks parted by %q: give delimiter: %q", d, d)
	}
	var near []string
	for _, m := range e.missing {
		if s := connectors.Suggest(m, e.columns); strings.HasPrefix(s, "did you mean") {
			near = append(near, s)
		}
	}
	near = append(near, "correct map:, or header_rows, name_row and delimiter if these are not the names; the columns are "+strings.Join(shorten(e.columns), ", "))
	return strings.Join(near, " ")
}

func shorten(names []string) []string {
	const most = 60
	if len(names) <= most {
		return names
	}
	return append(names[:most:most], fmt.Sprintf("... %d more", len(names)-most))
}
