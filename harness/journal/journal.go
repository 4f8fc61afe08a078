package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Limits on bodies, in bytes.
const (
	// MaxBody is how much of a body the evidence keeps.
	MaxBody = 64 << 10
	// MaxWire is how much of a body is read from the network; facts are computed on all of that.
	MaxWire = 8 << 20
)

// Journal is the evidence of a run that is being written, to a file (Create) or
// to memory (Keep), and what the run sees of it while it lasts. The file holds one JSON record a line, each
// written by one call when it is complete, so that an interrupted run keeps
// all that came before. A Journal is safe for concurrent use.
type Journal struct {
	redactor   *Redactor
	correlator *correlator
	observed   *inboxes
	public     *hosts
	origin     time.Time // carries the monotonic clock
	exchanges  atomic.Int64

	file   *os.File // nil where nothing is written
	mu     sync.Mutex
	memory *reading // nil where nothing is kept
	closed bool
	err    error
	failed chan struct{}
}

// record is one line of the file.
type record struct {
	Record     string      `json:"record"` // run, exchange, scenario, conditions or end
	Run        *Run        `json:"run,omitempty"`
	Exchange   *Exchange   `json:"exchange,omitempty"`
	Scenario   *Scenario   `json:"scenario,omitempty"`
	Conditions *Conditions `json:"conditions,omitempty"`
	End        *End        `json:"end,omitempty"`
}

// Create opens a new evidence file and writes the record of the run. It does
// not overwrite: evidence that exists already is an error that says so. The
// ids of run.Identity are public to the redactor. The redactor may be shared
// with whatever else the run prints.
func Create(path string, run Run, r *Redactor) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("evidence %s exists already and is not overwritten: name another output directory or remove the file: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("evidence cannot be written: %w", err)
	}
	j, err := open(file, false, run, r)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

// open begins a journal that is written to a file, where there is one, and kept in memory, where that is asked for.
func open(file *os.File, kept bool, run Run, r *Redactor) (*Journal, error) {
	j := &Journal{
		redactor:   r,
		correlator: newCorrelator(),
		observed:   newInboxes(),
		public:     newHosts(run.Subject.URL),
		origin:     time.Now(),
		file:       file,
		failed:     make(chan struct{}),
	}
	if kept {
		j.memory = &reading{numbers: map[string]int{}}
	}
	run.Unredacted = r.off.Load()
	r.Public(run.Identity.HIP, run.Identity.HIU, run.Identity.CM)
	run.Subject.URL = r.URL(run.Subject.URL)
	settings := make([]Setting, len(run.Settings))
	for i, s := range run.Settings {
		settings[i] = Setting{Name: s.Name, Value: r.Text(s.Value)}
	}
	run.Settings = settings
	run.Operator = r.Text(run.Operator)
	if err := j.write(record{Record: "run", Run: &run}); err != nil {
		return nil, err
	}
	return j, nil
}

// Now is the time on the monotonic clock of the run, in nanoseconds since Create; never 0.
func (j *Journal) Now() time.Duration { return max(1, time.Since(j.origin)) }

// EndScenario records how a scenario ended. Its reason and its notes pass through the redactor.
func (j *Journal) EndScenario(s Scenario) error {
	s.Reason = j.redactor.Text(s.Reason)
	notes := make(map[string]string, len(s.Notes))
	for name, value := range s.Notes {
		notes[name] = j.redactor.Text(value)
	}
	s.Notes = notes
	return j.write(record{Record: "scenario", Scenario: &s})
}

// Close records the end of the run and closes the file. Exchanges that are
// still under way are lost: shut the players down first.
func (j *Journal) Close(e End) error {
	e.Error = j.redactor.Text(e.Error)
	err := j.write(record{Record: "end", End: &e})
	if errors.Is(err, errClosed) || j.file == nil {
		return err
	}
	return errors.Join(err, j.file.Close())
}

// Err is the first error of writing, nil where there was none.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Failed is closed on the first error of writing: without evidence a run must stop.
func (j *Journal) Failed() <-chan struct{} { return j.failed }

// errClosed is returned for what is recorded after Close.
var errClosed = errors.New("the journal is closed already; nothing can be recorded any more")

// write appends one record by one call. After the first error nothing more is written, lest a half line is followed by whole ones.
func (j *Journal) write(r record) error {
	line, kept, err := j.prepare(r)
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() { j.closed = j.closed || r.End != nil }() // nothing may follow the end
	switch {
	case j.closed:
		return errClosed
	case j.err != nil:
		return j.err
	}
	if err == nil && j.file != nil {
		_, err = j.file.Write(line)
	}
	if err == nil && j.memory != nil {
		err = j.memory.add(kept)
	}
	if err != nil {
		j.err = fmt.Errorf("evidence cannot be recorded, so the run must stop: %w", err)
		close(j.failed)
	}
	return j.err
}

// prepare makes of a record its line in the file, and what is kept of it in memory.
func (j *Journal) prepare(r record) (line []byte, kept record, err error) {
	if j.memory != nil {
		if kept, err = r.reread(); err != nil {
			return nil, kept, err
		}
	}
	if j.file == nil {
		return nil, kept, nil
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err = e.Encode(r)
	return text.Bytes(), kept, err
}

// begin opens an exchange: its id is given in the order in which exchanges begin.
func (j *Journal) begin() *Exchange {
	now := time.Now()
	return &Exchange{
		ID:      "e" + strconv.FormatInt(j.exchanges.Add(1), 10),
		Started: now.UTC().Round(0),
		Times:   Times{RequestFirst: max(1, now.Sub(j.origin))},
	}
}

// keep records a complete exchange. Errors are kept for Err and Failed; what ends after Close is lost by the runner's choice.
func (j *Journal) keep(e *Exchange) {
	_ = j.write(record{Record: "exchange", Exchange: e})
}
