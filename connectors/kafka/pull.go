package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"insideout/connectors"
	"insideout/models"
)

// Sizes of a fetch. A partition gives at most perPartition bytes at once, so the memory of a pull does not grow with
// the topic; a broker's whole answer at most perAnswer.
const (
	perAnswer    = 8 << 20
	perPartition = 4 << 20

	// longPoll is how long brokers hold a fetch open in total, all leaders together, when there is nothing to read.
	longPoll = 500 * time.Millisecond
	tick     = time.Second
	// emptyAnswers is how many answers without anything, each to a fetch of this partition alone, are believed: what
	// lies before the end was compacted away, the end included.
	emptyAnswers = 3
)

// pull is the part of one worker in one run of Source.Pull.
type pull struct {
	*Source
	cluster
	crew   *crew
	worker int
	binder *connectors.Binder
	reader connectors.Reader
	values []connectors.Value

	message connectors.Message // at hand
	calm    patience

	label    string // of the streams, before the slash
	identity string
	parts    []*partition // that this worker owns, by id
	most     int          // partitions that the topic was seen with
	seen     int          // round of the crew
	opened   bool
	turn     int
	answers  []fetched
	stable   stable
	inflater inflater

	tally     models.Range
	rejects   []models.Reject
	gaps      []models.Gap
	held      int // bytes of values in the batch
	emitted   time.Time
	refreshed time.Time
}

