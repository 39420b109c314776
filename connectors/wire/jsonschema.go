package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// jsonSchema compiles a schema with its references. Nothing is ever loaded from elsewhere.
func jsonSchema(b *bundle) (*jsonschema.Schema, error) {
	const own = "schema:///own"
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	add := func(url, text string) error {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return fmt.Errorf("%s is no JSON: %w", url, err)
		}
		return c.AddResource(url, doc)
	}
	for _, r := range b.References {
		// A reference without a scheme is found from the schema that names it.
		url := r.Name
		if !strings.Contains(url, ":") {
			url = "schema:///" + strings.TrimPrefix(url, "/")
		}
		if err := add(url, r.Schema); err != nil {
			return nil, err
		}
	}
	if err := add(own, b.Schema); err != nil {
		return nil, err
	}
	return c.Compile(own)
}

// noLoader refuses what a schema would have fetched: a file of this machine, an address of the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not among the references of the schema, and nothing is fetched", url)
}

// against checks a payload against its schema. The error says where and by which rule, never what stands there: that may
// be about a person.
func against(s *jsonschema.Schema, payload []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return errors.New("it is no JSON")
	}
	if !bounded(v) {
		return fmt.Errorf("a number has more than %d digits, or an exponent beyond that", maxDigits)
	}
	err = s.Validate(v)
	var bad *jsonschema.ValidationError
	if !errors.As(err, &bad) {
		return err
	}
	for len(bad.Causes) > 0 {
		bad = bad.Causes[0]
	}
	return fmt.Errorf("at %q it breaks the rule %s", "/"+strings.Join(bad.InstanceLocation, "/"), strings.Join(bad.ErrorKind.KeywordPath(), "/"))
}

// maxDigits bounds the numbers that are compared exactly. The library makes fractions of them, which takes memory for
// every zero of 1e999999 and ends in a panic at 1e1000000000 (v6.0.3).
const maxDigits = 400

func bounded(v any) bool {
	switch v := v.(type) {
	case json.Number:
		mantissa, exponent, found := strings.Cut(strings.ToLower(v.String()), "e")
		e := 0
		if found {
			var err error
			if e, err = strconv.Atoi(exponent); err != nil {
				return false
			}
		}
		return len(mantissa) <= maxDigits && e <= maxDigits && e >= -maxDigits
	case []any:
		for _, item := range v {
			if !bounded(item) {
				return false
			}
		}
	case map[string]any:
		for _, item := range v {
			if !bounded(item) {
				return false
			}
		}
	}
	return true
}
