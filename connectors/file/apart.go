package file

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"insideout/connectors"
)

// A Parquet file from outside is decoded in a process of its own. Its library allocates and loops as the file asks, and in
// Go neither running out of memory nor an endless loop can be stopped from within; checkFooter and checkPages refuse what
// they know, the limits of the process meet what they do not. The process gets the open file and nothing else: no path, no
// environment, no network that it would use. What it sends back is checked like any other input.

// Limits of the process.
const (
	apartMemory   = 512 << 20        // bytes it may take beside what it starts with
	apartSeconds  = 60               // of CPU, and one more for each MiB of the file
	apartPatience = 90 * time.Second // without a word
)

// The kinds of frames, each a byte before a length and as many bytes.
const (
	frameNames = 'N' // the names of the columns, as JSON
	frameRow   = 'R'
	frameEnd   = 'Z'
	frameError = 'E' // apartError, as JSON
	maxFrame   = MaxRow + 8<<20
)

// apartError is an error on its way from the process.
type apartError struct {
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
	Half bool   `json:"half,omitempty"` // the file ends half-way
}

// ServeParquet is the process: it reads the Parquet file that is open as in and writes its rows to out. Its limits are its
// arguments, as Apart's command line ends in them. It is called by the hidden verb of the command and by nothing else.
func ServeParquet(in *os.File, out io.Writer, limits []string) error {
	if len(limits) != 2 {
		return errors.New("want two limits")
	}
	memory, err := strconv.ParseUint(limits[0], 10, 40)
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseUint(limits[1], 10, 32)
	if err != nil {
		return err
	}
	if err := limit(memory, seconds); err != nil {
		return err
	}
	w := &frames{w: bufio.NewWriterSize(out, blockSize)}
	info, err := in.Stat()
	if err != nil {
		return err
	}
	t, h, err := openParquet(in, info.Size())
	if err != nil {
		return w.fail(err)
	}
	defer t.close()
	names, err := json.Marshal(h.names)
	if err != nil {
		return err
	}
	if err := w.frame(frameNames, names); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	values := make([]connectors.Value, len(h.names))
	for {
		got, err := t.next(values)
		if err == io.EOF {
			return errors.Join(w.frame(frameEnd, nil), w.w.Flush())
		}
		if err != nil {
			return w.fail(err)
		}
		if err := w.row(got, values); err != nil {
			return err
		}
	}
}

// frames writes them.
type frames struct {
	w *bufio.Writer
	b []byte
}

func (f *frames) frame(kind byte, content []byte) error {
	if err := f.w.WriteByte(kind); err != nil {
		return err
	}
	if _, err := f.w.Write(binary.AppendUvarint(nil, uint64(len(content)))); err != nil {
		return err
	}
	_, err := f.w.Write(content)
	return err
}

func (f *frames) fail(err error) error {
	e := apartError{Text: err.Error(), Half: errors.Is(err, io.ErrUnexpectedEOF)}
	var advice *adviceError
	if errors.As(err, &advice) {
		e.Hint = advice.hint
	}
	content, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return errors.Join(f.frame(frameError, content), f.w.Flush())
}

// row writes the code and detail of what is wrong with the row, empty for nothing, and the kind and text of each value. Of a
// row that is too long only the beginning goes.
func (f *frames) row(got row, values []connectors.Value) error {
	left := MaxRow
	if got.size > MaxRow {
		got.bad, left = tooLarge(), keepRaw
	}
	code, detail := "", ""
	if got.bad != nil {
		code, detail = got.bad.Code, got.bad.Detail
	}
	f.b = appendText(appendText(f.b[:0], []byte(code)), []byte(detail))
	for _, v := range values {
		n := min(len(v.Bytes), left)
		left -= n
		f.b = appendText(append(f.b, byte(v.Kind)), v.Bytes[:n])
	}
	return f.frame(frameRow, f.b)
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// apart is a table that another process reads.
type apart struct {
	cmd      *exec.Cmd
	out      *os.File
	in       *bufio.Reader
	errors   bytes.Buffer // the beginning of what it says there
	patience time.Duration
	b        []byte // the frame at hand
	closed   bool
}

// openApart starts the process that the command line names, with the limits behind it.
func openApart(ctx context.Context, command []string, f *os.File, size int64) (*apart, header, error) {
	seconds := apartSeconds + size>>20
	return startApart(ctx, append(command[:len(command):len(command)], strconv.Itoa(apartMemory), strconv.FormatInt(seconds, 10)), f, apartPatience)
}

func startApart(ctx context.Context, command []string, f *os.File, patience time.Duration) (*apart, header, error) {
	var h header
	out, in, err := os.Pipe()
	if err != nil {
		return nil, h, err
	}
	a := &apart{out: out, patience: patience}
	a.in = bufio.NewReaderSize(a, blockSize)
	a.cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	a.cmd.Env = []string{"GOTRACEBACK=none"}
	a.cmd.ExtraFiles = []*os.File{f}
	a.cmd.Stdout, a.cmd.Stderr = in, &head4k{&a.errors}
	err = a.cmd.Start()
	in.Close()
	if err != nil {
		out.Close()
		return nil, h, &connectors.EnvironmentError{Op: "start", What: command[0], Err: err, Hint: "Parquet files are decoded in a process of their own"}
	}
	kind, content, err := a.frame()
	if err == nil && kind == frameNames {
		err = json.Unmarshal(content, &h.names)
	} else if err == nil {
		err = errFrame
	}
	if err != nil {
		a.close()
		return nil, h, err
	}
	return a, h, nil
}

// head4k keeps the beginning of what is written.
type head4k struct{ b *bytes.Buffer }

func (h *head4k) Write(p []byte) (int, error) {
	h.b.Write(p[:min(len(p), max(0, 4096-h.b.Len()))])
	return len(p), nil
}

// Read implements io.Reader for the frames: it waits for a word as long as the patience lasts, and says why there is none.
func (a *apart) Read(p []byte) (int, error) {
	if err := a.out.SetReadDeadline(time.Now().Add(a.patience)); err != nil {
		return 0, err
	}
	n, err := a.out.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, &adviceError{fmt.Sprintf("its decoder has said nothing for %s", a.patience), harm}
	}
	return n, err
}

