package lake

import "fmt"

// content says which rows a commit's files must hold: of each range and dataset how many, in the order of the stream.
// Rows of different streams may alternate in a file; those of one stream are in order.
type content struct {
	queues map[contentKey][]*quota
	order  []*quota
	unread map[string]bool // datasets of which a file could not be read
	loose  map[string]bool // datasets of which a file was rewritten: rows may lack
}

type contentKey struct {
	streamKey
	dataset string
}

// quota is what one range must give to one dataset.
type quota struct {
	account *account
	dataset string
	left    int64 // rows still to come
	last    int64 // position of the row before
}

func newContent(r *record) *content {
	c := &content{queues: map[contentKey][]*quota{}, unread: map[string]bool{}, loose: map[string]bool{}}
	for i := range r.Ranges {
		e := &r.Ranges[i]
		for _, t := range e.Tables {
			c.add(e, t.Dataset, t.Records-t.Forgotten)
		}
		c.add(e, rejectsDataset, e.Rejected-e.RejectsForgotten)
	}
	for i := range r.Replayed {
		e := &r.Replayed[i]
		for _, t := range e.Tables {
			c.add(e, t.Dataset, t.Records-t.Forgotten)
		}
	}
	return c
}

func (c *content) add(e *account, dataset string, rows int64) {
	if rows == 0 {
		return
	}
	q := &quota{account: e, dataset: dataset, left: rows, last: e.First - 1}
	k := contentKey{e.key(), dataset}
	c.queues[k] = append(c.queues[k], q)
	c.order = append(c.order, q)
}

// take gives a row to its range; a problem says why it fits none, or fits badly.
func (c *content) take(source, stream, dataset string, position int64) (*account, string) {
	k := contentKey{streamKey{source, stream}, dataset}
	queue := c.queues[k]
	for len(queue) > 0 && queue[0].left == 0 {
		queue = queue[1:]
	}
	if c.loose[dataset] {
		for len(queue) > 1 && (position >= queue[0].account.Next || position < queue[0].last) {
			queue = queue[1:]
		}
	}
	c.queues[k] = queue
	if len(queue) == 0 {
		return nil, fmt.Sprintf("source %s, stream %s, position %d: the commit does not count it", source, stream, position)
	}
	q := queue[0]
	e := q.account
	problem := ""
	switch {
	case position < e.First || position >= e.Next:
		problem = fmt.Sprintf("source %s, stream %s, position %d lies outside %d to %d", source, stream, position, e.First, e.Next-1)
	case position < q.last:
		problem = fmt.Sprintf("source %s, stream %s, position %d comes after %d", source, stream, position, q.last)
	}
	q.left--
	q.last = position
	return e, problem
}

// incomplete names the ranges that miss rows in files that could be read.
func (c *content) incomplete() []string {
	var out []string
	for _, q := range c.order {
		if q.left > 0 && !c.unread[q.dataset] && !c.loose[q.dataset] {
			out = append(out, fmt.Sprintf("source %s, stream %s: %d rows of %s are not in the files", q.account.Source, q.account.Stream, q.left, q.dataset))
		}
	}
	return out
}
