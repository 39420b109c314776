package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"insideout/connectors"
)

// maxUnfolded is how many bytes of rows one object may unfold into: what stands around an array is repeated for each
// of its elements, so a small object could ask for any amount.
const maxUnfolded = 64 << 20

// shaper turns one JSON object into rows. Lists of pairs become objects, and then every array on the way of unfold is
// replaced by one of its elements after the other, so that a row has the shape of the object and places are written as
// for any other: conversation.participants.userId. An array that is empty or absent leaves one row without it: nothing
// goes without being counted.
//
// Texts are cut and put together, never decoded and encoded again: what is checked and read afterwards is what stood in
// the file, duplicate keys included.
type shaper struct {
	unfold []string
	pairs  []pairing
	left   int // bytes that the object at hand may still unfold into
}

// pairing is a list of {name, value} objects that becomes one object.
type pairing struct {
	path        []string
	name, value string
}

// newShaper returns nil when objects stay as they are.
func newShaper(c *Config) *shaper {
	if c.Unfold == "" && len(c.Pairs) == 0 {
		return nil
	}
	s := &shaper{}
	if c.Unfold != "" {
		s.unfold = strings.Split(c.Unfold, ".")
	}
	for path, names := range c.Pairs {
		s.pairs = append(s.pairs, pairing{strings.Split(path, "."), names[0], names[1]})
	}
	slices.SortFunc(s.pairs, func(a, b pairing) int { return slices.Compare(a.path, b.path) })
	return s
}

// rows gives the rows of one object.
func (s *shaper) rows(object []byte) ([][]byte, error) {
	if object = bytes.TrimSpace(object); len(object) == 0 {
		return [][]byte{object}, nil
	}
	for _, p := range s.pairs {
		var err error
		if object, err = replace(object, p.path, p.object); err != nil {
			return nil, err
		}
	}
	s.left = maxUnfolded
	return s.expand(object, s.unfold)
}

var errUnfolded = &connectors.PayloadError{Code: connectors.CodeTooLarge, Detail: fmt.Sprintf("the object unfolds into more than %d MiB of rows -> unfold: a shorter way", maxUnfolded>>20)}

func (s *shaper) expand(v []byte, path []string) ([][]byte, error) {
	if len(path) == 0 || len(v) == 0 || v[0] != '{' {
		return [][]byte{v}, nil
	}
	ms, err := members(v)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(ms, func(m member) bool { return m.name == path[0] })
	if i < 0 {
		return [][]byte{v}, nil
	}
	var subs [][]byte
	if ms[i].value[0] == '[' {
		es, err := elements(ms[i].value)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			more, err := s.expand(e, path[1:])
			if err != nil {
				return nil, err
			}
			subs = append(subs, more...)
		}
		if subs == nil {
			subs = [][]byte{[]byte("null")}
		}
	} else if subs, err = s.expand(ms[i].value, path[1:]); err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(subs))
	for _, sub := range subs {
		ms[i].value = sub
		row := object(ms)
		if s.left -= len(row); s.left < 0 {
			return nil, errUnfolded
		}
		out = append(out, row)
	}
	return out, nil
}

// object makes the pairs of a list into the members of an object: [{"id":7,"value":"x"}] becomes {"7":"x"}.
func (p pairing) object(v []byte) ([]byte, error) {
	if v[0] != '[' {
		return v, nil
	}
	es, err := elements(v)
	if err != nil {
		return nil, err
	}
	var ms []member
	for _, e := range es {
		fields, err := members(e)
		if err != nil {
			return nil, err
		}
		m := member{value: []byte("null")}
		for _, f := range fields {
			switch f.name {
			case p.name:
				m.name = string(f.value)
				if f.value[0] == '"' {
					if err := json.Unmarshal(f.value, &m.name); err != nil {
						return nil, malformed(err)
					}
				}
			case p.value:
				m.value = f.value
			}
		}
		if m.name == "" {
			return nil, &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: fmt.Sprintf("an entry of %s has no %s -> correct pairs:", strings.Join(p.path, "."), p.name)}
		}
		m.key = connectors.AppendJSONString(nil, m.name)
		ms = append(ms, m)
	}
	return object(ms), nil
}

// replace changes the value at a path, if there is one.
func replace(v []byte, path []string, with func([]byte) ([]byte, error)) ([]byte, error) {
	if len(path) == 0 {
		return with(v)
	}
	if v[0] != '{' {
		return v, nil
	}
	ms, err := members(v)
	if err != nil {
		return nil, err
	}
	for i := range ms {
		if ms[i].name == path[0] {
			if ms[i].value, err = replace(ms[i].value, path[1:], with); err != nil {
				return nil, err
			}
			return object(ms), nil
		}
	}
	return v, nil
}

// member is one member of an object: its name, and key and value as they are written.
type member struct {
	name       string
	key, value []byte
}

// members takes an object apart.
func members(v []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(v))
	if t, err := d.Token(); err != nil {
		return nil, malformed(err)
	} else if t != json.Delim('{') {
		return nil, &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: "the row is not a JSON object"}
	}
	var ms []member
	for d.More() {
		from := d.InputOffset()
		t, err := d.Token()
		if err != nil {
			return nil, malformed(err)
		}
		m := member{key: bytes.TrimLeft(v[from:d.InputOffset()], ", \t\r\n")}
		m.name, _ = t.(string) // the decoder takes nothing else for a key
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, malformed(err)
		}
		m.value = value
		ms = append(ms, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed(err)
	}
	if rest := bytes.TrimSpace(v[d.InputOffset():]); len(rest) > 0 {
		return nil, &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: fmt.Sprintf("something follows the object, at byte %d", d.InputOffset()+1)}
	}
	return ms, nil
}

// elements takes an array apart.
func elements(v []byte) ([][]byte, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(v, &raw); err != nil {
		return nil, malformed(err)
	}
	out := make([][]byte, len(raw))
	for i := range raw {
		out[i] = raw[i]
	}
	return out, nil
}

// object puts members together.
func object(ms []member) []byte {
	b := []byte{'{'}
	for i, m := range ms {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.key...)
		b = append(b, ':')
		b = append(b, m.value...)
	}
	return append(b, '}')
}

func malformed(err error) error {
	return &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: "no JSON: " + err.Error()}
}
