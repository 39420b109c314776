package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"insideout/connectors"
)

// schema is one schema of a topic, made ready: it turns payloads into JSON.
type schema struct {
	name     string // for people: "schema 7"
	fields   []string
	closed   bool // fields is all that a record has
	json     func(out, payload []byte) ([]byte, error)
	messages int64    // read since the last notes
	absent   []string // mapped places that it does not have
}

// schemas finds the schema of a payload and remembers it, those too that cannot be used.
type schemas struct {
	format   string
	registry *Registry
	file     *schema // the one schema of topics without a registry
	known    map[string]*schema
	bad      map[string]*connectors.PayloadError
	wanted   func(*schema) // called once for each schema
}

// decode appends the JSON of the key or the value of a message. Unless it is a *connectors.PayloadError the error is
// that of the registry or of ctx.
func (s *schemas) decode(ctx context.Context, out []byte, m *connectors.Message, key bool) ([]byte, *schema, error) {
	payload := m.Value
	if key {
		payload = m.Key
	}
	use := s.file
	if use == nil {
		f, err := unframe(m, key, s.format == connectors.FormatProtobuf)
		if err != nil {
			return out, nil, &connectors.PayloadError{Code: connectors.CodeMalformed, Detail: "not of the Confluent wire format: " + err.Error()}
		}
		if use, err = s.find(ctx, f); err != nil {
			return out, nil, err
		}
		payload = f.payload
	}
	if len(payload) > MaxSize {
		return out, nil, &connectors.PayloadError{Code: connectors.CodeTooLarge, Detail: fmt.Sprintf("the payload has %d bytes, more than %d are not read", len(payload), MaxSize)}
	}
	out, err := use.json(out, payload)
	var worse *connectors.PayloadError
	if errors.As(err, &worse) {
		return out, nil, worse
	}
	if err != nil {
		code := connectors.CodeMalformed
		switch {
		case s.format == connectors.FormatJSONSchema:
			code = connectors.CodeSchema
		case errors.Is(err, errLarge):
			code = connectors.CodeTooLarge
		case errors.Is(err, errUTF8):
			code = connectors.CodeEncoding
		}
		return out, nil, &connectors.PayloadError{Code: code, Detail: "does not fit " + use.name + ": " + err.Error()}
	}
	return out, use, nil
}

// find returns a schema by id and path.
func (s *schemas) find(ctx context.Context, f framed) (*schema, error) {
	name := "schema " + f.id.String()
	if s.format == connectors.FormatProtobuf && !slices.Equal(f.path, []int{0}) {
		name += fmt.Sprint(", message ", f.path)
	}
	if known := s.known[name]; known != nil {
		return known, nil
	}
	if bad := s.bad[name]; bad != nil {
		return nil, bad
	}
	unusable := func(err error) error {
		bad := &connectors.PayloadError{Code: connectors.CodeUnknownSchema, Detail: name + ": " + err.Error()}
		if len(s.bad) < 1000 { // a topic of garbage must not fill the memory
			s.bad[name] = bad
		}
		return bad
	}
	b, err := s.registry.schema(ctx, f.id)
	if errors.Is(err, errNoSchema) {
		return nil, unusable(err)
	}
	if err != nil {
		return nil, err
	}
	made, err := s.make(ctx, b, f)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, unusable(err)
	}
	made.name = name
	s.known[name] = made
	s.wanted(made)
	return made, nil
}

var typeOf = map[string]string{connectors.FormatAvro: "AVRO", connectors.FormatProtobuf: "PROTOBUF", connectors.FormatJSONSchema: "JSON"}

func (s *schemas) make(ctx context.Context, b *bundle, f framed) (*schema, error) {
	if want := typeOf[s.format]; b.Type != want {
		return nil, fmt.Errorf("it is of type %s, and the topic is said to be %s", b.Type, want)
	}
	switch s.format {
	case connectors.FormatAvro:
		root, fields, err := avroSchema(b)
		if err != nil {
			return nil, err
		}
		return &schema{fields: fields, closed: fields != nil, json: func(out, p []byte) ([]byte, error) { return appendAvro(out, p, root) }}, nil
	case connectors.FormatProtobuf:
		file, err := protobufFile(ctx, b)
		if err != nil {
			return nil, err
		}
		message, err := protobufMessage(file, f.path)
		if err != nil {
			return nil, err
		}
		made := &schema{closed: true, json: func(out, p []byte) ([]byte, error) { return appendProtobuf(out, p, message) }}
		for i := range message.Fields().Len() {
			made.fields = append(made.fields, string(message.Fields().Get(i).Name()))
		}
		return made, nil
	}
	compiled, err := jsonSchema(b)
	if err != nil {
		return nil, err
	}
	check := &extractor{} // duplicate keys, depth and encoding are looked at before anything believes the text
	return &schema{json: func(out, p []byte) ([]byte, error) {
		if err := check.Extract(p, nil); err != nil {
			return out, err
		}
		return append(out, p...), against(compiled, p)
	}}, nil
}

// fileSchema makes the schema of topics without a registry. Message names a Protobuf message; empty where there is one.
func (s *schemas) fileSchema(text, message string) error {
	b := &bundle{Type: typeOf[s.format], Schema: text}
	f := framed{path: []int{0}}
	if s.format == connectors.FormatProtobuf {
		file, err := protobufFile(context.Background(), b)
		if err != nil {
			return err
		}
		var names []string
		found := false
		for i := range file.Messages().Len() {
			names = append(names, string(file.Messages().Get(i).FullName()))
			if names[i] == message {
				f.path, found = []int{i}, true
			}
		}
		if !found && (message != "" || len(names) != 1) {
			return fmt.Errorf("which message of %s is meant is not said: message: %q", strings.Join(names, ", "), message)
		}
	}
	made, err := s.make(context.Background(), b, f)
	if err != nil {
		return err
	}
	made.name = "the schema file"
	s.file = made
	s.wanted(made)
	return nil
}
