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
	if !state.Ready {
		fmt.Fprintf(d.Out, "Making up a company in %s: exports, and events on a broker of its own.\n", d.Dir)
		if err := makeDemo(ctx, d, &state, config); err != nil {
			return err
		}
	}
	b, err := openDemoBroker(filepath.Join(d.Dir, "broker"), state.Broker)
	if err != nil {
		return err
	}
	defer b.close()
	fmt.Fprintf(d.Out, "Events wait on the Kafka broker at %s until this command ends.\n\n", state.Broker)
	if err := d.Run(ctx, config); err != nil {
		return err
	}
	d.farewell(time.Since(began))
	return nil
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

// makeDemo writes everything that a run needs. The marker comes first, so that a folder left in the middle is known and made
// anew, and says ready last.
func makeDemo(ctx context.Context, d demo, state *demoState, config string) error {
	w, err := story.New(d.Seed, d.Instrument)
	if err != nil {
		return err
	}
	if state.Broker, err = demoAddress(); err != nil {
		return err
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", d.Dir, err)
	}
	if err := writeDemoState(d.Dir, *state); err != nil {
		return err
	}
	for _, f := range w.Files() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeDemoFile(filepath.Join(d.Dir, filepath.FromSlash(f.Path)), 0o600, f.Write); err != nil {
			return err
		}
	}
	text, err := w.Config(state.Broker)
	if err != nil {
		return err
	}
	small := []struct {
		path string
		data []byte
	}{{config, text}, {filepath.Join(d.Dir, "insideout.key"), w.Key()}, {filepath.Join(d.Dir, "planted.txt"), planted()}}
	for _, f := range small {
		if err := writeDemoFile(f.path, 0o600, bytesOf(f.data)); err != nil {
			return err
		}
	}
	topics, err := w.Topics()
	if err != nil {
		return err
	}
	if err := fillDemoBroker(ctx, filepath.Join(d.Dir, "broker"), state.Broker, topics); err != nil {
		return err
	}
	state.Ready = true
	return writeDemoState(d.Dir, *state)
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
	return writeDemoFile(filepath.Join(dir, demoMarker), 0o600, bytesOf(append(raw, '\n')))
}

func bytesOf(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

// writeDemoFile writes a file whole: under another name first, then renamed, so no half file is ever read.
func writeDemoFile(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Dir(path), err)
	}
	temp := path + ".part"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
