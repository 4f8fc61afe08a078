//go:build unix

package reports

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// benchRun names the directory of a run that the benchmarks render; without it they play one against the reference.
const benchRun = "CONFORMANCE_BENCH_RUN"

// fullRun is a real run of a whole suite, as it was recorded.
func fullRun(b *testing.B) (*suites.Results, *journal.Evidence) {
	b.Helper()
	dir := os.Getenv(benchRun)
	if dir == "" {
		dir = b.TempDir()
		cmd := exec.CommandContext(b.Context(), "go", "run", "../cmd/conformance", "run", "--out", dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("the reference could not be certified: %v\n%s", err, out)
		}
	}
	r, err := ReadResults(filepath.Join(dir, ResultsFile))
	if err != nil {
		b.Fatal(err)
	}
	ev, err := journal.Read(filepath.Join(dir, "evidence.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	return r, ev
}

// failing is the same run with every second requirement failed, on exchanges of its own: the report of a bad day.
func failing(r *suites.Results, ev *journal.Evidence) *suites.Results {
	bad := *r
	bad.Verdict, bad.Requirements = suites.NotConformant, nil
	for i, q := range r.Requirements {
		if i%2 == 0 {
			q.Verdict = suites.Fail
			var findings []suites.Finding
			for n := range 40 {
				x := ev.Exchanges[(i*101+n*7)%len(ev.Exchanges)]
				findings = append(findings, suites.Finding{Pointer: "/resp/requestId", Exchange: x.ID, Scenario: x.Scenario,
					Expected: fmt.Sprintf("458af978-0000-4000-8000-%012d, the requestId of the confirm that our hip sent", n),
					Received: "f2ebb058-0000-4000-8000-000000000000, the requestId that the subject itself used", Hint: "Set resp.requestId to the requestId that the bridge itself sent."})
			}
			q.Checks = []suites.CheckResult{{Name: "every answer names its request", Verdict: suites.Fail, Scenario: "flow/...", Judged: 40, Findings: findings}}
		}
		bad.Requirements = append(bad.Requirements, q)
	}
	bad.Counts = count(bad.Requirements)
	return &bad
}

// BenchmarkRenderAll renders everything that a full run leaves behind, and each output by itself. make bench-reports prints it.
func BenchmarkRenderAll(b *testing.B) {
	r, ev := fullRun(b)
	for _, run := range []struct {
		name    string
		results *suites.Results
	}{{"conformant", r}, {"failing", failing(r, ev)}} {
		b.Run(run.name+"/all", func(b *testing.B) {
			dir := b.TempDir()
			began := processorTime(b)
			for b.Loop() {
				if err := RenderAll(dir, run.results, ev, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			report(b, began, total(b, dir))
		})
		for _, o := range outputs {
			b.Run(run.name+"/"+o.name, func(b *testing.B) {
				var out bytes.Buffer
				began := processorTime(b)
				for b.Loop() {
					out.Reset()
					if err := o.render(&out, run.results, ev, Options{}); err != nil {
						b.Fatal(err)
					}
				}
				report(b, began, out.Len())
			})
		}
	}
}

// report tells the bytes of output, milliseconds that passed, and milliseconds of a processor, which a busy machine does not
// make longer.
func report(b *testing.B, began time.Duration, size int) {
	b.Helper()
	perRun := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(perRun(b.Elapsed()), "ms")
	b.ReportMetric(perRun(processorTime(b)-began), "cpu-ms")
	b.ReportMetric(float64(size), "bytes")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used of all processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func total(b *testing.B, dir string) int {
	b.Helper()
	sum := 0
	for _, name := range Files() {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		sum += int(info.Size())
	}
	return sum
}
