package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"insideout/models"
)

// Replayed is what Replay did.
type Replayed struct {
	Loaded   int64 `json:"loaded"`   // rejected rows that became records
	Records  int64 `json:"records"`  // made of them
	Filtered int64 `json:"filtered"` // rejected rows that a filter leaves out now
	Renamed  int64 `json:"renamed"`  // still rejected, for another reason than before
}

// Replay reads the rows of the quarantine again and publishes what became of them by one commit: records in files of
// their own, a quarantine without those rows and with the present reason of the others, and the counts of their streams,
// where what is no longer rejected is loaded or filtered. Read gives nil for a row that is to stay as it is. Positions
// stay. Doing it again does nothing. Records of someone forgotten stay out and are counted as forgotten. No cycle may
// be open.
func (l *Lake) Replay(ctx context.Context, read func(context.Context, string, *models.Reject) (*models.Reading, error)) (*Replayed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, errClosed
	case l.fail != nil:
		return nil, l.fail
	}
	p := &replay{lake: l, read: read, tables: map[string]*table{}, accounts: map[chainKey]*account{},
		record: &record{Format: format, Seq: l.state.Seq + 1, Epoch: l.epoch, Previous: l.state.Hash, Run: l.run, At: l.now().UTC()}}
	if err := p.all(ctx); err != nil {
		if !errors.Is(err, ErrUnclear) && l.state.Seq < p.record.Seq { // what is published stays
			p.discard()
		}
		return nil, err
	}
	return &p.done, nil
}

// replay is one Replay under way.
type replay struct {
	lake     *Lake
	read     func(context.Context, string, *models.Reject) (*models.Reading, error)
	record   *record
	tables   map[string]*table
	accounts map[chainKey]*account // what is added, by stream; no dataset
	hash     hasher
	done     Replayed
}

func (p *replay) all(ctx context.Context) error {
	l, r := p.lake, p.record
	a, err := l.placed()
	if err != nil {
		return err
	}
	l.cycles++
	number := l.cycles
	for _, f := range l.state.Files {
		if f.Dataset != rejectsDataset {
			continue
		}
		changed, err := p.file(ctx, f, a.of[f.Path], number)
		if err != nil {
			return err
		}
		if len(changed) == 0 {
			continue
		}
		at := -1
		next, err := l.again(f, rewriting{take: func(_ origin, b *models.Batch) (*models.Batch, int64, int64) {
			out := models.NewBatch(b.Schema, b.Rows())
			for row := range b.Rows() {
				at++
				now, hit := changed[at]
				if hit && now == nil {
					continue
				}
				copyRow(out, b, row)
				if hit {
					rename(out, out.Rows()-1, now)
				}
			}
			return out, int64(b.Rows() - out.Rows()), 0
		}})
		if err != nil {
			return err
		}
		r.Replaced = append(r.Replaced, replacement{Old: f.Path, New: next})
	}
	if len(r.Replaced) == 0 {
		return nil
	}
	if err := p.finish(); err != nil {
		return err
	}
	if r.Restated, err = l.restate(ctx, r, map[string]bool{rejectsDataset: true}); err != nil {
		return err
	}
	return l.exchange(r)
}

// file reads the rows of a file again. It returns those that do not stay as they are, by their number: nil for one that
// goes, else its reason.
func (p *replay) file(ctx context.Context, f File, c *content, number int64) (map[int]*models.Reject, error) {
	changed := map[int]*models.Reject{}
	at := -1
	err := p.lake.batches(f, func(o origin, b *models.Batch) error {
		if b.Schema.Name != rejectsDataset {
			return errors.New("the columns are not those of a quarantine file")
		}
		for row := range b.Rows() {
			if err := ctx.Err(); err != nil {
				return err
			}
			at++
			e, problem := c.take(o.source, o.stream, rejectsDataset, b.Positions[row])
			if problem != "" {
				return fmt.Errorf("the lake is damaged, and nothing was changed: %s: run verify", problem)
			}
			was := rejectAt(o.stream, b, row)
			got, err := p.read(ctx, o.source, was)
			if err != nil {
				return err
			}
			switch {
			case got == nil:
			case got.Reject != nil:
				if now := got.Reject; now.Code != was.Code || now.Field != was.Field || now.Detail != was.Detail {
					changed[at] = &models.Reject{Code: now.Code, Field: now.Field, Detail: now.Detail}
					p.done.Renamed++
				}
			default:
				if err := p.add(o, e, was.Position, got, number); err != nil {
					return err
				}
				changed[at] = nil
			}
		}
		return nil
	})
	return changed, err
}

