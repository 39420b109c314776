package fit

import (
	"bytes"
	"encoding/json"
	"runtime"
	"testing"
)

// The same panel and question give the same bytes at any number of threads, bootstrap, weights, orders and team effects included.
func TestRun_SameBytesAtAnyNumberOfThreads(t *testing.T) {
	p := world{teams: 14, times: 54, conditions: 4, slope: .8, lag: 1, missing: .1, noise: .3, levels: .5, seed: 31}.panel()
	p.Find("y").Higher = 1
	var first []byte
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(threads)
		res := Run(p, Spec{Draws: 999})
		if res.Found == 0 || len(res.Weights) == 0 || len(res.Priorities) == 0 {
			t.Fatalf("%d found, %d weights, %d orders: there is too little to compare", res.Found, len(res.Weights), len(res.Priorities))
		}
		got, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		} else if !bytes.Equal(first, got) {
			t.Errorf("with %d threads the result differs from that with one", threads)
		}
	}
}
