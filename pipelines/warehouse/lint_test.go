package warehouse

import (
	"testing"
)

func TestLint_RelationsKeepTheirRules(t *testing.T) {
	problems, err := Lint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}
