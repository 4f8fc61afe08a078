package schemas

import "testing"

var (
	goodUUIDs = []string{
		"5f7a535d-a3fd-416b-b069-c97d021fbacd",
		"5F7A535D-A3FD-416B-B069-C97D021FBACD",
		"5f7A535d-a3Fd-416b-B069-c97d021FbaCD",
		"00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff",
	}
	badUUIDs = []string{
		"",
		"1-1-1-1-1",
		"5f7a535da3fd416bb069c97d021fbacd",
		"{5f7a535d-a3fd-416b-b069-c97d021fbacd}",
		"urn:uuid:5f7a535d-a3fd-416b-b069-c97d021fbacd",
		" 5f7a535d-a3fd-416b-b069-c97d021fbacd",
		"5f7a535d-a3fd-416b-b069-c97d021fbacd\n",
		"5f7a535d-a3fd-416b-b069-c97d021fbac",
		"5f7a535d-a3fd-416b-b069-c97d021fbacde",
		"5f7a535-da3fd-416b-b069-c97d021fbacd",
		"5f7a535g-a3fd-416b-b069-c97d021fbacd",
		"5f7a535d_a3fd_416b_b069_c97d021fbacd",
		"5f7a535d-a3fd-416b-b069-c97d021fba-d",
	}
	goodDateTimes = []string{
		"2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05.678Z",
		"2026-01-02t03:04:05.678z",
		"2026-01-02T03:04:05.1Z",
		"2026-01-02T03:04:05.123456789012Z",
		"2026-01-02T03:04:05+05:30",
		"2026-01-02T03:04:05-00:00",
		"2026-01-02T23:59:59.999-23:59",
		"2024-02-29T00:00:00Z",
		"2000-02-29T00:00:00Z",
		"0000-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z",
		"2016-12-31T23:59:60Z",
		"2017-01-01T05:29:60+05:30",
		"2016-12-31T15:59:60.5-08:00",
	}
	badDateTimes = []string{
		"",
		"2026-01-02",
		"03:04:05Z",
		"2026-01-02T03:04:05",
		"2022-04-29T16:16:45.187023", // as a deployed consent manager writes it
		"2026-01-02 03:04:05Z",
		"2026-01-02T03:04Z",
		"2026-01-02T3:04:05Z",
		"2026-01-02T03:04:05,678Z",
		"2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05+0530",
		"2026-01-02T03:04:05+05",
		"2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+05:60",
		"2026-01-02T03:04:05 Z",
		"2026-01-02T03:04:05Z ",
		"2026-01-02T03:04:05ZZ",
		"2026-01-02T24:00:00Z",
		"2026-01-02T03:60:00Z",
		"2026-01-02T03:04:61Z",
		"2026-01-02T03:04:60Z",
		"2016-12-31T23:59:60+05:30",
		"2017-01-01T05:29:60Z",
		"2026-00-02T03:04:05Z",
		"2026-13-02T03:04:05Z",
		"2026-01-00T03:04:05Z",
		"2026-01-32T03:04:05Z",
		"2026-04-31T03:04:05Z",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"26-01-02T03:04:05Z",
		"+2026-01-02T03:04:05Z",
		"2026-1-02T03:04:05Z",
		"２026-01-02T03:04:05Z",
		"2026-01-02T03:04:05−05:30",
		"1767323045",
	}
)

func TestUUID(t *testing.T)     { format(t, isUUID, goodUUIDs, badUUIDs) }
func TestDateTime(t *testing.T) { format(t, IsDateTime, goodDateTimes, badDateTimes) }

func format(t *testing.T, is func(string) bool, good, bad []string) {
	t.Helper()
	for _, text := range good {
		if !is(text) {
			t.Errorf("%q is refused", text)
		}
	}
	for _, text := range bad {
		if is(text) {
			t.Errorf("%q is accepted", text)
		}
	}
}

// A format only judges strings; the type keyword judges the rest.
func TestFormatLeavesOtherTypesAlone(t *testing.T) {
	for _, value := range []any{nil, 1, true, []any{}, map[string]any{}} {
		if !stringFormat(isUUID).IsFormat(value) {
			t.Errorf("%v is refused", value)
		}
	}
}
