package scenario_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
)

// fillDisk makes every further write to an open file fail as a full disk does.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("A full disk cannot be played here: %v", err)
	}
	defer full.Close() //nolint:errcheck // nothing was written
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("A full disk cannot be played here: %v", err)
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join("/proc/self/fd", entry.Name()))
		if err != nil || target != real {
			continue
		}
		number, err := strconv.Atoi(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(full.Fd()), number, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("%s is not open", path)
}

// What is not recorded did not happen: a run whose evidence cannot be written stops, and says so.
func TestARunWithoutEvidenceStops(t *testing.T) {
	var s *stand
	scenarios := append(many(5, func(ctx context.Context, st *scenario.Stage) error {
		_, err := st.Await(ctx, contract.HIP, contract.OnFetchModes)
		return err
	}), scenario.Scenario{Name: "the disk fills up", Title: "The disk fills up", Play: func(ctx context.Context, st *scenario.Stage) error {
		fillDisk(t, s.path)
		return asks(ctx, st)
	}})
	s = newStand(t, http.HandlerFunc(acknowledges), scenarios, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.network.Play(t.Context(), scenarios, nil) }()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "evidence cannot be recorded, so the run must stop") {
			t.Errorf("the run ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the run goes on without evidence")
	}
}
