// Command tally reads the events of `go test -json` and prints what a person
// needs: a line for each package, the output of what failed, and as last line
// "N passed, N failed, N skipped". It exits with 1 where something failed or
// nothing ran. Subtests are counted like tests. A line that begins with
// "tally: " is printed also where its test passes. The events may be those of
// several runs, one after the other.
//
//	go test -json ./... | go run ./internal/tally [-failed NAME]
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	failed := flag.String("failed", "", "`NAME` of a step before the tests that failed; it counts as one failure")
	flag.Parse()
	if !tally(os.Stdin, os.Stdout, *failed) {
		os.Exit(1)
	}
}

// event is a line of `go test -json`; see `go doc test2json` and `go help buildjson`.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64 // seconds
}

// counts are the tests of a run or a package.
type counts struct{ passed, failed, skipped int }

// String is the closing line.
func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

// tally copies what matters from in to out and says whether all is well.
func tally(in io.Reader, out io.Writer, failedBefore string) bool {
	var all counts
	packages := map[string]*counts{}
	outputs := map[string]*strings.Builder{} // of tests that run, by package and test
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case line == "":
		case json.Unmarshal([]byte(line), &e) != nil:
			fmt.Fprint(out, line) // not an event: what the go command itself has to say
		default:
			one(out, e, &all, packages, outputs)
		}
		if err != nil {
			break
		}
	}
	ran := all.passed+all.failed > 0
	if failedBefore != "" {
		fmt.Fprintf(out, "FAIL %s\n", failedBefore)
		all.failed++
	}
	if !ran {
		fmt.Fprintln(out, "No test ran.")
	}
	fmt.Fprintln(out, all)
	return ran && all.failed == 0
}

// one takes one event.
func one(out io.Writer, e event, all *counts, packages map[string]*counts, outputs map[string]*strings.Builder) {
	if e.Action == "build-output" {
		fmt.Fprint(out, e.Output)
		return
	}
	if packages[e.Package] == nil {
		packages[e.Package] = &counts{}
	}
	mine, key := packages[e.Package], e.Package+"\x00"+e.Test
	switch e.Action {
	case "output":
		if said, told := strings.CutPrefix(strings.TrimSpace(e.Output), "tally: "); told {
			fmt.Fprintln(out, said)
			return
		}
		if outputs[key] == nil {
			outputs[key] = &strings.Builder{}
		}
		outputs[key].WriteString(e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	said := outputs[key]
	delete(outputs, key)
	if said != nil && e.Action == "fail" {
		fmt.Fprint(out, said)
	}
	if e.Test == "" {
		defer delete(packages, e.Package) // another run may test it again
	}
	if e.Test != "" {
		for _, c := range []*counts{all, mine} {
			c.add(e.Action)
		}
		return
	}
	switch {
	case e.Action == "fail":
		// A package that does not build, panics or runs out of time fails without a test that does.
		unfinished(out, e.Package, outputs)
		if mine.failed == 0 {
			all.failed++
		}
		fmt.Fprintf(out, "FAIL %s (%s)\n", e.Package, mine)
	case e.Action == "pass":
		fmt.Fprintf(out, "ok   %s %.1fs (%s)\n", e.Package, e.Elapsed, mine)
	}
}

// unfinished prints what the tests of a package said that never ended.
func unfinished(out io.Writer, pkg string, outputs map[string]*strings.Builder) {
	for key, said := range outputs {
		if strings.HasPrefix(key, pkg+"\x00") {
			fmt.Fprint(out, said)
			delete(outputs, key)
		}
	}
}

func (c *counts) add(action string) {
	switch action {
	case "pass":
		c.passed++
	case "fail":
		c.failed++
	case "skip":
		c.skipped++
	}
}
