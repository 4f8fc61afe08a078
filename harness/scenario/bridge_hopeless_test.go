package scenario

import (
	"errors"
	"strings"
	"testing"
)

func TestAHookThatNeverBeginsIsGivenUpForItsAction(t *testing.T) {
	var b beginnings
	for i := range hopelessAfter {
		if err := b.hopeless("flow"); err != nil {
			t.Fatalf("after %d in vain: %v", i, err)
		}
		b.inVain("flow", errors.New("it said no"))
	}
	if err := b.hopeless("flow"); err == nil || !strings.Contains(err.Error(), "8 times") || !strings.Contains(err.Error(), "it said no") {
		t.Errorf("it is called again: %v", err)
	}
	if err := b.hopeless("init"); err != nil {
		t.Errorf("another action is given up too: %v", err)
	}
	b.began("flow")
	if err := b.hopeless("flow"); err != nil {
		t.Errorf("it is not called although it has made the subject begin: %v", err)
	}
}
