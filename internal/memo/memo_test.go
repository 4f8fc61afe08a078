package memo

import (
	"sync"
	"testing"
)

func TestTheLatestAreRemembered(t *testing.T) {
	const most = 64
	m := New[int, int](most)
	for n := range 3 * most {
		m.Keep(n, n*n)
		if held := len(m.latest) + len(m.earlier); held > most {
			t.Fatalf("it holds %d of at most %d", held, most)
		}
		if lately := max(0, n-most/2+1); m.Of(lately, func(int) int { return -1 }) != lately*lately {
			t.Fatalf("after %d one of the last half is forgotten", n+1)
		}
	}
	if _, known := m.Recall(0); known {
		t.Error("the first is still remembered")
	}
}

func TestWhatIsNotRememberedIsWorkedOutOnce(t *testing.T) {
	m := New[string, int](0)
	worked := 0
	for range 3 {
		if got := m.Of("a", func(key string) int { worked++; return len(key) }); got != 1 || worked != 1 {
			t.Fatalf("got %d, worked out %d times", got, worked)
		}
	}
}

func TestManyAskAtOnce(t *testing.T) {
	m := New[int, int](8)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range 1000 {
				if m.Of(n%20, func(k int) int { return k + 1 }) != n%20+1 {
					t.Error("a wrong result is remembered")
				}
			}
		})
	}
	all.Wait()
}
