package wire

import (
	"bytes"
	"errors"
	"fmt"
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
