// Package wire takes values out of payloads: JSON, and what topics carry beside it.
//
// # One way for all formats
//
// Whatever a message is written in becomes JSON first, and one extractor takes the places out of that: nested places,
// what no place names, limits and rejects are the same everywhere, and a mapping outlives a change of format. Numbers keep
// their digits on the way: a 64-bit integer and a decimal are written out exactly, never through a float64. What a schema
// says to be a time becomes RFC 3339 (meaning.go), so default layouts read it. A double that JSON has no number for
// becomes a word, which a numeric field rejects.
//
// Avro is decoded here over the schema that hamba/avro parsed, which takes a quarter of what its decoder into maps takes and
// bounds every length (BenchmarkAvro); FuzzAvro holds that both mean the same. Protobuf goes through protocompile and
// dynamic messages: fields without presence have their zero, so that a score of 0 is one. JSON Schema checks and changes
// nothing.
//
// # Schemas
//
// A message says which schema it was written with: by number or GUID, in front or in a header (frame.go). It is read with
// that one and no other. Evolution then is no matter of compatibility rules: a place that a schema does not have is empty,
// and Notes says of how many messages; a value of another type than the mapping wants is a reject with its reason; a
// schema that the registry does not have makes rejects too, which a replay mends. A registry that is away is an error of
// the environment: the position stays, nothing is lost.
//
// # Envelopes
//
// CloudEvents and Debezium put something around a record. The record is where a mapping's places look; what is around it
// is at $envelope, the key at $key, headers at $header (Messages).
//
// # JSON
//
// The scanner reads a payload once, checks all of it and picks up the values at the wanted places on the way. It is
// stricter than encoding/json: whatever it accepts, encoding/json accepts with the same values (a fuzz test holds
// this), but it refuses keys that occur twice in one object, text that is not UTF-8, surrogates without their partner,
// payloads that are not one object, more than MaxDepth levels and more than MaxSize bytes. With any of these two readers
// of the same payload could see different values, or one of them fail.
//
// It is written here because none of the libraries at hand is both strict and fast: gjson and fastjson let duplicate
// keys and bad UTF-8 pass, and checking afterwards reads everything twice. BenchmarkJSON takes eight values out of a
// message of 190 bytes: 0.27 us here, 0.31 us with fastjson, 1.7 us with gjson (Valid and GetMany), 4.0 us with
// encoding/json into a map of raw messages (2 shared cores, Go 1.26.8).
package wire

import (
	"fmt"
	"strconv"
	"strings"

	"insideout/connectors"
)

// Limits of a payload.
const (
	MaxDepth = 64       // levels of objects and arrays
	MaxSize  = 16 << 20 // bytes
)

// JSON makes an extractor for the places: a key, a path with dots (a.b), or a JSON pointer (/a/b, RFC 6901), in which a
// number reaches into an array. The error names the first place that is no path.
func JSON(places []string) (connectors.Extractor, error) {
	e := &extractor{n: len(places)}
	for i, place := range places {
		path, err := split(place)
		if err != nil {
			return nil, err
		}
		n := &e.root
		for _, key := range path {
			n = n.child(key)
		}
		n.places = append(n.places, i)
	}
	return e, nil
}

// split cuts a place into keys.
func split(place string) ([]string, error) {
	if rest, ok := strings.CutPrefix(place, "/"); ok {
		keys := strings.Split(rest, "/")
		for i, k := range keys {
			for j := 0; j < len(k); j++ {
				if k[j] == '~' && (j+1 == len(k) || k[j+1] != '0' && k[j+1] != '1') {
					return nil, fmt.Errorf("place %q: ~ is written ~0, and / in a key ~1", place)
				}
			}
			keys[i] = strings.ReplaceAll(strings.ReplaceAll(k, "~1", "/"), "~0", "~")
		}
		return keys, nil
	}
	keys := strings.Split(place, ".")
	for _, k := range keys {
		if k == "" {
			return nil, fmt.Errorf("place %q: a part of the path is empty; for keys with dots write a pointer: /a.b", place)
		}
	}
	return keys, nil
}

// node is a key on the way to a place.
type node struct {
	key      string
	index    int   // the key as an array index, or -1
	places   []int // that end here
	children []*node
}

func (n *node) child(key string) *node {
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	c := &node{key: key, index: -1}
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && strconv.Itoa(i) == key {
		c.index = i
	}
	n.children = append(n.children, c)
	return c
}

type extractor struct {
	root node
	n    int

	// of the payload at hand
	p      []byte
	i      int
	depth  int
	values []connectors.Value
	text   []byte   // decoded strings
	keys   [][]byte // of the objects that are open, for finding duplicates
	cuts   []cut    // what no place names
	count  int
	object []byte
	err    connectors.PayloadError
}

// Extract implements connectors.Extractor.
func (e *extractor) Extract(payload []byte, values []connectors.Value) error {
	if len(values) != e.n {
		panic(fmt.Sprintf("wire: %d values for %d places", len(values), e.n))
	}
	clear(values)
	e.p, e.i, e.depth, e.values = payload, 0, 0, values
	e.text, e.keys, e.cuts, e.count = e.text[:0], e.keys[:0], e.cuts[:0], 0
	if len(payload) > MaxSize {
		return e.fail(connectors.CodeTooLarge, "the payload has %d bytes, more than %d are not read", len(payload), MaxSize)
	}
	e.space()
	if e.i == len(e.p) {
		return e.fail(connectors.CodeMalformed, "the payload is empty, a JSON object is wanted")
	}
	if e.p[e.i] != '{' {
		return e.fail(connectors.CodeMalformed, "the payload is not a JSON object")
	}
	if !e.objectAt(&e.root) {
		err := e.err
		return &err
	}
	e.space()
	if e.i != len(e.p) {
		return e.fail(connectors.CodeMalformed, "something follows the object, at byte %d", e.i+1)
	}
	return nil
}

func (e *extractor) fail(code, format string, args ...any) error {
	e.wrong(code, format, args...)
	err := e.err
	return &err
}

// wrong notes the mistake and returns false.
func (e *extractor) wrong(code, format string, args ...any) bool {
	e.err = connectors.PayloadError{Code: code, Detail: fmt.Sprintf(format, args...)}
	e.count, e.cuts = 0, e.cuts[:0]
	return false
}

func (e *extractor) malformed(what string) bool {
	if e.i >= len(e.p) {
		return e.wrong(connectors.CodeMalformed, "the JSON ends too early: %s", what)
	}
	return e.wrong(connectors.CodeMalformed, "no JSON at byte %d: %s", e.i+1, what)
}