func (p *pull) run(ctx context.Context) error {
	p.emitted = time.Now()
	for ctx.Err() == nil {
		err := p.step(ctx)
		switch {
		case err == nil && p.done() && !p.opt.Follow:
			if p.crew.rest(ctx, p.seen) {
				return nil
			}
			p.refreshed = time.Time{}
		case err == nil:
			if p.calm.lost() {
				p.notice("the brokers answer again")
			}
			p.calm.well()
		case final(err):
			return err
		case ctx.Err() != nil:
			return nil
		default:
			if !p.calm.lost() {
				p.notice(fmt.Sprintf("%v; trying again for %s", err, p.calm.limit))
			}
			if !p.calm.wait(ctx) {
				return p.giveUp(err)
			}
			p.refreshed = time.Time{}
		}
		if err := p.beat(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *pull) notice(message string) {
	if p.opt.Notice != nil {
		p.opt.Notice(fmt.Sprintf("topic %s: %s", p.cfg.Topic, message))
	}
}

func (p *pull) giveUp(err error) error {
	hint := fmt.Sprintf("tried for %s; see that the brokers run and that the list of brokers is right. What was committed stays; the next run goes on from there", p.calm.limit)
	if errors.Is(err, errNoTopic) {
		hint = "it was there when the pull began; see whether it was deleted"
	}
	return gaveUp{&connectors.EnvironmentError{Op: "read topic", What: p.cfg.Topic, Hint: hint, Err: err}}
}

// step does what is due: learn of the topic, then one fetch from each leader.
func (p *pull) step(ctx context.Context) error {
	round, changed := p.crew.news()
	if p.refreshed.IsZero() || round != p.seen || p.opt.Follow && time.Since(p.refreshed) > p.look {
		err := p.refresh(ctx)
		if errors.Is(err, errNoTopic) && p.known == nil {
			return p.unknownTopic(ctx)
		}
		var versions *versionError
		if errors.As(err, &versions) {
			return &connectors.EnvironmentError{Op: "connect to", What: "the brokers of topic " + p.cfg.Topic, Err: versions,
				Hint: "Kafka 2.3 or newer is needed"}
		}
		if err != nil {
			return err
		}
		if err := p.adopt(ctx); err != nil {
			return err
		}
		p.refreshed, p.seen = time.Now(), round
	}
	if len(p.parts) == 0 && p.opt.Follow { // others have them all
		t := time.NewTimer(p.look)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-changed:
		case <-t.C:
		}
		return nil
	}
	return p.round(ctx)
}

func (p *pull) done() bool {
	return p.opened && !slices.ContainsFunc(p.parts, func(q *partition) bool { return !q.done() })
}

// adopt brings the partitions up to date with what was just learned of the topic.
func (p *pull) adopt(ctx context.Context) error {
	now := p.cluster.identity()
	if p.identity == "" {
		label, err := p.names(now)
		if err != nil {
			return err
		}
		p.identity, p.label = now, label
		p.group.mu.Lock()
		p.group.label = label
		p.group.mu.Unlock()
	}
	if p.identity != now {
		return p.anotherTopic(p.identity, now)
	}
	n := len(p.topic.partitions)
	if n < p.most {
		return p.anotherTopic(fmt.Sprintf("%d partitions", p.most), fmt.Sprintf("%d partitions", n))
	}
	p.most = n
	all := make([]int32, n)
	for i, info := range p.topic.partitions {
		all[i] = info.id
	}
	mine := p.crew.share(p.worker, all, p.opt.Follow)
	for _, info := range p.topic.partitions {
		if _, ok := slices.BinarySearch(mine, info.id); !ok {
			continue
		}
		i, there := slices.BinarySearchFunc(p.parts, info.id, func(q *partition, id int32) int { return int(q.id - id) })
		if !there {
			p.parts = slices.Insert(p.parts, i, &partition{id: info.id, stream: streamName(p.label, info.id), epoch: -1, bad: -1})
		}
		q := p.parts[i]
		if info.epoch > q.leaderEpoch && q.open {
			q.check = q.epoch >= 0 // another leader: does it have what was read from the one before?
		}
		q.leader, q.leaderEpoch = info.leader, info.epoch
	}
	for _, q := range p.parts {
		if q.open {
			continue
		}
		if err := p.open(ctx, q); err != nil {
			return err
		}
	}
	p.opened = true
	return nil
}

// round fetches once from every leader that has partitions with something left to read.
func (p *pull) round(ctx context.Context) error {
	leaders := map[int32][]*partition{}
	for _, q := range p.parts {
		if !q.done() {
			leaders[q.leader] = append(leaders[q.leader], q)
		}
	}
	p.turn++
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(leaders)) {
		if ctx.Err() != nil {
			return nil
		}
		err := p.fetchFrom(ctx, leaders[id], longPoll/time.Duration(len(leaders)))
		if err != nil && (final(err) || ctx.Err() != nil) {
			return err
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return join(errs)
}

// fetchFrom asks the leader of the partitions for their next records and hands these over.
func (p *pull) fetchFrom(ctx context.Context, parts []*partition, wait time.Duration) error {
	l, err := p.leader(ctx, parts[0])
	if err != nil {
		return err
	}
	for _, q := range parts {
		if q.check {
			if err := p.stillThere(ctx, l, q); err != nil {
				return err
			}
		}
	}
	// A partition that got nothing although it has something is asked for alone: others may have taken all the room.
	if i := slices.IndexFunc(parts, func(q *partition) bool { return q.starved > 0 }); i >= 0 {
		parts = parts[i : i+1]
	}
	request := fetchRequest{topic: p.cfg.Topic, id: p.topic.id, waitMS: int32(wait.Milliseconds()), maxBytes: perAnswer, perPart: perPartition}
	for i := range parts {
		q := parts[(i+p.turn)%len(parts)]
		request.wants = append(request.wants, want{partition: q.id, leaderEpoch: q.leaderEpoch, offset: q.next})
	}
	if p.answers, err = l.fetch(ctx, p.timeout, &request, p.answers); err != nil {
		p.drop(l.address)
		return fmt.Errorf("%s: %w", l.address, err)
	}
	if err := p.sameTopic(ctx, l); err != nil {
		return err
	}
	var errs []error
	for i := range p.answers {
		a := &p.answers[i]
		k := slices.IndexFunc(parts, func(q *partition) bool { return q.id == a.partition })
		if k < 0 {
			continue
		}
		if err := p.take(ctx, l, parts[k], a); err != nil {
			if final(err) || ctx.Err() != nil {
				return err
			}
			errs = append(errs, fmt.Errorf("partition %d: %w", a.partition, err))
		}
	}
	return join(errs)
}

// sameTopic makes sure that a fetch by name reached the topic that is meant: brokers from 2.8 to 3.0 know the ids of
// topics and do not take them in a fetch, so the id is asked for again behind it.
func (p *pull) sameTopic(ctx context.Context, l *link) error {
	if l.byID() || p.topic.id == (uuid{}) || !slices.ContainsFunc(p.answers, func(a fetched) bool { return len(a.set) > 0 }) {
		return nil
	}
	m, err := l.metadata(ctx, p.timeout, p.cfg.Topic)
	switch {
	case err != nil:
		p.drop(l.address)
		return fmt.Errorf("%s: %w", l.address, err)
	case len(m.topics) != 1 || m.topics[0].code != 0:
		return errNoTopic
	case m.topics[0].id != p.topic.id:
		return p.anotherTopic(p.topic.id.String(), m.topics[0].id.String())
	}
	return nil
}

// beat emits an empty delivery when a following pull was silent for a second.
func (p *pull) beat(ctx context.Context) error {
	if !p.opt.Follow || len(p.parts) == 0 || !p.parts[0].open || time.Since(p.emitted) < tick || ctx.Err() != nil {
		return nil
	}
	p.begin(p.parts[0])
	return p.hand(ctx, p.parts[0])
}
