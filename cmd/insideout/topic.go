package main

import (
	"os"
	"path/filepath"

	"insideout/connectors"
	"insideout/connectors/kafka"
	"insideout/connectors/wire"
	"insideout/pipelines"
)

// openTopic makes the source of a topic: a reader with the schemas for each worker, and the paths of its configuration.
func openTopic(c *pipelines.Config, s *pipelines.Source, binders []*connectors.Binder, o kafka.Options) (connectors.Source, error) {
	cfg := *s.Kafka
	if cfg.TLS != nil {
		t := *cfg.TLS
		t.CA, t.Cert, t.Key = from(c, t.CA), from(c, t.Cert), from(c, t.Key)
		cfg.TLS = &t
	}
	r := wire.Options{Payload: cfg.Payload}
	if cfg.Schema != "" {
		text, err := os.ReadFile(from(c, cfg.Schema))
		if err != nil {
			return nil, &connectors.EnvironmentError{Op: "read", What: cfg.Schema, Err: err, Hint: "kafka.schema names the file with the schema of the topic, relative to the configuration"}
		}
		r.Schema = string(text)
	}
	var hands []kafka.Hand
	for _, b := range binders {
		if cfg.Registry != nil {
			registry := *cfg.Registry
			registry.CA = from(c, registry.CA)
			cache := filepath.Join(filepath.Dir(c.Lake), "schemas")
			if registry.Cache != "" {
				cache = from(c, registry.Cache)
			}
			var err error
			if r.Registry, err = wire.NewRegistry(registry, wire.RegistryOptions{Cache: cache}); err != nil {
				return nil, err
			}
		}
		reader, err := wire.Messages(b.Places(), r)
		if err != nil {
			return nil, err
		}
		hands = append(hands, kafka.Hand{Binder: b, Reader: reader})
	}
	o.More = hands[1:]
	return kafka.New(s.Name, cfg, binders[0], hands[0].Reader, o)
}

// from resolves a path of the configuration.
func from(c *pipelines.Config, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir(), path)
}
