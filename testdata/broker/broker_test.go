//go:build unix

package broker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestBroker_LivesThroughStopAndKill(t *testing.T) {
	b := Require(t, Options{})
	ctx := t.Context()
	if err := b.CreateTopic(ctx, "letters", 2, nil); err != nil {
		t.Fatal(err)
	}
	produce(t, b, "letters", 10)
	for name, end := range map[string]func() error{"stop": b.Stop, "kill": b.Kill} {
		if err := end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := b.Restart(ctx); err != nil {
			t.Fatalf("restart after %s: %v", name, err)
		}
		if got := records(t, b, "letters"); got != 10 {
			t.Errorf("after %s: %d records, want 10", name, got)
		}
	}
	if err := b.DeleteRecords(ctx, "letters", 0, 3); err != nil {
		t.Fatal(err)
	}
	if got := records(t, b, "letters"); got != 7 {
		t.Errorf("after deleting three of partition 0: %d records, want 7", got)
	}
	if err := b.DeleteTopic(ctx, "letters"); err != nil {
		t.Fatal(err)
	}
}

// A process that starts a broker and is killed must leave neither the broker nor its data behind.
func TestBroker_DiesWithItsProcess(t *testing.T) {
	if os.Getenv("BROKER_TEST_CHILD") == "1" {
		b := Require(t, Options{})
		fmt.Printf("broker %d %s\n", b.process.pid, b.dir)
		select {}
	}
	if _, err := findJava(t.Context()); err != nil {
		Require(t, Options{}) // skips or fails, as it should
	}
	child := exec.Command(os.Args[0], "-test.run=^TestBroker_DiesWithItsProcess$", "-test.timeout=2m")
	child.Env = append(os.Environ(), "BROKER_TEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	var dir string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] == "broker" {
			pid, _ = strconv.Atoi(words[1])
			dir = words[2]
			break
		}
	}
	if pid == 0 {
		child.Process.Kill()
		child.Wait()
		t.Fatal("the child did not start a broker")
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("the broker does not run: %v", err)
	}
	child.Process.Kill()
	child.Wait()
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, statErr := os.Stat(dir)
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) && errors.Is(statErr, os.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the broker outlives its process: pid %d, folder %s (%v)", pid, dir, statErr)
		}
		poll := time.NewTimer(20 * time.Millisecond)
		<-poll.C
	}
}

func produce(t *testing.T, b *Broker, topic string, n int) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range n {
		r := &kgo.Record{Topic: topic, Partition: int32(i % 2), Value: []byte{byte('a' + i)}}
		if err := c.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// records counts what lies between the ends of all partitions.
func records(t *testing.T, b *Broker, topic string) (n int64) {
	t.Helper()
	err := b.admin(func(c *kadm.Client) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start, err := c.ListStartOffsets(ctx, topic)
		if err != nil {
			return err
		}
		end, err := c.ListEndOffsets(ctx, topic)
		if err != nil {
			return err
		}
		end.Each(func(o kadm.ListedOffset) {
			from, _ := start.Lookup(o.Topic, o.Partition)
			n += o.Offset - from.Offset
			if err := errors.Join(o.Err, from.Err); err != nil {
				t.Error(err)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
