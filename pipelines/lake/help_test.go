package lake

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"insideout/models"
)

// contacts is a delivery of n contacts with about what a message of 190 bytes of JSON carries: twelve fields of the
// 23, ids and times all different, teams and reasons of few kinds. Seed and position fix every value.
func contacts(seed uint64, first, n int64) *models.Delivery {
	s := models.Dataset("contacts")
	b := models.NewBatch(s, int(n))
	at := func(name string) int { return s.Field(name) }
	for p := first; p < first+n; p++ {
		rnd := rand.New(rand.NewPCG(seed, uint64(p)))
		r := b.Add(p)
		updated := 1_700_000_000_000_000 + p*1_370_000 + rnd.Int64N(1_000_000)
		b.SetText(at("contact_id"), r, fmt.Sprintf("CT-%08d", rnd.IntN(1e8)))
		b.SetInt(at("updated_at"), r, updated)
		b.SetInt(at("started_at"), r, updated-rnd.Int64N(3_600_000_000))
		b.SetText(at("customer"), r, fmt.Sprintf("%016x%016x", rnd.Uint64(), rnd.Uint64()))
		b.SetText(at("agent"), r, fmt.Sprintf("agent-%026d", rnd.IntN(200)))
		b.SetText(at("team"), r, fmt.Sprintf("team-%02d", rnd.IntN(40)))
		b.SetText(at("channel"), r, []string{"phone", "chat", "e-mail"}[rnd.IntN(3)])
		b.SetText(at("reason"), r, fmt.Sprintf("billing/reason %d", rnd.IntN(60)))
		b.SetText(at("demand"), r, []string{"value", "failure", "unknown"}[rnd.IntN(3)])
		b.SetInt(at("handle_seconds"), r, rnd.Int64N(1800))
		if rnd.IntN(3) > 0 {
			b.SetInt(at("ended_at"), r, updated+rnd.Int64N(3_600_000_000))
		}
		if rnd.IntN(4) == 0 {
			b.SetReal(at("cost"), r, float64(rnd.IntN(100_000))/100)
		}
	}
	return &models.Delivery{
		Source:  "desk",
		Range:   models.Range{Stream: "contacts/0", Identity: "topic-1", First: first, Next: first + n, Loaded: n, Records: n},
		Records: []*models.Batch{b},
		At:      pulledAt,
	}
}

// testKeys encrypt the lakes of the crash tests: of their datasets answers and the quarantine, and not contacts and teams.
var testKeys, _ = NewKeys([]byte("a secret of the tests, 32 bytes."))

var pulledAt = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// scratch is a folder for a lake whose test makes thousands of commits, in memory where there is such a place: what
// the syncs protect is simulated, and waiting for the disk proves nothing more.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lake")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// open opens the lake and closes it when the test ends.
func open(t testing.TB, dir string, o Options) *Lake {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// sound fails the test if an invariant of the lake does not hold.
func sound(t testing.TB, dir string) *Verification {
	t.Helper()
	v, err := Verify(t.Context(), dir, testKeys)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Problems {
		t.Errorf("verify: %s", p)
	}
	if t.Failed() {
		t.FailNow()
	}
	return v
}

// commit adds deliveries in one cycle and commits.
func commit(t testing.TB, l *Lake, deliveries ...*models.Delivery) *Commit {
	t.Helper()
	c := l.Begin()
	for _, d := range deliveries {
		if err := c.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	done, err := c.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return done
}
