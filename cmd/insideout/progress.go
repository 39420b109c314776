package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"insideout/pipelines"
)

// progress shows where a run stands: a line that is rewritten on a terminal, else a new line every few seconds. It goes to
// standard error, so that standard output stays what the command says.
type progress struct {
	w        io.Writer
	terminal bool
	off      bool
	started  time.Time

	mu    sync.Mutex
	last  time.Time
	shown bool
}

const (
	everyTerminal = 200 * time.Millisecond
	everyLine     = 10 * time.Second
)

func newProgress(a *app) *progress {
	return &progress{w: a.stderr, terminal: isTerminal(a.stderr), off: a.noProgress || a.quiet || a.json, started: time.Now(), last: time.Now()}
}

func (p *progress) tell(s pipelines.Progress) {
	if p.off {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	every := everyLine
	if p.terminal {
		every = everyTerminal
	}
	now := time.Now()
	if now.Sub(p.last) < every {
		return
	}
	p.last = now
	line := map[string]string{"build": "building the warehouse", "fit": "relating conditions and outcomes", "publish": "publishing"}[s.Stage]
	if s.Source != "" {
		line = fmt.Sprintf("%s %s: %d rows, %.0f a second", s.Stage, s.Source, s.Rows, float64(s.Rows)/now.Sub(p.started).Seconds())
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.shown = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// done takes the line off the terminal.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
