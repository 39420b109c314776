package warehouse

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const readerFolder = "INSIDEOUT_TEST_READER"

// A second process holds the warehouse open during ten publishes: none is blocked, no read fails, and the reader sees whole
// generations only. The reader is this test run again as a process of its own, because DuckDB's locks are between processes; each line
// it gets is a moment between two publishes, so the two take turns and nothing depends on time.
func TestReader_HoldsTheWarehouseOpenDuringTenPublishes(t *testing.T) {
	if dir := os.Getenv(readerFolder); dir != "" {
		read(t, dir)
		return
	}
	w := build(t, small(t))
	out := t.TempDir()
	publish := func(i int) {
		t.Helper()
		// Every table of a generation is marked with its number, so a mixture of two would show.
		for _, table := range []string{"fct_customer_metric", "shelf.main.fct_failure_demand"} {
			if _, err := w.db.Exec(fmt.Sprintf("create or replace table %[1]s as select * exclude (team), 'gen%[2]d' as team from (select * from %[1]s limit 1)", table, i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.db.Exec("checkpoint shelf"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Publish(t.Context(), out, fmt.Sprint(i)); err != nil {
			t.Fatalf("publish %d with a reader at work: %v", i, err)
		}
	}
	publish(0)

	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReader_HoldsTheWarehouseOpenDuringTenPublishes$")
	cmd.Env = append(os.Environ(), readerFolder+"="+out)
	ask, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	told, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(told)
	answer := func() string {
		t.Helper()
		for answers.Scan() {
			if s, ok := strings.CutPrefix(answers.Text(), "saw "); ok {
				return s
			}
			t.Log("the reader: ", answers.Text())
		}
		t.Fatal("the reader ended before it had answered")
		return ""
	}
	if got, want := answer(), "held gen0 gen0, new gen0 gen0"; got != want {
		t.Errorf("before: %s, want %s", got, want)
	}
	for i := 1; i <= 10; i++ {
		publish(i)
		fmt.Fprintln(ask, "look")
		if got, want := answer(), fmt.Sprintf("held gen0 gen0, new gen%[1]d gen%[1]d", i); got != want {
			t.Errorf("after publish %d the reader saw %s, want %s", i, got, want)
		}
	}
	ask.Close()
	io.Copy(io.Discard, told)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the reader failed: %v", err)
	}
}

// read is the reader: it keeps the generation that it opened first, opens the newest one each time it is told to look, and says
// what both show in two tables.
func read(t *testing.T, dir string) {
	link := filepath.Join(dir, Link)
	held, err := OpenReadOnly(link)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	const query = "select (select team from fct_customer_metric) || ' ' || (select team from fct_failure_demand)"
	look := func() {
		newest, err := OpenReadOnly(link)
		if err != nil {
			t.Fatal(err)
		}
		defer newest.Close()
		fmt.Printf("saw held %s, new %s\n", column(t, held, query)[0], column(t, newest, query)[0])
	}
	look()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		look()
	}
}
