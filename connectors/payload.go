package connectors

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Payload says how the messages of a topic are written. It is part of the configuration of every source of messages.
type Payload struct {
	// Format is how a value is written: json (default), avro, protobuf or json_schema.
	Format string `yaml:"format"`
	// Envelope is what stands around the record: none (default), cloudevents (structured and binary mode) or debezium.
	Envelope string `yaml:"envelope"`
	// Deletes says what a deletion in a Debezium topic is, which must be declared: "ignore" leaves it out and counts it
	// as filtered, "record" reads the row as it was before, to be told apart by the place $envelope.op.
	Deletes string `yaml:"deletes"`
	// Schema is a file with the schema of topics that have no registry (.avsc, .proto, .json). Values then are not
	// framed. Relative to the configuration.
	Schema string `yaml:"schema"`
	// Message is the full name of the Protobuf message in Schema; not needed where there is only one.
	Message string `yaml:"message"`
	// Registry is where schemas are asked for. Values then have the Confluent wire format.
	Registry *Registry `yaml:"registry"`
}

// Registry is a schema registry with the interface of Confluent's.
type Registry struct {
	// URL is its address, http or https, without a user.
	URL string `yaml:"url"`
	// UserEnv and PasswordEnv name the environment variables of basic authentication, TokenEnv that of a bearer token.
	UserEnv     string `yaml:"user_env"`
	PasswordEnv string `yaml:"password_env"`
	TokenEnv    string `yaml:"token_env"`
	// CA is a file with the certificates to trust instead of the system's.
	CA string `yaml:"ca"`
	// Cache is the folder that keeps schemas for the time when the registry is away. Default: "schemas" beside the lake.
	Cache string `yaml:"cache"`
}

// The words of Payload.
const (
	FormatJSON       = "json"
	FormatAvro       = "avro"
	FormatProtobuf   = "protobuf"
	FormatJSONSchema = "json_schema"

	EnvelopeNone        = "none"
	EnvelopeCloudEvents = "cloudevents"
	EnvelopeDebezium    = "debezium"

	DeletesIgnore = "ignore"
	DeletesRecord = "record"
)

// Check returns every mistake, with paths that begin with at.
func (p Payload) Check(at string) Problems {
	var problems Problems
	add := func(path, message, hint string) {
		problems = append(problems, MappingProblem{Path: at + path, Message: message, Hint: hint})
	}
	word := func(path, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			add(path, fmt.Sprintf("unknown %s %q", path, value), Suggest(value, allowed))
		}
	}
	word("format", p.Format, FormatJSON, FormatAvro, FormatProtobuf, FormatJSONSchema)
	word("envelope", p.Envelope, EnvelopeNone, EnvelopeCloudEvents, EnvelopeDebezium)
	word("deletes", p.Deletes, DeletesIgnore, DeletesRecord)
	switch {
	case p.Envelope == EnvelopeDebezium && p.Deletes == "":
		add("deletes", "what a deleted row means is not declared", "ignore leaves it out, record reads the row as it was before")
	case p.Envelope != EnvelopeDebezium && p.Deletes != "":
		add("deletes", "only a Debezium envelope tells of deletions", "remove it, or add envelope: debezium")
	}
	schemas := slices.Contains([]string{FormatAvro, FormatProtobuf, FormatJSONSchema}, p.Format)
	plain := p.Format == "" || p.Format == FormatJSON
	switch {
	case p.Registry != nil && p.Schema != "":
		add("schema", "both a schema file and a registry are given", "keep the registry where values have the Confluent wire format, the file where they are plain")
	case schemas && p.Registry == nil && p.Schema == "":
		add("format", p.Format+" cannot be read without a schema", "give registry: {url: ...}, or schema: with a file")
	case plain && (p.Registry != nil || p.Schema != ""):
		add("format", "plain JSON has no schema", "format: json_schema checks against one; or remove registry: and schema:")
	}
	if p.Message != "" && (p.Format != FormatProtobuf || p.Schema == "") {
		add("message", "names a message of a Protobuf schema file, and there is none", "remove it")
	}
	if r := p.Registry; r != nil {
		u, err := url.Parse(r.URL)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			add("registry.url", "is no address of a registry", "for example https://registry.example:8081")
		case u.User != nil:
			add("registry.url", "holds a user or password", "name environment variables: user_env, password_env or token_env")
		}
		if (r.UserEnv == "") != (r.PasswordEnv == "") {
			add("registry", "user_env and password_env belong together", "give both or neither")
		}
		if r.TokenEnv != "" && r.UserEnv != "" {
			add("registry", "both a user and a token are given", "keep one of them")
		}
	}
	return problems
}

// Beside tells whether a place is beside the record of a message, not in it, and which part of it and which name in that
// part is meant: $key, $key.case, $header.kind, $timestamp, $topic, $partition, $offset, $schema, $envelope.id. The error
// says why there is no such place in topics of this kind.
func (p Payload) Beside(place string) (part, name string, beside bool, err error) {
	if !strings.HasPrefix(place, "$") {
		return "", "", false, nil
	}
	part, name, dotted := strings.Cut(place, ".")
	switch part {
	case "$timestamp", "$topic", "$partition", "$offset", "$schema":
		if !dotted {
			return part, "", true, nil
		}
	case "$key":
		if !dotted || name != "" {
			return part, name, true, nil
		}
	case "$header":
		if name != "" {
			return part, name, true, nil
		}
	case "$envelope":
		if name != "" && (p.Envelope == "" || p.Envelope == EnvelopeNone) {
			return "", "", true, fmt.Errorf("place %q: the topic has no envelope; say which with kafka.envelope", place)
		}
		if name != "" {
			return part, name, true, nil
		}
	}
	return "", "", true, fmt.Errorf("place %q: there is no such place beside a record; known are $key, $key.NAME, $header.NAME, $timestamp, $topic, $partition, $offset, $schema, $envelope.NAME; a key that begins with $ is written as the pointer /%s", place, place)
}

// CheckPlaces returns the mistakes in those places of a mapping that are beside the record.
func (p Payload) CheckPlaces(m Mapping) Problems {
	var problems Problems
	check := func(path string, places ...string) {
		for _, place := range places {
			if _, _, _, err := p.Beside(place); err != nil {
				problems = append(problems, MappingProblem{Path: path, Message: err.Error()})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Map)) {
		check("map."+name, m.Map[name].From...)
	}
	for i, entry := range m.Each {
		for _, name := range slices.Sorted(maps.Keys(entry)) {
			check(fmt.Sprintf("each[%d].%s", i, name), entry[name].From...)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(m.Where)) {
		check("where."+place, place)
	}
	return problems
}
