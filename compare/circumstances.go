package compare

import (
	"fmt"
	"slices"
	"strings"

	"abdm.example/conformance/config"
	"abdm.example/conformance/suites"
)

// circumstances are the differences that must be known before the changes are read.
func circumstances(before, after *suites.Results) []Difference {
	all := []Difference{}
	tell := func(name, was, is string) {
		if withoutPorts(was) != withoutPorts(is) {
			all = append(all, Difference{name, was, is})
		}
	}
	settle(before, after, tell)
	for _, kind := range []string{"filter", suites.HookDeviation, "patience", "waiver", "tolerance"} {
		tell(kind, disclosed(before, kind), disclosed(after, kind))
	}
	for _, q := range before.Requirements {
		for _, p := range after.Requirements {
			if p.ID == q.ID {
				tell("level of "+q.ID, string(q.Level), string(p.Level))
			}
		}
	}
	return append(all, pactFiles(before, after)...)
}

// settle tells what is set for a run: the subject, the profile, the suite and the configuration.
func settle(before, after *suites.Results, tell func(name, was, is string)) {
	for _, fact := range []struct {
		name string
		of   func(*suites.Results) string
	}{
		{"subject", func(r *suites.Results) string { return r.Subject.Name }},
		{"subject version", func(r *suites.Results) string { return r.Subject.Version }},
		{"subject URL", func(r *suites.Results) string { return r.Subject.URL }},
		{"topology", func(r *suites.Results) string { return string(r.Subject.Topology) }},
		{"modes", func(r *suites.Results) string { return strings.Join(r.Subject.Modes, ", ") }},
		{"purposes", func(r *suites.Results) string { return strings.Join(r.Subject.Purposes, ", ") }},
		{"profile", func(r *suites.Results) string { return r.Profile }},
		{"suite", func(r *suites.Results) string { return strings.TrimSpace(r.Suite.Name + " " + r.Suite.Version) }},
		{"catalogue", func(r *suites.Results) string { return r.Suite.Catalogue }},
		{"digest of the suite", func(r *suites.Results) string { return short(r.Suite.Digest) }},
		{"timing.callback", func(r *suites.Results) string { return milliseconds(r.Timing.Callback) }},
		{"timing.quiet", func(r *suites.Results) string { return milliseconds(r.Timing.Quiet) }},
		{"timing.ack", func(r *suites.Results) string { return milliseconds(r.Timing.Ack) }},
	} {
		tell(fact.name, fact.of(before), fact.of(after))
	}
	for _, key := range config.Keys() { // the others of the environment are measurements
		if section, _, _ := strings.Cut(key.Path, "."); slices.Contains(told, key.Path) || section == "timing" {
			continue
		}
		tell(key.Path, before.Environment[key.Path], after.Environment[key.Path])
	}
}

// told are the keys of the configuration that the results tell elsewhere.
var told = []string{"subject.role", "subject.name", "subject.version", "subject.url", "subject.topology", "subject.modes", "subject.purposes"}

// short is a digest as far as a person compares it.
func short(digest string) string { return "sha256 " + digest[:min(12, len(digest))] }

func milliseconds(n int64) string { return fmt.Sprintf("%d ms", n) }

// disclosed are the deviations of one kind: a tolerance or a waiver by its id, the others by what they say.
func disclosed(r *suites.Results, kind string) string {
	var all []string
	for _, d := range r.Deviations {
		switch {
		case d.Kind != kind:
		case d.ID != "":
			all = append(all, d.ID)
		default:
			all = append(all, d.Text)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// pactFiles tells which Pact files are others.
func pactFiles(before, after *suites.Results) []Difference {
	files := func(r *suites.Results) (names []string, digests map[string]string) {
		digests = map[string]string{}
		for _, p := range r.Pacts {
			name := p.Consumer + " to " + p.Provider
			if _, twice := digests[name]; !twice {
				names = append(names, name)
			}
			digests[name] += p.File + " " + short(p.Digest) + " "
		}
		return names, digests
	}
	was, old := files(before)
	is, now := files(after)
	var all []Difference
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(was, is...)))) {
		if old[name] != now[name] {
			all = append(all, Difference{"pact " + name, strings.TrimSpace(old[name]), strings.TrimSpace(now[name])})
		}
	}
	return all
}
