package lake

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"insideout/models"
)

// memoryBytes bounds what the open row groups of one cycle hold together, whatever the number of datasets.
const memoryBytes = 32 << 20

// Cycle collects deliveries until they are committed together. It is safe for concurrent use, but the deliveries of
// one stream must come in order.
type Cycle struct {
	lake   *Lake
	number int64

	mu      sync.Mutex
	over    bool  // committed or aborted
	broken  error // first error that left a file half-written
	pending []*pending
	current map[streamKey]*pending
	tables  map[string]*table
	hash    hasher
	gaps    []Gap
	rows    int64
	rejects *models.Batch // scratch
}

// pending is the account of one stream within a cycle.
type pending struct {
	base    *account // what the lake has; nil for a new stream
	add     *account // what the cycle adds
	digests map[string]digest
	rejects digest
}

// Rows is the number of records that the cycle holds.
func (c *Cycle) Rows() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rows
}

// Bytes is the size of the cycle's files so far, with what is still in memory.
func (c *Cycle) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var n int64
	for _, t := range c.tables {
		n += t.w.Size()
	}
	return n
}

var errOver = errors.New("the cycle has ended")

// Add takes a delivery. A *DeliveryError leaves the cycle as it was; after any other error (a *DiskError) it can only
// be aborted. Nothing of the delivery is kept by reference. A delivery without rows is legal: it may say that a stream
// exists, that it ended, or nothing at all.
func (c *Cycle) Add(d *models.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return errOver
	case c.broken != nil:
		return c.broken
	}
	if err := checkDelivery(d); err != nil {
		return err
	}
	p, err := c.stream(d)
	if err != nil {
		return err
	}
	if c.broken = c.write(p, d); c.broken != nil {
		return c.broken
	}
	p.add.take(d.Range)
	for _, g := range d.Gaps {
		g.Stream, g.Reason, g.DetectedAt = d.Range.Stream, strings.ToValidUTF8(g.Reason, "\uFFFD"), g.DetectedAt.UTC()
		c.gaps = append(c.gaps, Gap{Source: d.Source, Gap: g})
	}
	return nil
}

// stream returns the account that the delivery follows on to.
func (c *Cycle) stream(d *models.Delivery) (*pending, error) {
	k := streamKey{d.Source, d.Range.Stream}
	p := c.current[k]
	if p == nil {
		if base := c.lake.find(k); base != nil {
			p = &pending{base: base}
			p.add = &account{Source: d.Source, Generation: base.Generation, Range: models.Range{
				Stream: base.Stream, Identity: base.Identity, Label: base.Label, First: base.Next, Next: base.Next, Done: base.Done, Epoch: base.Epoch}}
		}
	}
	switch {
	case p == nil:
		p = &pending{add: begin(d, 0)}
	case p.add.renewed(d.Range):
		if !c.lake.anew {
			return nil, &DeliveryError{Source: d.Source, Stream: d.Range.Stream, Err: ErrIdentity, What: fmt.Sprintf(
				"its identity is %s, the lake knows it as %s: if it was made anew on purpose, accept it as a new stream", d.Range.Identity, p.add.Identity)}
		}
		p = &pending{add: begin(d, p.add.Generation+1)}
	default:
		if why := p.add.follows(d.Range); why != "" {
			return nil, &DeliveryError{Source: d.Source, Stream: d.Range.Stream, What: why, Err: ErrOverlap}
		}
	}
	if c.current[k] == p {
		return p, nil
	}
	p.digests = map[string]digest{}
	p.rejects = newDigest(rejectsDataset)
	if p.base != nil && p.base.Rejects != "" {
		var err error
		if p.rejects, err = parseDigest(p.base.Rejects, rejectsDataset); err != nil {
			return nil, &CorruptError{Path: manifestDir, What: "the digest of " + p.base.Stream + " cannot be read", Err: err}
		}
	}
	c.current[k] = p
	c.pending = append(c.pending, p)
	return p, nil
}

// begin is the account of a stream that the lake does not know.
func begin(d *models.Delivery, generation int) *account {
	r := d.Range
	return &account{Source: d.Source, Generation: generation, Range: models.Range{
		Stream: r.Stream, Identity: r.Identity, Label: strings.ToValidUTF8(r.Label, "\uFFFD"), First: r.First, Next: r.First}}
}

// digest returns the chain of a dataset as it stands in the cycle.
func (p *pending) digest(dataset string) (digest, error) {
	if d, ok := p.digests[dataset]; ok {
		return d, nil
	}
	s := ""
	if p.base != nil {
		s = p.base.digest(dataset)
	}
	d, err := parseDigest(s, dataset)
	if err != nil {
		err = &CorruptError{Path: manifestDir, What: "the digest of " + p.base.Stream + " cannot be read", Err: err}
	}
	return d, err
}

