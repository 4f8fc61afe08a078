package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Worker is a running conformance-pact. Close it when done. It does one job at a time.
type Worker struct {
	mu     sync.Mutex
	cmd    *exec.Cmd
	kill   context.CancelFunc
	in     io.WriteCloser
	out    *bufio.Reader
	said   *tail
	closed bool
}

// closePatience is how long a worker may take to end when there is no more work.
const closePatience = 10 * time.Second

// Start starts the conformance-pact at a path (see Find), with the library that lies beside it and no other. It ends with
// the context.
func Start(ctx context.Context, path string) (*Worker, error) {
	ctx, kill := context.WithCancel(ctx)
	w := &Worker{cmd: exec.CommandContext(ctx, path), kill: kill, said: &tail{}}
	w.cmd.Stderr, w.cmd.WaitDelay = w.said, closePatience
	w.cmd.Env = append(os.Environ(), "PACT_DO_NOT_TRACK=true", "PACT_LOG_LEVEL=NONE", "NO_PROXY=localhost,127.0.0.1", "no_proxy=localhost,127.0.0.1")
	for _, name := range []string{"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} { // they go before what is written in the binary
		w.cmd.Env = append(w.cmd.Env, name+"="+filepath.Dir(path))
	}
	if err := w.open(path); err != nil {
		kill()
		return nil, err
	}
	return w, nil
}

func (w *Worker) open(path string) error {
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("conformance-pact cannot be given jobs: %w", err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("conformance-pact cannot be heard: %w", err)
	}
	if err := w.cmd.Start(); err != nil {
		return &NotInstalledError{fmt.Sprintf("%s cannot be run: %v", path, err)}
	}
	w.in, w.out = in, bufio.NewReader(out)
	return nil
}

// Do verifies one interaction, in twice the time of the job at most: bringing its states about and hearing the provider
// each have that time. The error says that the worker failed: it is ours, never the provider's.
func (w *Worker) Do(job Job) (Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	raw, err := json.Marshal(job)
	if err != nil {
		return Result{}, err
	}
	var late atomic.Bool
	limit := time.AfterFunc(2*job.Timeout, func() {
		late.Store(true)
		w.kill()
	})
	defer limit.Stop()
	if _, err := w.in.Write(append(raw, '\n')); err != nil {
		return Result{}, w.died(err)
	}
	line, err := w.out.ReadBytes('\n')
	switch {
	case err != nil && late.Load():
		return Result{}, fmt.Errorf("conformance-pact gave no result within %s and was ended", 2*job.Timeout)
	case err != nil:
		return Result{}, w.died(err)
	}
	var result Result
	if err := json.Unmarshal(line, &result); err != nil {
		return Result{}, fmt.Errorf("conformance-pact gave no result that reads: %w", err)
	}
	if result.Error != "" {
		return Result{}, errors.New(result.Error)
	}
	return result, nil
}

// died says what conformance-pact said last, once it has ended.
func (w *Worker) died(err error) error {
	_ = w.end() // what it says tells more than its number
	said := strings.TrimSpace(w.said.String())
	if strings.Contains(said, "built without libpact_ffi") || strings.Contains(said, "loading shared libraries") {
		return &NotInstalledError{said}
	}
	return fmt.Errorf("conformance-pact ended in the middle of its work (%w): %s", err, said)
}

// Close ends the worker and waits for it, closePatience at most.
func (w *Worker) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end()
}

func (w *Worker) end() error {
	if w.closed {
		return nil
	}
	w.closed = true
	_ = w.in.Close()
	limit := time.AfterFunc(closePatience, w.kill)
	defer func() {
		limit.Stop()
		w.kill()
	}()
	return w.cmd.Wait()
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// maxTail is how much is kept, in bytes.
const maxTail = 4096

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - maxTail; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
