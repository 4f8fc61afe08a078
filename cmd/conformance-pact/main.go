//go:build pact

// Command conformance-pact verifies interactions of Pact files with
// libpact_ffi, for `conformance pact`: it reads one job a line and writes one
// result a line (package pacts/worker).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"abdm.example/conformance/pacts/verify"
	"abdm.example/conformance/pacts/worker"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance-pact:", err)
		os.Exit(5)
	}
}

// serve works until there are no more jobs. Results go to what was our standard output when we began: the library writes to it, too.
func serve() error {
	results, err := claim()
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	encoder := json.NewEncoder(results)
	for lines.Scan() {
		var job worker.Job
		if err := json.Unmarshal(lines.Bytes(), &job); err != nil {
			return fmt.Errorf("a job does not read: %w", err)
		}
		result, err := verify.Interaction(job)
		if err != nil {
			result = worker.Result{Error: err.Error()}
		}
		if err := encoder.Encode(result); err != nil {
			return fmt.Errorf("a result cannot be written: %w", err)
		}
	}
	return lines.Err()
}
