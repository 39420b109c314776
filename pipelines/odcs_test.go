package pipelines

import (
	"errors"
	"testing"

	"insideout/connectors"
	"insideout/models/strictyaml"
)

// FuzzContract: whatever is given as a contract is taken or refused with problems, never with a panic.
func FuzzContract(f *testing.F) {
	c := &Config{Sources: []Source{{Name: "pulse", Mapping: connectors.Mapping{To: "answers", Map: map[string]connectors.Rule{
		"response": {From: connectors.Places{"id"}}, "answered_at": {From: connectors.Places{"at"}},
		"value": {From: connectors.Places{"score"}}, "team": {From: connectors.Places{"team"}, Values: map[string]string{"N": "north"}},
	}}}}}
	f.Add([]byte("apiVersion: v3.1.0\nkind: DataContract\nschema:\n- name: pulse\n  properties:\n  - {name: id, logicalType: string, required: true}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := c.checkContract("contract.yaml", data)
		if _, ok := errors.AsType[strictyaml.Problems](err); err != nil && !ok {
			t.Errorf("%T: %v", err, err)
		}
	})
}
