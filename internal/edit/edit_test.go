package edit

import "testing"

func TestDistance(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"topolgy", "topology", 1}, {"ulr", "url", 2}, {"same", "same", 0}, {"kitten", "sitting", 3}} {
		if got := Distance(row.a, row.b); got != row.want {
			t.Errorf("%q to %q: %d, want %d", row.a, row.b, got, row.want)
		}
	}
}
