package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"insideout/connectors"
	"insideout/connectors/kafka"
	"insideout/pipelines"
)

func (a *app) runVerb() *cobra.Command {
	var (
		follow   bool
		refresh  time.Duration
		from, to string
		runID    string
		accept   bool
		workers  int
	)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Pull what is new, and publish warehouse and report if anything changed",
		Example: `  insideout run                          pull, build, publish
  insideout run --from T-365d            analyse the last year only
  insideout run --follow --refresh 15m   go on until stopped`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runID != "" && !runName.MatchString(runID) {
				return usageError{fmt.Errorf("--run-id %q: use letters, digits, dot, - and _, at most 100", runID)}
			}
			c, err := pipelines.Load(a.config)
			if err != nil {
				return err
			}
			if err := bound(c, from, to); err != nil {
				return err
			}
			if workers < 1 || workers > 64 {
				return usageError{fmt.Errorf("--workers %d is not between 1 and 64", workers)}
			}
			if refresh < time.Second {
				return usageError{fmt.Errorf("--refresh %s is shorter than a second", refresh)}
			}
			out, err := a.run(cmd.Context(), c, pipelines.Options{RunID: runID, Follow: follow, Refresh: refresh, AcceptNew: accept, Workers: workers})
			if out.Published != nil {
				a.say("report     %s\nwarehouse  %s", c.Path(out.Published.Report), c.Path(out.Published.Warehouse))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.BoolVar(&follow, "follow", false, "go on pulling until stopped; publish every --refresh")
	f.DurationVar(&refresh, "refresh", 15*time.Minute, "with --follow: how often to publish")
	f.IntVar(&workers, "workers", 1, "how many share the partitions of each topic; one commits")
	f.StringVar(&from, "from", "", "first day of the analysis: 2025-01-31 or T-90d")
	f.StringVar(&to, "to", "", "day after the last one of the analysis")
	f.StringVar(&runID, "run-id", "", "name of this run (default: time and chance)")
	f.BoolVar(&accept, "accept-new-topic", false, "go on from the start of a topic that was deleted and created again")
	return cmd
}

// run is the one way to run a configuration: the verb and the demo both come here.
func (a *app) run(ctx context.Context, c *pipelines.Config, o pipelines.Options) (*pipelines.Outcome, error) {
	o.Version = version()
	o.Now = func() time.Time { return time.Now().UTC() }
	if o.RunID == "" {
		o.RunID = newRunID(o.Now())
	}
	o.Open = a.opener(kafka.Options{Follow: o.Follow, AcceptNewTopic: o.AcceptNew, Notice: a.notice})
	o.Notice = a.notice
	p := newProgress(a)
	o.Progress = p.tell
	out, err := pipelines.Run(ctx, c, o)
	p.done()
	a.result = out
	a.summary = out.Summary()
	a.say("%s", a.summary)
	for _, w := range out.Warnings {
		a.say("! %s: %s (%d rows)\n  -> %s", w.Name, w.Text, w.Rows, w.Fix)
	}
	return out, err
}

// opener makes the sources of a configuration.
func (a *app) opener(topics kafka.Options) func(*pipelines.Config, *pipelines.Source, []*connectors.Binder) (connectors.Source, error) {
	return func(c *pipelines.Config, s *pipelines.Source, binders []*connectors.Binder) (connectors.Source, error) {
		if s.Kafka != nil {
			return openTopic(c, s, binders, topics)
		}
		return openFiles(s.Name, *s.File, c.Dir(), filepath.Join(filepath.Dir(c.Lake), "objects"), binders[0])
	}
}

// runName is what a run may be called: it names files.
var runName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$`)

// notice tells people of something that passes, such as a broker that is away.
func (a *app) notice(message string) {
	if !a.quiet && !a.json {
		fmt.Fprintln(a.stderr, message)
	}
}

func newRunID(now time.Time) string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return now.Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
}

// bound lays --from and --to over the configuration.
func bound(c *pipelines.Config, from, to string) error {
	for _, b := range []struct {
		flag, text string
		into       *pipelines.CivilDay
	}{{"--from", from, &c.From}, {"--to", to, &c.To}} {
		if b.text == "" {
			continue
		}
		day, err := parseDay(b.text, time.Now().In(c.Zone.Location))
		if err != nil {
			return usageError{fmt.Errorf("%s: %w", b.flag, err)}
		}
		b.into.Time = day
	}
	if !c.From.IsZero() && !c.To.IsZero() && !c.To.After(c.From.Time) {
		return usageError{fmt.Errorf("the analysis ends (%s) before it begins (%s)", c.To.Format(time.DateOnly), c.From.Format(time.DateOnly))}
	}
	return nil
}

// parseDay reads a civil day: 2025-01-31, an RFC 3339 instant (its day in the zone of now), or T-7d.
func parseDay(s string, now time.Time) (time.Time, error) {
	civil := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	if days, ok := strings.CutPrefix(s, "T-"); ok {
		if n, err := strconv.Atoi(strings.TrimSuffix(days, "d")); err == nil && strings.HasSuffix(days, "d") && n >= 0 {
			return civil(now).AddDate(0, 0, -n), nil
		}
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return civil(t.In(now.Location())), nil
	}
	return time.Time{}, fmt.Errorf("want a day such as 2025-01-31 or T-90d, not %q", s)
}