// add takes the records of one position, which are held to what a delivery of that position alone is held to.
func (p *replay) add(o origin, of *account, position int64, got *models.Reading, number int64) error {
	k := chainKey{of.key(), of.Generation, ""}
	e := p.accounts[k]
	if e == nil {
		e = &account{Source: of.Source, Generation: of.Generation, Range: models.Range{Stream: of.Stream, First: position}}
		p.accounts[k] = e
	}
	e.Next = position + 1
	b := got.Records
	if b == nil || b.Rows() == 0 {
		e.Filtered++
		p.done.Filtered++
		return nil
	}
	if err := checkBatch(b, models.Range{First: position, Next: position + 1}); err != nil {
		return &DeliveryError{Source: of.Source, Stream: of.Stream, What: fmt.Sprintf("dataset %s: %v", b.Schema.Name, err)}
	}
	e.Loaded++
	e.Records += int64(b.Rows())
	e.Dropped += int64(got.Dropped)
	p.done.Loaded++
	p.done.Records += int64(b.Rows())
	name := b.Schema.Name
	t := e.table(name)
	if t.Digest == "" {
		i := slices.IndexFunc(p.lake.state.Accounts, of.same)
		t.Digest = p.lake.state.Accounts[i].digest(name)
	}
	before, err := parseDigest(t.Digest, name)
	if err != nil {
		return &CorruptError{Path: manifestDir, What: "the digest of " + of.Stream + " cannot be read", Err: err}
	}
	t.Records += int64(b.Rows())
	if p.lake.eraser != nil {
		b, t.Forgotten = p.lake.eraser.add(b, t.Forgotten)
	}
	t.Digest = p.hash.batch(before, b).String()
	if b.Rows() == 0 {
		return nil
	}
	t.Event = t.Event.union(events(b))
	into := p.tables[name]
	if into == nil {
		if err := p.lake.disk.mkdir(dataDir + "/" + name); err != nil {
			return err
		}
		if into, err = newTable(p.lake.disk, dataName(name, p.lake.epoch, number), b, p.lake.epoch, p.lake.codec, p.lake.keys); err != nil {
			return err
		}
		p.tables[name] = into
	}
	o.run = p.lake.run // that the record is of; it was pulled when the row was
	return into.append(b, o)
}

// finish makes the files durable and lays the accounts out.
func (p *replay) finish() error {
	r := p.record
	for _, name := range sortedKeys(p.tables, nil) {
		f, err := p.tables[name].finish(p.lake.disk)
		if err != nil {
			return err
		}
		r.Files = append(r.Files, f)
		if err := p.lake.disk.syncDir(dataDir + "/" + name); err != nil {
			return err
		}
	}
	if err := p.lake.disk.syncDir(dataDir + "/" + rejectsDataset); err != nil {
		return err
	}
	for _, e := range p.accounts {
		r.Replayed = append(r.Replayed, *e)
	}
	slices.SortFunc(r.Replayed, func(a, b account) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Stream, b.Stream), cmp.Compare(a.Generation, b.Generation))
	})
	return nil
}

// discard removes what was written; what cannot be removed is an orphan.
func (p *replay) discard() {
	for _, name := range sortedKeys(p.tables, nil) {
		_ = p.tables[name].discard(p.lake.disk)
	}
	for _, f := range p.record.Replaced {
		if f.New != nil {
			_ = p.lake.disk.remove(f.New.Path)
		}
	}
}

// replay moves what was rejected to where it belongs now, if it is of this stream.
func (a *account) replay(all []account) error {
	for i := range all {
		e := &all[i]
		if !e.same(a) {
			continue
		}
		moved := e.Loaded + e.Filtered
		if min(e.Loaded, e.Filtered, e.Records, e.Dropped) < 0 || moved > a.Rejected-a.RejectsForgotten {
			return fmt.Errorf("source %s, stream %s: it replays %d rows of %d rejected", e.Source, e.Stream, moved, a.Rejected-a.RejectsForgotten)
		}
		a.Rejected -= moved
		a.Loaded += e.Loaded
		a.Filtered += e.Filtered
		a.Records += e.Records
		a.Dropped += e.Dropped
		a.tabulate(e)
	}
	return nil
}

// rejectAt is a row of the quarantine as it was delivered.
func rejectAt(stream string, b *models.Batch, row int) *models.Reject {
	text := func(field int) string {
		if b.Columns[field].Valid[row] {
			return b.Columns[field].Texts[row]
		}
		return ""
	}
	payload := func(field int) []byte { // none is not an empty one
		if b.Columns[field].Valid[row] {
			return []byte(b.Columns[field].Texts[row])
		}
		return nil
	}
	r := &models.Reject{Stream: stream, Position: b.Positions[row], Label: text(rejectLabel), Code: text(rejectCode), Field: text(rejectField),
		Detail: text(rejectDetail), Raw: payload(rejectRaw), Key: payload(rejectKey)}
	if rejectBeside < len(b.Columns) { // not in files of version 1
		r.Beside = payload(rejectBeside)
	}
	if b.Columns[rejectLine].Valid[row] {
		r.Line = b.Columns[rejectLine].Ints[row]
	}
	return r
}

// rename gives a row of the quarantine its present reason.
func rename(b *models.Batch, row int, now *models.Reject) {
	b.SetText(rejectCode, row, strings.ToValidUTF8(now.Code, "\uFFFD"))
	for field, s := range map[int]string{rejectField: now.Field, rejectDetail: now.Detail} {
		b.Columns[field].Valid[row] = false
		if s != "" {
			b.SetText(field, row, strings.ToValidUTF8(s, "\uFFFD"))
		}
	}
}

// copyRow appends a row of one batch to another of the same schema.
func copyRow(to, from *models.Batch, row int) {
	at := to.Add(from.Positions[row])
	for i := range from.Columns {
		c := &from.Columns[i]
		if !c.Valid[row] {
			continue
		}
		switch from.Schema.Fields[i].Kind {
		case models.Text, models.JSON:
			to.SetText(i, at, c.Texts[row])
		case models.Real:
			to.SetReal(i, at, c.Reals[row])
		default:
			to.SetInt(i, at, c.Ints[row])
		}
	}
}