// write puts the rows and rejects of a delivery into the files.
func (c *Cycle) write(p *pending, d *models.Delivery) error {
	o := origin{source: d.Source, stream: d.Range.Stream, run: c.lake.run, at: d.At}
	for _, b := range d.Records {
		before, err := p.digest(b.Schema.Name)
		if err != nil {
			return err
		}
		t := p.add.table(b.Schema.Name)
		t.Records += int64(b.Rows())
		if c.lake.eraser != nil {
			b, t.Forgotten = c.lake.eraser.add(b, t.Forgotten)
		}
		if b.Rows() > 0 {
			if err := c.append(b, o); err != nil {
				return err
			}
			t.Event = t.Event.union(events(b))
			c.rows += int64(b.Rows())
		}
		after := c.hash.batch(before, b)
		p.digests[b.Schema.Name] = after
		t.Digest = after.String()
	}
	if len(d.Rejects) == 0 {
		return nil
	}
	rejects := d.Rejects
	if c.lake.eraser != nil {
		rejects = c.lake.eraser.rejects(rejects)
		p.add.RejectsForgotten += int64(len(d.Rejects) - len(rejects))
	}
	if len(rejects) > 0 {
		if err := c.append(c.rejected(rejects), o); err != nil {
			return err
		}
	}
	for i := range rejects {
		p.rejects = c.hash.reject(p.rejects, &rejects[i])
	}
	p.add.Rejects = p.rejects.String()
	return nil
}

// append writes a batch to the file of its dataset, which is made when the first row comes.
func (c *Cycle) append(b *models.Batch, o origin) error {
	t := c.tables[b.Schema.Name]
	if t == nil {
		if err := c.lake.disk.mkdir(dataDir + "/" + b.Schema.Name); err != nil {
			return err
		}
		var err error
		if t, err = newTable(c.lake.disk, dataName(b.Schema.Name, c.lake.epoch, c.number), b, c.lake.epoch, c.lake.codec, c.lake.keys); err != nil {
			return err
		}
		c.tables[b.Schema.Name] = t
	}
	if !alike(t.schema, b.Schema) {
		return fmt.Errorf("dataset %s: two schemas of that name in one cycle", b.Schema.Name)
	}
	if err := t.append(b, o); err != nil {
		return err
	}
	return c.relieve()
}

// relieve ends the largest row group when the open ones together hold too much.
func (c *Cycle) relieve() error {
	var total, most int64
	var largest *table
	for _, t := range c.tables {
		n := t.buffered()
		total += n
		if n > most || largest != nil && n == most && t.name < largest.name {
			most, largest = n, t
		}
	}
	if total <= memoryBytes {
		return nil
	}
	return largest.flush()
}

// rejected lays rejects out as rows of the quarantine. The batch is good until the next call.
func (c *Cycle) rejected(rejects []models.Reject) *models.Batch {
	if c.rejects == nil {
		c.rejects = models.NewBatch(rejectsSchema, len(rejects))
	}
	b := c.rejects
	b.Reset()
	text := func(field, row int, s string) {
		if s != "" {
			b.SetText(field, row, strings.ToValidUTF8(s, "\uFFFD"))
		}
	}
	for i := range rejects {
		r := &rejects[i]
		row := b.Add(r.Position)
		b.SetText(rejectCode, row, strings.ToValidUTF8(r.Code, "\uFFFD"))
		text(rejectLabel, row, r.Label)
		text(rejectField, row, r.Field)
		text(rejectDetail, row, r.Detail)
		if r.Line != 0 {
			b.SetInt(rejectLine, row, r.Line)
		}
		// No key is not an empty key, and a row may be empty.
		if r.Raw != nil {
			b.SetText(rejectRaw, row, string(r.Raw))
		}
		if r.Key != nil {
			b.SetText(rejectKey, row, string(r.Key))
		}
		if r.Beside != nil {
			b.SetText(rejectBeside, row, string(r.Beside))
		}
	}
	return b
}

// Abort drops the cycle and removes its files. The lake is as if it had never begun.
func (c *Cycle) Abort() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil
	}
	c.over = true
	return c.discard()
}

func (c *Cycle) discard() error {
	var errs []error
	for _, t := range c.sorted() {
		errs = append(errs, t.discard(c.lake.disk))
	}
	clear(c.tables)
	return errors.Join(errs...)
}

func (c *Cycle) sorted() []*table {
	tables := make([]*table, 0, len(c.tables))
	for _, t := range c.tables {
		tables = append(tables, t)
	}
	slices.SortFunc(tables, func(a, b *table) int { return strings.Compare(a.name, b.name) })
	return tables
}

// changed reports whether committing would add anything to what the lake knows.
func (c *Cycle) changed() bool {
	if len(c.tables) > 0 {
		return true
	}
	for _, p := range c.pending {
		if p.base == nil || p.add.Next > p.add.First || p.add.Position() != p.base.Position() {
			return true
		}
	}
	return false
}

// record lays the cycle out as a commit.
func (c *Cycle) record(seq, epoch int64, previous, run string, at time.Time, files []File) *record {
	r := &record{Format: format, Seq: seq, Epoch: epoch, Previous: previous, Run: run, At: at.UTC(), Files: files, Gaps: c.gaps}
	if seq == 1 {
		r.Names = c.lake.chain.chain()
	}
	for _, p := range c.pending {
		if p.base == nil || p.add.Next > p.add.First || p.add.Position() != p.base.Position() {
			r.Ranges = append(r.Ranges, *p.add)
		}
	}
	slices.SortFunc(r.Ranges, func(a, b account) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Stream, b.Stream), cmp.Compare(a.Generation, b.Generation))
	})
	slices.SortStableFunc(r.Gaps, func(a, b Gap) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Stream, b.Stream), cmp.Compare(a.From, b.From))
	})
	return r
}
