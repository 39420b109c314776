package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"insideout/cmd/insideout/story"
	"insideout/pipelines/place"
)

// demoMarker is the file by which a folder is known as a demonstration.
const demoMarker = ".demo.json"

// demoState is what the marker says. Ready is set last: a folder without it was left half-made and is made anew.
type demoState struct {
	Version int    `json:"version"` // story.Version
	Seed    uint64 `json:"seed"`
	Broker  string `json:"broker"` // host:port that the configuration names
	Ready   bool   `json:"ready"`
}

// demo is one call of the demonstration.
type demo struct {
	Dir        string            // folder to make or to go on with
	Seed       uint64            // of the story; a folder made with another one is refused
	Instrument []story.Dimension // what the survey asks
	Out        io.Writer         // for people
	// Run does what `insideout run` does with the configuration. The demonstration has no way of its own.
	Run func(ctx context.Context, config string) error
}

// demoError is a demonstration that cannot be made here; the person can mend it.
type demoError struct{ What, Hint string }

func (e *demoError) Error() string { return e.What + " -> " + e.Hint }

// runDemo makes the made-up company's exports and broker in the folder, once, and runs the pipeline on them. Called again
// on the same folder it starts the broker with the same events and runs again; what a person changed in the
// configuration meanwhile stays. The error is a *demoError when the folder or the port cannot be used.
func runDemo(ctx context.Context, d demo) error {
	began := time.Now()
	state, err := demoFolder(d.Dir, d.Seed)
	if err != nil {
		return err
	}
	config := filepath.Join(d.Dir, "insideout.yaml")
	b, err := d.open(ctx, state, config)
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Fprintf(d.Out, "Events wait on the Kafka broker at %s until this command ends.\n\n", b.address)
	if err := d.Run(ctx, config); err != nil {
		return err
	}
	d.farewell(time.Since(began))
	return nil
}

// open starts the folder's broker, and makes the folder before if it is not one yet.
func (d demo) open(ctx context.Context, state demoState, config string) (*demoBroker, error) {
	broker := filepath.Join(d.Dir, "broker")
	if state.Ready {
		l, err := listenAgain(state.Broker)
		if err != nil {
			return nil, err
		}
		return openDemoBroker(broker, l)
	}
	fmt.Fprintf(d.Out, "Making up a company in %s: exports, and events on a broker of its own.\n", d.Dir)
	l, err := listenForDemo()
	if err != nil {
		return nil, err
	}
	state.Broker = l.Addr().String()
	topics, err := d.write(ctx, state, config)
	if err != nil {
		l.Close()
		return nil, err
	}
	b, err := fillDemoBroker(ctx, broker, l, topics)
	if err != nil {
		return nil, err
	}
	state.Ready = true
	if err := writeDemoState(d.Dir, state); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// demoFolder says what the folder is: absent, empty, or an earlier demonstration. Anything else is refused.
func demoFolder(dir string, seed uint64) (demoState, error) {
	fresh := demoState{Version: story.Version, Seed: seed}
	raw, err := os.ReadFile(filepath.Join(dir, demoMarker))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fresh, nil
		case err != nil:
			return fresh, fmt.Errorf("look into %s: %w", dir, err)
		case len(entries) > 0:
			return fresh, &demoError{fmt.Sprintf("%s is not empty and not a demonstration", dir),
				"name another folder: insideout demo DIR"}
		}
		return fresh, nil
	}
	if err != nil {
		return fresh, fmt.Errorf("look into %s: %w", dir, err)
	}
	var state demoState
	if err := json.Unmarshal(raw, &state); err != nil {
		return fresh, &demoError{fmt.Sprintf("%s cannot be read: %v", filepath.Join(dir, demoMarker), err),
			"delete the folder and start again"}
	}
	if state.Version != story.Version || state.Seed != seed {
		return fresh, &demoError{fmt.Sprintf("%s holds another demonstration (version %d, seed %d; this one is version %d, seed %d)",
			dir, state.Version, state.Seed, story.Version, seed), "delete the folder or name another one"}
	}
	return state, nil
}

// write puts everything that a run reads into the folder and returns what is to be sent. The marker comes first, so that a folder left
// in the middle is known and made anew.
func (d demo) write(ctx context.Context, state demoState, config string) ([]story.Topic, error) {
	w, err := story.New(d.Seed, d.Instrument)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", d.Dir, err)
	}
	if err := writeDemoState(d.Dir, state); err != nil {
		return nil, err
	}
	text, err := w.Config(state.Broker)
	if err != nil {
		return nil, err
	}
	files := append(w.Files(),
		story.File{Path: "insideout.yaml", Write: bytesOf(text)},
		story.File{Path: "catalog.yaml", Write: bytesOf(w.Catalog())},
		story.File{Path: "insideout.key", Write: bytesOf(w.Key())},
		story.File{Path: "planted.txt", Write: bytesOf(planted())})
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := writeDemoFile(filepath.Join(d.Dir, filepath.FromSlash(f.Path)), f.Write); err != nil {
			return nil, err
		}
	}
	return w.Topics()
}

// planted is the page that tells what is true, for people who want to check the report against it.
func planted() []byte {
	var b bytes.Buffer
	b.WriteString("What is true of the made-up company. Look at the report first.\n\n")
	for _, t := range story.Planted() {
		fmt.Fprintf(&b, "%-9s %s -> %s\n          %s\n\n", t.Kind, t.Condition, t.Outcome, t.Text)
	}
	b.WriteString("Nothing else moves together inside teams except by the calendar that all teams share.\n")
	return b.Bytes()
}

// farewell names what was made and what to do with it.
func (d demo) farewell(took time.Duration) {
	out := filepath.Join(d.Dir, "out")
	fmt.Fprintf(d.Out, `
Everything about this company is made up. Done in %.0f s.

  report     %s
  warehouse  %s
  settings   %s
  planted    %s

  insideout query --config %s "select * from fct_failure_demand limit 5"
  insideout demo %s    starts the broker again and runs again
`, took.Seconds(), filepath.Join(out, "report.html"), filepath.Join(out, "warehouse.duckdb"), filepath.Join(d.Dir, "insideout.yaml"),
		filepath.Join(d.Dir, "planted.txt"), filepath.Join(d.Dir, "insideout.yaml"), d.Dir)
}

func writeDemoState(dir string, s demoState) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writeDemoFile(filepath.Join(dir, demoMarker), bytesOf(append(raw, '\n')))
}

func bytesOf(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

// writeDemoFile writes a file for its owner alone, and whole.
func writeDemoFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Dir(path), err)
	}
	return place.File(path, 0o600, write)
}