const harm = "the file is broken, or made to do harm: write it anew from its source; nothing of it beyond what has been taken is read"

var errFrame = &adviceError{"its decoder sends what it should not", harm}

// frame reads one frame. When the process ends without one, the error says of what it died.
func (a *apart) frame() (kind byte, content []byte, err error) {
	if kind, err = a.in.ReadByte(); err != nil {
		return 0, nil, a.died(err)
	}
	n, err := binary.ReadUvarint(a.in)
	if err != nil {
		return 0, nil, a.died(err)
	}
	if n > maxFrame {
		return 0, nil, errFrame
	}
	if uint64(cap(a.b)) < n {
		a.b = make([]byte, n)
	}
	if _, err := io.ReadFull(a.in, a.b[:n]); err != nil {
		return 0, nil, a.died(err)
	}
	if kind != frameError {
		return kind, a.b[:n], nil
	}
	var e apartError
	if err := json.Unmarshal(a.b[:n], &e); err != nil {
		return 0, nil, errFrame
	}
	switch {
	case e.Half:
		return 0, nil, io.ErrUnexpectedEOF
	case e.Hint != "":
		return 0, nil, &adviceError{e.Text, e.Hint}
	}
	return 0, nil, errors.New(e.Text)
}

// died words the end of the process.
func (a *apart) died(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if a.closed {
		return errFrame
	}
	a.closed = true
	a.out.Close()
	err = a.cmd.Wait()
	said := a.errors.String()
	switch {
	case outOfMemory(said):
		return &adviceError{fmt.Sprintf("its decoder needs more than %d MiB of memory", a.limit(0)>>20), harm}
	case outOfTime(a.cmd.ProcessState, time.Duration(a.limit(1))*time.Second):
		return &adviceError{fmt.Sprintf("its decoder needs more than %d seconds of CPU time", a.limit(1)), harm}
	case err == nil:
		return errFrame
	}
	line, _, _ := strings.Cut(said, "\n")
	return &adviceError{fmt.Sprintf("its decoder ended (%v) %s", err, line), harm}
}

// outOfMemory reads from the last words of a Go program (1.26) whether it died for want of memory: there is no other sign
// of it. A thread that cannot be made wants memory for its stack.
func outOfMemory(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") || strings.Contains(said, "pthread_create failed")
}

// limit is one of the two limits at the end of the command line.
func (a *apart) limit(which int) int {
	n, _ := strconv.Atoi(a.cmd.Args[len(a.cmd.Args)-2+which])
	return n
}

func (a *apart) close() {
	if a.closed {
		return
	}
	a.closed = true
	a.out.Close()
	_ = a.cmd.Process.Kill() // what it still had to say is not wanted
	_ = a.cmd.Wait()
}

func (a *apart) next(values []connectors.Value) (row, error) {
	kind, b, err := a.frame()
	switch {
	case err != nil:
		return row{}, err
	case kind == frameEnd:
		return row{}, io.EOF
	case kind != frameRow:
		return row{}, errFrame
	}
	code, b, ok := cutText(b)
	detail, b, ok2 := cutText(b)
	if !ok || !ok2 {
		return row{}, errFrame
	}
	got := row{size: 16}
	if len(code) > 0 {
		got.bad = &connectors.PayloadError{Code: string(code), Detail: string(detail)}
	}
	for i := range values {
		if len(b) == 0 || b[0] > byte(connectors.Nested) {
			return row{}, errFrame
		}
		values[i].Kind = connectors.ValueKind(b[0])
		if values[i].Bytes, b, ok = cutText(b[1:]); !ok {
			return row{}, errFrame
		}
		got.size += len(values[i].Bytes)
	}
	if len(b) > 0 {
		return row{}, errFrame
	}
	return got, nil
}

func cutText(b []byte) (text, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n) : size+int(n)], b[size+int(n):], true
}
