package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the module's version, or the commit that the binary was built from, or "devel".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

func (a *app) versionVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of what it is built on",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version string            `json:"version"`
				Go      string            `json:"go"`
				Modules map[string]string `json:"modules"`
			}{version(), runtime.Version(), map[string]string{}}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, d := range info.Deps {
					switch d.Path {
					case "github.com/duckdb/duckdb-go/v2", "github.com/apache/arrow-go/v18", "gonum.org/v1/gonum",
						"github.com/segmentio/kafka-go", "github.com/parquet-go/parquet-go":
						v.Modules[d.Path] = d.Version
					}
				}
			}
			a.result, a.summary = v, "insideout "+v.Version
			a.say("insideout %s (%s)", v.Version, v.Go)
			return nil
		},
	}
}
