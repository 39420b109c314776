package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// beMain in the environment turns the test binary into the command, so that a test can kill it.
const beMain = "INSIDEOUT_TEST_BE_MAIN"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == decodeVerb { // this binary as the process that decodes Parquet
		main()
	}
	if os.Getenv(beMain) == "1" {
		main()
	}
	testscript.Main(m, map[string]func(){"insideout": main})
}

// TestScripts runs the stories in testdata/script: what a person types, sees and finds afterwards.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:       "../../testdata/script",
		Condition: condition,
		Cmds:      map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			return writeAnswers(filepath.Join(e.WorkDir, "answers.csv"))
		},
	})
}

// exits runs a program and wants its exit code: exits CODE PROGRAM [ARG ...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// writeAnswers makes a survey that does not compress to nothing, for stories that do not bring their own answers.csv.
func writeAnswers(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	var b strings.Builder
	b.WriteString("id,at,team,score\n")
	for i := range 3000 {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		fmt.Fprintf(&b, "%x,2025-%02d-%02d,team-%d,%d\n", sum, 1+sum[0]%12, 1+sum[1]%28, sum[2]%7, sum[3]%11)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// condition knows what a machine allows: tmpfs, if a file system of a chosen size can be mounted.
func condition(name string) (bool, error) {
	if name != "tmpfs" {
		return false, errors.New("unknown condition")
	}
	dir, err := os.MkdirTemp("", "insideout-tmpfs")
	if err != nil {
		return false, err
	}
	defer os.Remove(dir)
	if exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run() != nil {
		return false, nil
	}
	return true, exec.Command("umount", dir).Run()
}
