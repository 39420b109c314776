package replay

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// expected is what testdata/examples/boston/expected.py found in the raw files with pandas.
type expected struct {
	Cases              int `json:"cases"`
	ClosedEvents       int `json:"closed_events"`
	Events             int `json:"events"`
	StillOpen          int `json:"still_open"`
	ClosedBeforeOpened int `json:"closed_before_opened"`
	Queues             int `json:"queues"`
}

// shared finds a folder of the data that lie outside the repository, or skips.
func shared(t *testing.T, path string) string {
	t.Helper()
	base := os.Getenv("INSIDEOUT_SHARED")
	if base == "" {
		base = filepath.Join("..", "..", "..", "..", "shared")
		if _, err := os.Stat(base); err != nil {
			base = filepath.Join("..", "..", "..", "..", "..", "shared")
		}
	}
	dir := filepath.Join(base, filepath.FromSlash(path))
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the data are not here (%v): set INSIDEOUT_SHARED to the folder that holds data/", err)
	}
	return dir
}

func TestEvents_EveryCaseOpenedAndClosedOnce(t *testing.T) {
	cases, err := Read(shared(t, "data/boston_311_2015/raw"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../../testdata/examples/boston/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want expected
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	const partitions = 3
	events, err := Events(cases, partitions)
	if err != nil {
		t.Fatal(err)
	}
	type state struct{ opened, closed int }
	seen := make(map[string]*state, len(cases))
	queues := map[string]bool{}
	place := make(map[string]int32, len(cases))
	got := expected{Cases: len(cases), Events: len(events)}
	disorder, early, used := 0, 0, [partitions]int{}
	for i, e := range events {
		var v struct{ Event, Case, Queue string }
		if err := json.Unmarshal(e.Value, &v); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		s := seen[v.Case]
		if s == nil {
			s = &state{}
			seen[v.Case], place[v.Case] = s, e.Partition
		}
		if place[v.Case] != e.Partition {
			t.Fatalf("case %s is in two partitions", v.Case)
		}
		used[e.Partition]++
		switch v.Event {
		case "opened":
			s.opened++
			queues[v.Queue] = true
			if s.closed > 0 {
				early++
			}
		case "closed":
			s.closed++
			got.ClosedEvents++
		}
		if i > 0 && e.At.Before(events[i-1].At) {
			disorder++
		}
	}
	for number, s := range seen {
		if s.opened != 1 || s.closed > 1 {
			t.Errorf("case %s: %d opened and %d closed events", number, s.opened, s.closed)
		}
	}
	for _, c := range cases {
		if c.Closed == "" {
			got.StillOpen++
			continue
		}
		from, _ := time.Parse(Layout, c.Opened)
		to, _ := time.Parse(Layout, c.Closed)
		if to.Before(from) {
			got.ClosedBeforeOpened++
		}
	}
	got.Queues = len(queues)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if disorder == 0 || early == 0 {
		t.Errorf("%d events out of order, %d closings before their opening: want some of both", disorder, early)
	}
	for p, n := range used {
		if n == 0 {
			t.Errorf("partition %d is empty", p)
		}
	}
}

func TestSend_OnceOnly(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	cases := []Case{
		{Number: "101", Opened: "01/05/2015 12:40:41 PM", Closed: "01/04/2015 01:00:00 AM", Type: "Pothole", Queue: "Roads"},
		{Number: "102", Opened: "01/06/2015 12:40:41 PM", Type: "Graffiti", Queue: "Walls"},
	}
	events, err := Events(cases, 2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := Send(ctx, cluster.ListenAddrs(), "cases", 2, events); err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("cases"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got := map[string]bool{}
	for len(got) < 3 {
		f := client.PollFetches(ctx)
		if err := f.Err(); err != nil {
			t.Fatal(err)
		}
		f.EachRecord(func(r *kgo.Record) { got[string(r.Value)] = true })
	}
	for _, e := range events {
		if !got[string(e.Value)] {
			t.Errorf("did not arrive: %s", e.Value)
		}
	}
	if err := Send(ctx, cluster.ListenAddrs(), "cases", 2, events); !errors.Is(err, ErrTopicExists) {
		t.Errorf("sending twice: %v, want ErrTopicExists", err)
	}
}

func TestRead_NamesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); err == nil {
		t.Error("an empty folder was read")
	}
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("CASE_ENQUIRY_ID,OPEN_DT\n1,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "a.csv") || !strings.Contains(err.Error(), "CLOSED_DT") {
		t.Errorf("error %v, want one that names a.csv and the missing column CLOSED_DT", err)
	}
}
