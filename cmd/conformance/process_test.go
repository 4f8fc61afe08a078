package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test: what a vendor downloads, static and without cgo.
var binary string

// TestMain builds the binary once for the tests that run it as a process.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given { // our processes mostly wait for each other, so more of them fit than there are processors
		_ = flag.Set("test.parallel", "3")
	}
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "conformance-binary-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "no directory for the binary:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "conformance")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the binary cannot be built: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience bounds everything that a process is waited for; nothing takes so long unless it hangs.
const patience = 5 * time.Minute

// process is one run of the binary.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *said
	ended          chan struct{} // closed when it has ended
}

// ended is what a process left behind.
type ended struct {
	code           int
	stdout, stderr string
}

// start starts the binary in a directory. It sees no CONFORMANCE_* variable but those of env, and does not outlive the test.
func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p := &process{cmd: exec.CommandContext(ctx, binary, args...), stdout: newSaid(), stderr: newSaid(), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.stdout, p.stderr
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CONFORMANCE_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Env = append(p.cmd.Env, env...)
	if err := p.cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the exit code tells
		p.stdout.end()
		p.stderr.end()
		close(p.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.ended
	})
	return p
}

// wait waits for the end of the process.
func (p *process) wait(t *testing.T) ended {
	t.Helper()
	<-p.ended
	e := ended{p.cmd.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()}
	if e.code < 0 {
		t.Fatalf("%s was ended by a signal (%s)\n%s%s", p.cmd, p.cmd.ProcessState, e.stdout, e.stderr)
	}
	return e
}

// interrupt is Ctrl-C.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

// finish runs the binary to its end.
func finish(t *testing.T, dir string, env []string, args ...string) ended {
	t.Helper()
	return start(t, dir, env, args...).wait(t)
}

// wants fails the test where the process ended with another code, or said none of the words on stderr.
func (e ended) wants(t *testing.T, code int, words ...string) {
	t.Helper()
	if e.code != code {
		t.Fatalf("exit %d, want %d\nstdout:\n%s\nstderr:\n%s", e.code, code, e.stdout, e.stderr)
	}
	for _, word := range words {
		if !strings.Contains(e.stderr, word) {
			t.Errorf("stderr does not say %q:\n%s", word, e.stderr)
		}
	}
	if strings.Contains(e.stdout+e.stderr, "goroutine ") {
		t.Errorf("a stack is printed:\n%s%s", e.stdout, e.stderr)
	}
}

// said is a stream of a process that can be waited on.
type said struct {
	mu    sync.Mutex
	text  bytes.Buffer
	news  chan struct{} // closed and made anew with every write
	ended bool
}

func newSaid() *said { return &said{news: make(chan struct{})} }

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.tell()
	return s.text.Write(p)
}

func (s *said) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.tell()
}

func (s *said) tell() {
	close(s.news)
	s.news = make(chan struct{})
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the stream holds the words; it fails the test where the process ends before.
func (s *said) await(t *testing.T, words string, also ...*said) string {
	t.Helper()
	for {
		s.mu.Lock()
		text, news, over := s.text.String(), s.news, s.ended
		s.mu.Unlock()
		switch {
		case strings.Contains(text, words):
			return text
		case over:
			t.Fatalf("the process ended without %q; it said:\n%s%v", words, text, also)
		}
		<-news
	}
}

var ports = struct {
	sync.Mutex
	host string
	next int
}{next: 20000}

// freePort is an address on loopback that nobody listens on. It lies below the ports that the system hands out by
// itself, is given once, and where the system has all of 127.0.0.0/8, on an address that no other process uses: so it
// stays free until the process that it is for takes it.
func freePort(t *testing.T) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.host == "" {
		ports.host = fmt.Sprintf("127.%d.%d.%d", 1+os.Getpid()>>16&0x7f, os.Getpid()>>8&0xff, os.Getpid()&0xff)
		l, err := net.Listen("tcp", net.JoinHostPort(ports.host, "0"))
		if err != nil {
			ports.host = "127.0.0.1"
		} else if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var last error
	for range 1000 {
		ports.next++
		address := fmt.Sprintf("%s:%d", ports.host, ports.next)
		l, err := net.Listen("tcp", address)
		if err != nil {
			last = err
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatal(errors.Join(errors.New("no free port"), last))
	return ""
}
