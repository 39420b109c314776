package report

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// set gives every figure, whole number and text of a value what the functions say, and cuts slices.
func set(v reflect.Value, figure func() float64, number func() int64, keep func(n int) int) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			set(v.Elem(), figure, number, keep)
		}
	case reflect.Slice:
		v.SetLen(keep(v.Len()))
		for i := range v.Len() {
			set(v.Index(i), figure, number, keep)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				set(v.Field(i), figure, number, keep)
			}
		}
	case reflect.Float64:
		v.SetFloat(figure())
	case reflect.Int, reflect.Int64:
		v.SetInt(number())
	}
}

// TestReport_HoldsForEveryValue gives figures that are unknown, zero, endless or drawn at random, and lists of any
// length: no page may break, hold a coordinate that is none, or run over its width.
func TestReport_HoldsForEveryValue(t *testing.T) {
	all := func(n int) int { return n }
	check := func(t *testing.T, r *Report) {
		t.Helper()
		s := page(t, r)
		for _, e := range parse(t, s) {
			for name, a := range e.attrs {
				if strings.Contains(a, "NaN") || strings.Contains(a, "Inf") || strings.Contains(a, "--") && !strings.Contains(a, "var(--") && name != "style" {
					t.Fatalf("<%s %s=%q>", e.name, name, a)
				}
			}
		}
		if strings.Contains(s, "NaN") || strings.Contains(s, "+Inf") || strings.Contains(s, "−Inf") {
			t.Fatal("the page holds a number that is none")
		}
		for _, l := range strings.Split(terminal(t, r, 80, false), "\n") {
			if columns(l) > 80 {
				t.Fatalf("over its width: %q", l)
			}
		}
		if !json.Valid(data(t, r)) {
			t.Fatal("the JSON value is not valid")
		}
	}
	for name, v := range map[string]float64{"unknown": math.NaN(), "zero": 0, "one": 1, "endless": math.Inf(1), "huge": 1e300, "tiny": -1e-300} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int64{0, 1, 1000} {
				for _, r := range fixtures() {
					set(reflect.ValueOf(r).Elem(), func() float64 { return v }, func() int64 { return n }, all)
					check(t, r)
				}
			}
		})
	}
	t.Run("random", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 15 {
			for _, r := range fixtures() {
				set(reflect.ValueOf(r).Elem(), func() float64 {
					switch rnd.IntN(8) {
					case 0:
						return math.NaN()
					case 1:
						return 0
					}
					return rnd.NormFloat64() * math.Pow(10, float64(rnd.IntN(6)-3))
				}, func() int64 { return int64(rnd.IntN(60)) - 5 }, func(n int) int { return rnd.IntN(n + 1) })
				check(t, r)
			}
		}
	})
}
