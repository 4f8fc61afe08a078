package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"abdm.example/conformance/config"
)

// Exit codes; they are a promise to continuous integration.
const (
	exitConformant    = 0   // conformant, or every failure is accepted by the baseline
	exitNotConformant = 1   // a MUST failed, or the baseline is not in order
	exitUsage         = 2   // usage or configuration
	exitPreflight     = 3   // the subject or our callback URL cannot be reached, or login failed
	exitIncomplete    = 4   // a required check did not run or was inconclusive, or a filter or waiver was used
	exitInternal      = 5   // an error of the suite itself
	exitInterrupted   = 130 // stopped by a signal
)

// exitError is an error that knows the exit code of the process.
type exitError struct {
	code int
	err  error // one or more sentences for a person; nil where the command has printed all there is to say
}

// Error is the sentence; "" where the command has said all there is to say.
func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

// notConformant ends a run whose report is printed.
func notConformant() error { return &exitError{code: exitNotConformant} }

// usageError says what is wrong with the command line or the configuration.
func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// preflightError says what could not be reached, or why the login failed.
func preflightError(format string, args ...any) error {
	return &exitError{exitPreflight, fmt.Errorf(format, args...)}
}

// incompleteError says why there is no verdict.
func incompleteError(format string, args ...any) error {
	return &exitError{exitIncomplete, fmt.Errorf(format, args...)}
}

// internalError says what went wrong in the suite.
func internalError(format string, args ...any) error {
	return &exitError{exitInternal, fmt.Errorf(format, args...)}
}

// interruptedError ends a command that a signal stopped.
func interruptedError() error {
	return &exitError{exitInterrupted, errors.New("interrupted; what was found until now is incomplete")}
}

// errSignal is the cause of a context that a signal cancelled.
var errSignal = errors.New("interrupted by a signal")

// coded gives an error that a command returned its exit code: its own where it
// has one, 2 for a configuration, 130 where a signal stopped it, else 5.
func coded(ctx context.Context, err error) error {
	var exit *exitError
	var configuration *config.Error
	switch {
	case err == nil || errors.As(err, &exit):
		return err
	case errors.As(err, &configuration):
		return &exitError{exitUsage, fmt.Errorf("the configuration is not usable:\n%w", err)}
	case errors.Is(context.Cause(ctx), errSignal):
		return interruptedError()
	}
	return &exitError{exitInternal, err}
}

// recovered turns a panic into an error of the suite. What was thrown may hold
// anything, so it is shown only where it comes from the Go runtime, or on request.
func recovered(thrown any) error {
	what := fmt.Sprintf("a %T was thrown", thrown)
	if fault, ok := thrown.(runtime.Error); ok {
		what = fault.Error()
	}
	if os.Getenv(config.DebugVariable) == "1" {
		return internalError("the suite itself broke (%v); this is no fault of the subject\n%s", thrown, debug.Stack())
	}
	return internalError("the suite itself broke (%s); this is no fault of the subject; run it again with %s=1 and report the stack that it prints",
		what, config.DebugVariable)
}
