package main

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLockIsHeldByOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), lockFile)
	var holders, most atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for held := 0; held < 50; {
				release, err := lock(path)
				if errors.Is(err, errLocked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				held++
				if n := holders.Add(1); n > 1 {
					most.Store(n)
				}
				holders.Add(-1)
				if err := release(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if most.Load() > 0 {
		t.Errorf("%d held the lock at the same time", most.Load())
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// Two runs into one directory: the second is refused and harms nothing, and where the first is killed, its lock goes with it.
func TestProcessOneRunAtATimeWritesIntoADirectory(t *testing.T) {
	t.Parallel()
	s := newStaging(t, patience)
	s.serve(t)
	first := start(t, s.dir, s.env, "run", "-c", "conformance.yaml", "--out", "out", "--timing-quiet", "1m")
	first.stderr.await(t, "Playing")
	before := s.out(t, evidenceFile)

	s.run(t, "--harness-listen", freePort(t)).wants(t, exitUsage, "another run writes into --out out", "name another directory")
	if after := s.out(t, evidenceFile); len(after) < len(before) || string(after[:len(before)]) != string(before) {
		t.Error("the refused run touched the evidence of the other")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "out", "earlier-1")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the refused run moved the evidence of the other aside: %v", err)
	}

	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended
	if _, err := os.Stat(filepath.Join(s.dir, "out", lockFile)); err != nil {
		t.Errorf("the lock file of a killed run: %v", err)
	}
	s.run(t, "--filter", "AUTH-GEN-002").wants(t, exitIncomplete)
	if _, err := os.Stat(filepath.Join(s.dir, "out", lockFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a run that has ended left its lock file: %v", err)
	}
}

func TestProcessADirectoryThatCannotBeWrittenExits2(t *testing.T) {
	t.Parallel()
	s := newStaging(t, time.Second)
	s.serve(t)
	s.write(t, "out", "a file")
	s.run(t).wants(t, exitUsage, "--out out cannot be made")
}
