package lake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	childDir  = "INSIDEOUT_LAKE_CHILD"     // the folder that a child process is to load into
	childDies = "INSIDEOUT_LAKE_CHILD_DIE" // the operation before which it kills itself; none by default
	killsEnv  = "INSIDEOUT_KILLS"          // how often to kill; 20 by default
)

// TestMain turns the test binary into the child of TestLake_Kill9 when it is asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

// child loads what the lake lacks. It writes a line before every operation, and the number of each commit after it, so
// that the parent can kill it anywhere and knows what had been acknowledged.
func child(dir string) int {
	dies, err := strconv.Atoi(os.Getenv(childDies))
	if err != nil {
		dies = -1
	}
	n := 0
	l, err := Open(dir, Options{RunID: fmt.Sprintf("process %d", os.Getpid()), Keys: testKeys, FS: func(Op, string) error {
		if n == dies {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				return err
			}
			select {} // until the signal arrives
		}
		n++
		fmt.Println("step")
		return nil
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	defer l.Close()
	for _, f := range feeds {
		for {
			c := l.Begin()
			d, more := f.following(l, 25)
			if !more {
				break
			}
			if err := c.Add(d); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			done, err := c.Commit(context.Background())
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			fmt.Println("commit", done.Seq)
		}
	}
	fmt.Println("end")
	return 0
}

// TestLake_Kill9 kills a real process again and again, at a chosen operation or at any moment, until it has been killed
// often enough, and then lets it end. Nothing may be lost and nothing may be there twice.
func TestLake_Kill9(t *testing.T) {
	kills := 20
	if s := os.Getenv(killsEnv); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("%s=%q is no number", killsEnv, s)
		}
		kills = n
	}
	straight := scratch(t)
	if _, err := run(t, straight, &mortal{at: -1}); err != nil {
		t.Fatal(err)
	}
	input := sound(t, straight).Input

	rnd := rand.New(rand.NewPCG(9, 9))
	dir := filepath.Join(scratch(t), "lake")
	acknowledged := int64(0)
	for killed := 0; killed < kills; {
		k := killing{dies: -1, after: -1}
		if killed%2 == 0 {
			k.dies = rnd.IntN(40)
		} else {
			k.after = rnd.IntN(40)
		}
		seq, dead := k.start(t, dir)
		acknowledged = max(acknowledged, seq)
		if !dead { // it had nothing left to do: begin a new lake
			finished(t, dir, input)
			dir, acknowledged = filepath.Join(scratch(t), "lake"), 0
			continue
		}
		killed++
		s, err := Read(dir, testKeys)
		switch {
		case errors.Is(err, ErrNone) && acknowledged == 0:
		case err != nil:
			t.Fatal(err)
		case s.Seq < acknowledged:
			t.Fatalf("kill %d: commit %d was acknowledged, the lake ends at %d", killed, acknowledged, s.Seq)
		default:
			sound(t, dir)
		}
	}
	if _, dead := (killing{dies: -1, after: -1}).start(t, dir); dead {
		t.Fatal("the child died unasked")
	}
	finished(t, dir, input)
}

// finished holds a complete lake against what was produced.
func finished(t *testing.T, dir, input string) {
	t.Helper()
	if got := sound(t, dir).Input; got != input {
		t.Errorf("Input = %s, want that of an undisturbed run, %s", got, input)
	}
	s, err := Read(dir, testKeys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(produced(), kept(t, s)); diff != "" {
		t.Fatalf("produced (-), in the lake (+):\n%s", diff)
	}
}

// killing is how a child ends: by its own hand before operation dies, or by the parent's after the line after.
type killing struct{ dies, after int }

// start runs a child to its end. It returns the last commit acknowledged and whether it was killed.
func (k killing) start(t *testing.T, dir string) (acknowledged int64, dead bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childDies, k.dies))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(line, "commit %d", &acknowledged); err == nil {
			continue
		}
		if n == k.after {
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if err == nil {
		return acknowledged, false
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acknowledged, true
}
