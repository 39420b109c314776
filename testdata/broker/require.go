package broker

import (
	"context"
	"os"
	"testing"
	"time"
)

// Require starts a broker that ends with the test. Where none can be had, because Java, Maven or the jars are missing,
// it skips the test and says why; with INSIDEOUT_REQUIRE_BROKER=1 it fails it.
//
// The first call on a machine has the jars fetched; `go run ./testdata/broker/cmd fetch` does it beforehand.
func Require(t testing.TB, o Options) *Broker {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	missing := func(err error) {
		t.Helper()
		if os.Getenv("INSIDEOUT_REQUIRE_BROKER") == "1" {
			t.Fatalf("a real Kafka broker is required (INSIDEOUT_REQUIRE_BROKER=1): %v", err)
		}
		t.Skipf("SKIPPED, no real Kafka broker: %v", err)
	}
	if _, err := findJava(ctx); err != nil {
		missing(err)
	}
	if _, err := Fetch(ctx); err != nil {
		missing(err)
	}
	b, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err) // it can be had and does not start: that is a fault, not a lack
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the broker's log ends with:\n%s", b.Log())
		}
		if err := b.Close(); err != nil {
			t.Errorf("close the broker: %v", err)
		}
	})
	return b
}
