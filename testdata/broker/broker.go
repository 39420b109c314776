// Package broker runs a real Apache Kafka broker for tests, without containers: one KRaft node on loopback, from the
// jars that Maven resolves by their coordinates in pom.xml.
//
// A broker is there for one test process. It listens on free ports of 127.0.0.1, keeps its data in a folder of its own
// under the system's temporary folder, and ends with the test: by Close, or when the process dies in any way, because a
// small shell (supervise.sh) kills it as soon as a pipe from the process breaks, or when its life (ten minutes unless
// told otherwise) is over. Only processes started here are ever signalled, by their ids.
//
// The one way to a broker in a test is Require, which skips aloud on machines without Java or Maven, and fails there
// when INSIDEOUT_REQUIRE_BROKER=1, so that continuous integration cannot pass without one.
package broker

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed supervise.sh
var supervise string

//go:embed log4j2.properties
var logging []byte

// Options change how a broker is started. The zero value is right for most tests.
type Options struct {
	// Settings are laid over the broker's own: "log.retention.check.interval.ms": "1000".
	Settings map[string]string
	// Listeners are further ones, beside the plain one: the name of each with its security protocol, such as SASL_SSL.
	// What they need goes into Settings: "listener.name.safe.ssl.keystore.location".
	Listeners map[string]string
	// Life bounds how long the broker runs at all. Default 10 minutes.
	Life time.Duration
	// HeapMB is the largest Java heap. Default 384.
	HeapMB int
}

// Broker is one node. Its methods may be called from one goroutine at a time.
type Broker struct {
	java, jars string
	dir        string
	heap       int
	addr       string
	more       map[string]string // addresses of further listeners

	mu      sync.Mutex
	process *process // nil while stopped
	life    *time.Timer
}

// process is one run of the broker.
type process struct {
	pid  int           // of Java
	done chan struct{} // closed when it has ended
}

// startLimit bounds the time until a started broker answers; 2 s is usual on two cores.
const startLimit = 60 * time.Second

// Start starts a broker and waits until it answers.
func Start(ctx context.Context, o Options) (*Broker, error) {
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	jars, err := Fetch(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "insideout-broker-")
	if err != nil {
		return nil, err
	}
	b := &Broker{java: java, jars: jars, dir: dir, heap: o.HeapMB}
	if b.heap <= 0 {
		b.heap = 384
	}
	if err := b.prepare(ctx, o); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := b.Restart(ctx); err != nil {
		b.Close()
		return nil, err
	}
	if o.Life <= 0 {
		o.Life = 10 * time.Minute
	}
	b.mu.Lock()
	b.life = time.AfterFunc(o.Life, func() { b.Kill() })
	b.mu.Unlock()
	return b, nil
}

// Addr is where clients connect, host:port. It stays the same over restarts.
func (b *Broker) Addr() string { return b.addr }

// Listener is the address of one of Options.Listeners.
func (b *Broker) Listener(name string) string { return b.more[name] }

// prepare chooses ports and formats the data folder.
func (b *Broker) prepare(ctx context.Context, o Options) error {
	ports, err := freePorts(2 + len(o.Listeners))
	if err != nil {
		return err
	}
	b.addr = "127.0.0.1:" + ports[0]
	controller := "127.0.0.1:" + ports[1]
	listeners, protocols := "PLAINTEXT://"+b.addr, "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
	b.more = map[string]string{}
	for name, protocol := range o.Listeners {
		b.more[name] = "127.0.0.1:" + ports[2+len(b.more)]
		listeners += "," + name + "://" + b.more[name]
		protocols += "," + name + ":" + protocol
	}
	lines := map[string]string{
		"process.roles":                                    "broker,controller",
		"node.id":                                          "1",
		"controller.quorum.voters":                         "1@" + controller,
		"listeners":                                        listeners + ",CONTROLLER://" + controller,
		"advertised.listeners":                             listeners,
		"controller.listener.names":                        "CONTROLLER",
		"inter.broker.listener.name":                       "PLAINTEXT",
		"listener.security.protocol.map":                   protocols,
		"log.dirs":                                         filepath.Join(b.dir, "data"),
		"num.partitions":                                   "1",
		"auto.create.topics.enable":                        "false",
		"group.initial.rebalance.delay.ms":                 "0",
		"offsets.topic.replication.factor":                 "1",
		"offsets.topic.num.partitions":                     "1",
		"transaction.state.log.replication.factor":         "1",
		"transaction.state.log.min.isr":                    "1",
		"transaction.state.log.num.partitions":             "1",
		"share.coordinator.state.topic.replication.factor": "1",
		"share.coordinator.state.topic.min.isr":            "1",
		// What is deleted or compacted should go soon.
		"log.retention.check.interval.ms": "1000",
		"log.cleaner.backoff.ms":          "500",
		"log.initial.task.delay.ms":       "500",
		"file.delete.delay.ms":            "100",
		// A killed broker is let in again when its old session is over.
		"broker.session.timeout.ms":    "2000",
		"broker.heartbeat.interval.ms": "200",
		// The default pool of index cleaners takes 128 MiB.
		"log.cleaner.dedupe.buffer.size": "8388608",
	}
	for k, v := range o.Settings {
		lines[k] = v
	}
	var text strings.Builder
	for k, v := range lines {
		fmt.Fprintf(&text, "%s=%s\n", k, v)
	}
	if err := os.WriteFile(b.path("server.properties"), []byte(text.String()), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(b.path("log4j2.properties"), logging, 0o600); err != nil {
		return err
	}
	// Any id does; one that is fixed would make brokers of different tests look like the same cluster.
	id, err := exec.CommandContext(ctx, b.java, b.args("kafka.tools.StorageTool", "random-uuid")...).Output()
	if err != nil {
		return fmt.Errorf("kafka.tools.StorageTool random-uuid: %w", err)
	}
	format := exec.CommandContext(ctx, b.java, b.args("kafka.tools.StorageTool", "format",
		"-t", strings.TrimSpace(string(id)), "-c", b.path("server.properties"))...)
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("kafka.tools.StorageTool format: %w\n%s", err, tail(string(out), 15))
	}
	return nil
}

