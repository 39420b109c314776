package kafka

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"insideout/connectors"
	"insideout/models"
)

// Hand is what one worker works with. A binder and a reader belong to one goroutine, so every worker has its own.
type Hand struct {
	Binder *connectors.Binder
	Reader connectors.Reader
	// Dial opens this worker's connections; nil for Options.Dial.
	Dial Dial
}

// crew is the workers of one pull and what each of them owns. A partition belongs to one worker at a time, and only its
// owner hands over its messages, one delivery after the other, each beginning where the last one ended: whoever takes a
// partition over goes on from what was handed over, whatever another may still hold in its hands.
//
// A worker that gives up on the brokers leaves, and the others take its partitions; the pull fails when the last one leaves.
// Every other error is about the topic or its data, and ends the pull for all.
type crew struct {
	emit connectors.Emit
	stop context.CancelFunc // ends the pull of all

	mu      sync.Mutex
	at      models.Positions // what was handed over
	owner   map[int32]int
	known   map[int32]bool // the partitions that there were when the pull began
	active  int
	idle    int // of the active, those with nothing to read
	round   int // counts the times that somebody left
	changed chan struct{}
}

func newCrew(n int, from models.Positions, emit connectors.Emit, stop context.CancelFunc) *crew {
	c := &crew{emit: emit, stop: stop, at: maps.Clone(from), owner: map[int32]int{}, active: n, changed: make(chan struct{})}
	if c.at == nil {
		c.at = models.Positions{}
	}
	return c
}

// position is where reading of a stream goes on.
func (c *crew) position(stream string) (models.Position, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.at[stream]
	return p, ok
}

// positions is all of them.
func (c *crew) positions() models.Positions {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.at)
}

// share gives a worker the partitions that are free, up to its equal part of all. Those that were made after the pull
// began are only for one that follows.
func (c *crew) share(worker int, all []int32, follow bool) []int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[int32]bool{}
		for _, id := range all {
			c.known[id] = true
		}
	}
	var mine []int32
	part := (len(all) + c.active - 1) / c.active
	for _, id := range all {
		if o, taken := c.owner[id]; taken && o == worker {
			mine = append(mine, id)
		}
	}
	for _, id := range all {
		if _, taken := c.owner[id]; !taken && len(mine) < part && (follow || c.known[id]) {
			c.owner[id] = worker
			mine = append(mine, id)
		}
	}
	slices.Sort(mine)
	return mine
}

// hand passes a delivery on.
func (c *crew) hand(ctx context.Context, d *models.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.emit(ctx, d); err != nil {
		c.stop()
		return err
	}
	c.at[d.Range.Stream] = d.Range.Position()
	return nil
}

// leave gives a worker's partitions back, and reports whether there is nobody left.
func (c *crew) leave(worker int) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.owner, func(_ int32, o int) bool { return o == worker })
	c.active--
	c.round++
	c.idle = 0 // everybody looks again
	close(c.changed)
	c.changed = make(chan struct{})
	return c.active == 0
}

// news tells which round it is, and when the next one begins.
func (c *crew) news() (round int, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.round, c.changed
}

// rest is for a worker that has read all of its own. It returns true when all have, and false when somebody left and there
// may be more to read.
func (c *crew) rest(ctx context.Context, round int) bool {
	c.mu.Lock()
	if c.round != round {
		c.mu.Unlock()
		return false
	}
	c.idle++
	if c.idle >= c.active {
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		return true
	}
	changed := c.changed
	c.mu.Unlock()
	select {
	case <-changed:
	case <-ctx.Done():
		return true
	}
	now, _ := c.news()
	return now == round
}

// gaveUp is the error of a worker whose patience with the brokers is over.
type gaveUp struct{ error }

func (e gaveUp) Unwrap() error { return e.error }

// run has all workers pull, and returns what ended them.
func (c *crew) run(ctx context.Context, pulls []*pull) error {
	if len(pulls) == 1 {
		return pulls[0].run(ctx)
	}
	errs := make([]error, len(pulls))
	var wg sync.WaitGroup
	for i, p := range pulls {
		wg.Go(func() {
			err := p.run(ctx)
			if err == nil {
				return
			}
			var tired gaveUp
			if errors.As(err, &tired) && !c.leave(i) {
				p.notice("a worker gives up, the others take its partitions: " + err.Error())
				return
			}
			errs[i] = err
			c.stop()
		})
	}
	wg.Wait()
	for _, err := range errs { // a refused delivery is what the receiver knows of
		var refused *emitError
		if errors.As(err, &refused) {
			return err
		}
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return nil
}
