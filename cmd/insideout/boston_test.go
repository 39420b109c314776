package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"insideout/cmd/boston311/replay"
	"insideout/pipelines/lake"
	"insideout/testdata/broker"
)

// TestBoston sends every service request of a year as events to a real Kafka broker, kills the run twice in the middle,
// lets it end, and wants the figures that pandas made from the raw files (expected.py).
func TestBoston(t *testing.T) {
	data := sharedData(t)
	b := broker.Require(t, broker.Options{})
	ctx := t.Context()
	cases, err := replay.Read(filepath.Join(data, "boston_311_2015", "raw"))
	if err != nil {
		t.Fatal(err)
	}
	events, err := replay.Events(cases, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := replay.Send(ctx, []string{b.Addr()}, "boston311", 3, events); err != nil {
		t.Fatal(err)
	}

	config := example(t, "boston", data)
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	// Small commits, so that there is a middle to be killed in.
	text = append(bytes.Replace(text, []byte("127.0.0.1:9092"), []byte(b.Addr()), 1), "\nlimits: {commit_rows: 20000}\n"...)
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("INSIDEOUT_KEY", "a key for nothing but this test")
	dir := filepath.Join(filepath.Dir(config), "lake")
	for _, commits := range []int64{2, 5} {
		killAfter(t, config, dir, commits)
	}
	insideout(t, 0, "run", "--config", config)

	snap, err := lake.Read(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Cases, Events      int64
		StillOpen          int64 `json:"still_open"`
		ClosedBeforeOpened int64 `json:"closed_before_opened"`
		Queues             int64
		Repeats            struct {
			Cases, Repeats, Censored int64
			Without                  int64 `json:"without_location"`
			Closed                   int64 `json:"closed_window"`
			Followed                 int64 `json:"followed_in_closed_window"`
		}
		ByQueue []struct {
			Queue  string
			ByWeek []struct {
				Week                     string
				Cases, Repeats, Censored int64
				Closed                   int64 `json:"closed_window"`
				Followed                 int64 `json:"followed_in_closed_window"`
			} `json:"by_week"`
		} `json:"by_queue"`
	}
	expected(t, "boston", &want)
	if totals := snap.Totals(); len(totals) != 1 || totals[0].Loaded != want.Events || totals[0].Records != want.Events || totals[0].Rejected != 0 {
		t.Errorf("the lake holds %+v, want %d events", totals, want.Events)
	}
	verified, err := lake.Verify(ctx, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !verified.OK() {
		t.Errorf("the lake does not verify: %v", verified.Problems)
	}

	// Straight from the lake's files: every case once, those closed before they were opened still closed.
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	quoted := "'" + strings.Join(snap.Paths("contacts"), "', '") + "'"
	got := integers(t, db, 4, fmt.Sprintf(`with c as (select contact_id, max(started_at) as opened, max(ended_at) as closed, any_value(team) as team
		from read_parquet([%s]) group by contact_id)
		select count(*), count(*) filter (where closed is null), count(*) filter (where closed < opened), count(distinct team) from c`, quoted))
	if w := []int64{want.Cases, want.StillOpen, want.ClosedBeforeOpened, want.Queues}; fmt.Sprint(got) != fmt.Sprint(w) {
		t.Errorf("cases, still open, closed before opened, queues: %v, want %v", got, w)
	}

	wh := openWarehouse(t, config)
	got = integers(t, wh, 6, "select contacts, without_key, repeats, closed, followed, censored from rpt_repeat")
	r := want.Repeats
	if w := []int64{r.Cases, r.Without, r.Repeats, r.Closed, r.Followed, r.Censored}; fmt.Sprint(got) != fmt.Sprint(w) {
		t.Errorf("cases, without place, repeats, closed windows, followed, censored: %v, want %v", got, w)
	}
	if got := integers(t, wh, 1, "select n from rpt_flags where code = 'closed_before_opened'"); got[0] != want.ClosedBeforeOpened {
		t.Errorf("%d cases flagged as closed before opened, want %d", got[0], want.ClosedBeforeOpened)
	}
	weeks := 0
	for _, q := range want.ByQueue {
		for _, w := range q.ByWeek {
			weeks++
			got := integers(t, wh, 5, `select contacts, repeats, closed, followed, censored from fct_repeat_contact
				where team = ? and period_start = cast(? as date)`, q.Queue, w.Week)
			if want := []int64{w.Cases, w.Repeats, w.Closed, w.Followed, w.Censored}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, week of %s: cases, repeats, closed, followed, censored %v, want %v", q.Queue, w.Week, got, want)
			}
		}
	}
	if weeks < 20 {
		t.Errorf("only %d queue-weeks were compared", weeks)
	}
}

// killAfter starts a run of its own and kills it, without warning, as soon as the lake has the number of commits.
func killAfter(t *testing.T, config, dir string, commits int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "run", "--config", config)
	cmd.Env = append(os.Environ(), beMain+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			t.Fatalf("the run ended before it could be killed: %v\n%s", err, out.String())
		case <-tick.C:
		}
		snap, err := lake.Read(dir, nil)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, lake.ErrNone) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if snap.Seq >= commits {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-done
			return
		}
	}
}
