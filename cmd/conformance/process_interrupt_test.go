package main

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// TestProcessInterruptExits130AndLeavesAPartialReport interrupts a run as soon as a number of exchanges with the
// subject is over. The long quiet window keeps any run from ending before.
func TestProcessInterruptExits130AndLeavesAPartialReport(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 150, 700} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			s := newStaging(t, patience)
			gateway := s.serve(t)
			wire := newWire(t, "http://"+s.subject)
			p := start(t, s.dir, s.env, "run", "-c", "conformance.yaml", "--out", "out", "--target", wire.url+"/gateway", "--timing-quiet", "1m")
			wire.await(t, after, p)
			p.interrupt(t)
			e := p.wait(t)
			e.wants(t, exitInterrupted, "interrupted")
			fits(t, e.stdout)

			r := s.results(t)
			if r.Verdict != suites.Incomplete {
				t.Errorf("verdict %s", r.Verdict)
			}
			if failed := having(r, suites.Fail, suites.Warning, suites.ErrorVerdict); len(failed) > 0 {
				t.Errorf("a conforming subject is blamed for our interrupt: %v", failed)
			}
			if !slices.ContainsFunc(r.Scenarios, func(s suites.ScenarioResult) bool { return len(s.Exchanges) > 0 }) {
				t.Error("no exchange is in the partial report")
			}
			rendersAgain(t, s, exitIncomplete)

			gateway.interrupt(t)
			gateway.wait(t).wants(t, 0)
		})
	}
}

// A second Ctrl-C ends the process at once, whatever it is doing.
func TestProcessSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStaging(t, patience)
	s.serve(t)
	p := start(t, s.dir, s.env, "run", "-c", "conformance.yaml", "--out", "out", "--timing-quiet", "1m")
	p.stderr.await(t, "Playing")
	began := time.Now()
	p.interrupt(t)
	_ = p.cmd.Process.Signal(syscall.SIGINT) // it may have ended already
	if e := p.wait(t); e.code != exitInterrupted {
		t.Errorf("exit %d\n%s", e.code, e.stderr)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}
