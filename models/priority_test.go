package models

import (
	"slices"
	"testing"
)

func TestRoleOf(t *testing.T) {
	up, down, still := &Level{Change: 3, Low: 1, High: 5}, &Level{Change: -3, Low: -5, High: -1}, &Level{Change: 1, Low: -1, High: 3}
	for _, c := range []struct {
		name   string
		slope  Figure
		q      Figure
		level  *Level
		higher int
		want   Role
	}{
		{"helps and rose", 1, .01, up, 1, Carries},
		{"helps and fell", 1, .01, down, 1, Strains},
		{"helps and stood", 1, .01, still, 1, Neutral},
		{"lowers what should be low, and rose", -1, .01, up, -1, Carries},
		{"harms and rose", 1, .01, up, -1, Strains},
		{"harms and fell", -1, .01, down, 1, Carries},
		{"not seen", 1, .5, up, 1, Unknown},
		{"no good direction", 1, .01, up, 0, Unknown},
		{"no level", 1, .01, nil, 1, Unknown},
		{"level refused", 1, .01, &Level{Low: 1, High: 5, Refused: &Refusal{}}, 1, Unknown},
	} {
		f := &Finding{Within: Estimate{OK: true, Slope: c.slope}, Q: c.q}
		if got := RoleOf(f, c.level, c.higher); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestOrder(t *testing.T) {
	lags := func(backward Figure) []LagPoint {
		return []LagPoint{{Lag: -2, Estimate: Estimate{T: .1}}, {Lag: -1, Estimate: Estimate{T: backward}}, {Lag: 0, Estimate: Estimate{T: 2}}, {Lag: 2, Estimate: Estimate{T: 4}}}
	}
	for _, c := range []struct {
		name     string
		q        Figure
		set      []int
		backward Figure
		lead     Estimate
		want     Order
	}{
		{"forward, lead passes", .01, []int{1, 2}, 1, Estimate{OK: true, P: .5}, ConditionFirst},
		{"set holds zero", .01, []int{0, 1}, 1, Estimate{OK: true, P: .5}, SamePeriod},
		{"backward clearer and lead fails", .01, []int{1, 2}, -5, Estimate{OK: true, P: .01}, OutcomeFirst},
		{"lead fails alone", .01, []int{1, 2}, 1, Estimate{OK: true, P: .01}, OrderOpen},
		{"backward as clear", .01, []int{1, 2}, 4, Estimate{OK: true, P: .5}, OrderOpen},
		{"no lead test", .01, []int{2}, 1, Estimate{}, OrderOpen},
		{"not seen", .5, []int{2}, 1, Estimate{OK: true, P: .5}, OrderOpen},
		{"no profile", .01, nil, 1, Estimate{OK: true, P: .5}, OrderOpen},
	} {
		f := &Finding{Within: Estimate{OK: true, T: 4}, Q: c.q, LagSet: c.set, Lags: lags(c.backward), Lead: c.lead}
		if got := f.Order(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	f := &Finding{Lags: lags(-3)}
	if b := f.Backward(); b == nil || b.Lag != -1 {
		t.Errorf("backward: %+v", b)
	}
}

func TestTied(t *testing.T) {
	reach := func(id string, low Figure, rank int, first Figure) Reach {
		return Reach{Condition: id, Low: low, RankLow: rank, First: first}
	}
	for _, c := range []struct {
		name    string
		reaches []Reach
		want    []string
	}{
		{"one is the first", []Reach{reach("a", 1, 1, .95), reach("b", 1, 1, .05)}, []string{"a"}},
		{"two may be", []Reach{reach("a", 1, 1, .7), reach("b", .5, 1, .3), reach("c", .2, 2, 0)}, []string{"a", "b"}},
		{"not sure of the one, so the next is tied with it", []Reach{reach("a", 1, 1, .88), reach("b", .5, 2, .1), reach("c", .2, 2, .02)}, []string{"a", "b"}},
		{"what is not clear is not tied", []Reach{reach("a", 1, 1, .6), reach("b", -.1, 1, .4)}, []string{"a"}},
		{"none is clear", []Reach{reach("a", -1, 1, .6)}, nil},
	} {
		p := &Priority{Reaches: c.reaches}
		if got := p.Tied(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
