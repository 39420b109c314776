package connectors

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A pseudonym that is remembered is the one that was made, however many ids go by and whatever their length.
func TestMemo_IsTheFunction(t *testing.T) {
	m, calls := &memo{}, 0
	make := func(raw []byte) string {
		calls++
		return strings.ToUpper(string(raw)) + strings.Repeat("x", len(raw)%40)
	}
	r := rand.New(rand.NewPCG(1, 2))
	const rows, ids = 400_000, 30_000
	for range rows {
		raw := fmt.Appendf(nil, "id-%d", int(float64(ids)*r.Float64()*r.Float64()))
		if got, want := string(m.get(raw, make)), strings.ToUpper(string(raw))+strings.Repeat("x", len(raw)%40); got != want {
			t.Fatalf("%s is %s, want %s", raw, got, want)
		}
	}
	if calls > rows/2 {
		t.Errorf("%d of %d were made anew", calls, rows)
	}
	for range 3 {
		long := []byte(strings.Repeat("l", 39)) // too long to be remembered
		if got := string(m.get(long, make)); got != strings.Repeat("L", 39)+strings.Repeat("x", 39) {
			t.Error(got)
		}
	}
	if len(m.get(nil, func([]byte) string { return "" })) != 0 {
		t.Error("an empty one is made")
	}
}
