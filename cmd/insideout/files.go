package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"insideout/connectors"
	"insideout/connectors/file"
	"insideout/connectors/objects"
	"insideout/connectors/wire"
)

// openFiles makes a source of files for a binder. dir is the folder that paths are relative to, keep that of the copies of
// objects.
func openFiles(name string, c file.Config, dir, keep string, b *connectors.Binder) (*file.Source, error) {
	x, err := extractor(b, &c)
	if err != nil {
		return nil, err
	}
	s, err := file.New(name, c, dir, b, x)
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s.Apart = []string{exe, decodeVerb}
	s.Objects = &file.Objects{Dir: keep, Open: func(ctx context.Context, address string, c file.StoreConfig) (file.Store, error) {
		return objects.Open(ctx, address, objects.Options(c))
	}}
	return s, nil
}

// extractor takes the binder's places out of JSON. A column may be called what no place in JSON can be ("Handled well?
// Tell us."), so for files that are not said to be JSON there may be none.
func extractor(b *connectors.Binder, f *file.Config) (connectors.Extractor, error) {
	x, err := wire.JSON(b.Places())
	if err != nil && f != nil && f.Format != "json" && f.Format != "jsonl" {
		return nil, nil
	}
	return x, err
}

// decodeVerb is the name of the hidden verb that this program starts itself with, to decode a Parquet file from outside in
// a process with limits (file.ServeParquet).
const decodeVerb = "decode-parquet"

func (a *app) decode() *cobra.Command {
	return &cobra.Command{
		Use:                decodeVerb,
		Short:              "Decode the Parquet file that is open as 3, within limits (run does this itself)",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return file.ServeParquet(os.NewFile(3, "the Parquet file"), a.stdout, args)
		},
	}
}
