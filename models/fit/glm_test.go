package fit

import (
	"errors"
	"math"
	"testing"
)

func TestFitGLM_SeparationIsAnError(t *testing.T) {
	ones, x := []float64{1, 1, 1, 1}, []float64{0, 0, 1, 1}
	for _, family := range []Family{Binomial, Poisson} {
		d := GLMData{X: [][]float64{ones, x}, Y: []float64{0, 0, 3, 3}, Trials: []float64{3, 3, 3, 3}}
		if _, err := fitGLM(family, d); !errors.Is(err, ErrSeparated) {
			t.Errorf("%s: %v, want separation", family, err)
		}
	}
}

// One binary column: the model is saturated, so slopes and effects follow from the shares by hand.
func TestFitGLM_SaturatedByHand(t *testing.T) {
	d := GLMData{X: [][]float64{{1, 1, 1, 1}, {0, 0, 1, 1}}, Y: []float64{2, 4, 5, 7}, Trials: []float64{10, 10, 10, 10}}
	m, err := fitGLM(Binomial, d)
	if err != nil {
		t.Fatal(err)
	}
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	if want := logit(.6) - logit(.3); math.Abs(m.Coef[1]-want) > 1e-10 {
		t.Errorf("slope %v, want %v", m.Coef[1], want)
	}
	// From .3 to .6 in the first two rows; a step of one further in the others.
	up := 1 / (1 + math.Exp(-logit(.6)-m.Coef[1]))
	if got, want := m.marginalEffect(1, 1), (.3*2+(up-.6)*2)/4; math.Abs(got-want) > 1e-10 {
		t.Errorf("marginal effect %v, want %v", got, want)
	}
}