func (b *Broker) path(name string) string { return filepath.Join(b.dir, name) }

// args are those of java. The serial collector and the first compiler only: a broker that lives for seconds is ready
// sooner and takes less of the machine from the tests, at some cost in throughput.
func (b *Broker) args(main ...string) []string {
	return append([]string{
		"-Xms64m", "-Xmx" + strconv.Itoa(b.heap) + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Dlog4j2.configurationFile=" + b.path("log4j2.properties"),
		"-cp", filepath.Join(b.jars, "*"),
	}, main...)
}

// Restart starts a stopped broker again, with the same data and port, and waits until it answers and every partition
// has a leader.
func (b *Broker) Restart(ctx context.Context) error {
	b.mu.Lock()
	running := b.process != nil
	b.mu.Unlock()
	if running {
		return errors.New("broker: it runs")
	}
	args := append([]string{"-c", supervise, "supervise", b.dir, b.java}, b.args("kafka.Kafka", b.path("server.properties"))...)
	cmd := exec.Command("sh", args...)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	pid, convErr := strconv.Atoi(strings.TrimSpace(line))
	if err = errors.Join(err, convErr); err != nil {
		pipe.Close()
		cmd.Wait()
		return fmt.Errorf("broker: the supervising shell did not name a process: %w", err)
	}
	p := &process{pid: pid, done: make(chan struct{})}
	go func() {
		cmd.Wait() // closes the pipe too
		close(p.done)
	}()
	b.mu.Lock()
	b.process = p
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := b.ready(ctx, p); err != nil {
		b.Kill()
		log, _ := os.ReadFile(b.path("broker.log"))
		return fmt.Errorf("broker: %w\n%s", err, tail(string(log), 20))
	}
	return nil
}

// Stop asks the broker to shut down in order, and kills it if it does not within 30 seconds.
func (b *Broker) Stop() error { return b.end(syscall.SIGTERM, 30*time.Second) }

// Kill ends the broker as a power cut would.
func (b *Broker) Kill() error { return b.end(syscall.SIGKILL, 0) }

func (b *Broker) end(signal syscall.Signal, grace time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.process
	if p == nil {
		return nil
	}
	b.process = nil
	process, err := os.FindProcess(p.pid)
	if err != nil {
		return err
	}
	select {
	case <-p.done: // it ended by itself; its id may be another's by now
	default:
		process.Signal(signal)
	}
	if grace > 0 {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-p.done:
		case <-t.C:
			process.Kill()
		}
	}
	<-p.done
	return nil
}

// Close kills the broker and removes its data.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.life != nil {
		b.life.Stop()
	}
	b.mu.Unlock()
	return errors.Join(b.Kill(), os.RemoveAll(b.dir))
}

// Log returns the last lines that the broker logged.
func (b *Broker) Log() string {
	text, _ := os.ReadFile(b.path("broker.log"))
	return tail(string(text), 40)
}

// findJava finds a Java that can run the broker.
func findJava(ctx context.Context) (string, error) {
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	path, err := exec.LookPath(java)
	if err != nil {
		return "", errors.New("broker: Java is not installed")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		return "", errors.New("broker: there is no sh to supervise it")
	}
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("broker: java -version: %w", err)
	}
	version := regexp.MustCompile(`version "(\d+)`).FindSubmatch(out)
	if version == nil {
		return "", fmt.Errorf("broker: java -version says %q", strings.SplitN(string(out), "\n", 2)[0])
	}
	if n, _ := strconv.Atoi(string(version[1])); n < 17 {
		return "", fmt.Errorf("broker: Java %d is too old, Kafka 4 needs 17", n)
	}
	return path, nil
}

// freePorts finds ports that nothing listens on. Another process may take one before the broker does; then the start
// fails and says so.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}
