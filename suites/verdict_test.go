package suites

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/harness/journal"
)

// one registers one check of each requirement over every scenario of the recording.
func one(judge func(c *C), ids ...string) Specs {
	return func() {
		for _, id := range ids {
			ginkgo.It("judges "+id, Check(id, "...", judge))
		}
	}
}

func judge(t *testing.T, r *recording, o Options, specs ...Specs) *Results {
	t.Helper()
	results, err := Judge(t.Context(), r.ev, o, specs...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// The verdict table of design 4.5, one row a way in which a check can end.
func TestVerdictsOfAllLevels(t *testing.T) {
	use(t, levels()...)
	played := func(r *recording) { r.scenario("a", journal.Played) }
	looks := func(c *C) { c.Each(func(*Flow) { c.Judged(1) }) }
	finds := func(tolerance string) func(c *C) {
		return func(c *C) {
			c.Each(func(*Flow) {
				c.Judged(1)
				c.Find(Finding{Expected: "this", Received: "that", Tolerance: tolerance})
			})
		}
	}
	stops := func(c *C) { c.Each(func(f *Flow) { c.Blocked(f, "") }) }
	for name, row := range map[string]struct {
		record            func(*recording)
		judge             func(c *C)
		profile           string
		must, should, may Verdict
	}{
		"nothing found":                    {played, looks, "", Pass, Pass, Pass},
		"found":                            {played, finds(""), "", Fail, Warning, Pass},
		"found, tolerated, strict":         {played, finds("D01"), ProfileStrict, Fail, Warning, Pass},
		"found, tolerated, field":          {played, finds("D01"), ProfileField, Warning, Warning, Pass},
		"found, not tolerated, field":      {played, finds(""), ProfileField, Fail, Warning, Pass},
		"blocked":                          {func(r *recording) { r.scenario("a", journal.Blocked) }, stops, "", Inconclusive, Inconclusive, Inconclusive},
		"stopped, and lacking":             {func(r *recording) { r.scenario("a", journal.Blocked) }, func(c *C) { c.Each(func(*Flow) { c.Lacking("it has none") }) }, "", Inconclusive, Inconclusive, Inconclusive},
		"stopped, lacking throughout":      {func(r *recording) { r.scenario("a", journal.Blocked) }, func(c *C) { c.Each(func(*Flow) { c.LackingThroughout("it has none") }) }, "", NotApplicable, NotApplicable, NotApplicable},
		"our own side failed":              {func(r *recording) { r.scenario("a", journal.Failed) }, looks, "", Inconclusive, Inconclusive, Inconclusive},
		"our own side failed in one":       {func(r *recording) { r.scenario("a", journal.Played).scenario("b", journal.Failed) }, looks, "", Inconclusive, Inconclusive, Inconclusive},
		"found in one, failed in another":  {func(r *recording) { r.scenario("a", journal.Played).scenario("b", journal.Failed) }, finds(""), "", Fail, Warning, Pass},
		"never played":                     {func(r *recording) { r.planned("a") }, looks, "", NotRun, NotRun, NotRun},
		"cancelled":                        {func(r *recording) { r.scenario("a", journal.Cancelled) }, looks, "", NotRun, NotRun, NotRun},
		"one never played":                 {func(r *recording) { r.scenario("a", journal.Played).planned("b") }, looks, "", NotRun, NotRun, NotRun},
		"found in one, one never played":   {func(r *recording) { r.scenario("a", journal.Played).planned("b") }, finds(""), "", Fail, Warning, Pass},
		"not applicable":                   {func(r *recording) { r.scenario("a", journal.NotApplicable) }, looks, "", NotApplicable, NotApplicable, NotApplicable},
		"in part applicable":               {func(r *recording) { r.scenario("a", journal.NotApplicable).scenario("b", journal.Played) }, looks, "", Pass, Pass, Pass},
		"judged nothing":                   {played, func(c *C) { c.Flows() }, "", ErrorVerdict, ErrorVerdict, ErrorVerdict},
		"no scenario at all":               {func(*recording) {}, looks, "", NotRun, NotRun, NotRun},
		"the check panics":                 {played, func(*C) { panic("a defect") }, "", ErrorVerdict, ErrorVerdict, ErrorVerdict},
		"the check panics after a finding": {played, func(c *C) { finds("")(c); panic("a defect") }, "", ErrorVerdict, ErrorVerdict, ErrorVerdict},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording()
			row.record(r)
			results := judge(t, r, Options{Profile: row.profile}, one(row.judge, "T-MUST", "T-SHOULD", "T-MAY"))
			for i, want := range []Verdict{row.must, row.should, row.may} {
				q := results.Requirements[i]
				if q.Verdict != want || q.Checks[0].Verdict != want {
					t.Errorf("%s: %s, its check %s (%s); want %s", q.ID, q.Verdict, q.Checks[0].Verdict, q.Checks[0].Reason, want)
				}
				if results.Counts[q.Level][want] != 1 {
					t.Errorf("%s: counts are %v", q.ID, results.Counts[q.Level])
				}
				switch want {
				case Inconclusive, NotApplicable, NotRun, ErrorVerdict:
					if q.Checks[0].Reason == "" {
						t.Errorf("%s is %s without a reason", q.ID, want)
					}
				}
			}
		})
	}
}

func TestACheckOfAnUnknownRequirementIsAnError(t *testing.T) {
	use(t, requirement("T-OTHER", Must))
	c := newRecording().scenario("a", journal.Played).check("...", func(c *C) { c.Each(func(*Flow) { c.Judged(1) }) })
	if got := c.result(); got.Verdict != ErrorVerdict {
		t.Errorf("verdict %s", got.Verdict)
	}
}

func TestVerdictOfARequirementFromItsChecks(t *testing.T) {
	for _, row := range []struct {
		checks []Verdict
		want   Verdict
	}{
		{nil, NotRun},
		{[]Verdict{Pass}, Pass},
		{[]Verdict{Pass, Fail}, Fail},
		{[]Verdict{ErrorVerdict, Fail}, Fail},
		{[]Verdict{Inconclusive, Fail, NotRun}, Fail},
		{[]Verdict{ErrorVerdict, Pass, Inconclusive}, ErrorVerdict},
		{[]Verdict{Pass, Inconclusive}, Inconclusive},
		{[]Verdict{Inconclusive, Warning}, Inconclusive},
		{[]Verdict{Pass, NotRun}, NotRun},
		{[]Verdict{Pass, Warning}, Warning},
		{[]Verdict{NotApplicable, Pass}, Pass},
		{[]Verdict{NotApplicable, NotApplicable}, NotApplicable},
	} {
		var checks []CheckResult
		for _, v := range row.checks {
			checks = append(checks, CheckResult{Verdict: v})
		}
		if got := verdictOf(Must, checks); got != row.want {
			t.Errorf("%v gives %s, want %s", row.checks, got, row.want)
		}
	}
}

func TestVerdictOfTheRun(t *testing.T) {
	looks := func(c *C) { c.Each(func(*Flow) { c.Judged(1) }) }
	finds := func(c *C) { looks(c); c.Find(Finding{Expected: "this", Received: "that"}) }
	for name, row := range map[string]struct {
		catalogue []Requirement
		change    func(*recording)
		specs     []Specs
		want      Verdict
		reason    string
	}{
		"conformant":                     {levels(), nil, []Specs{one(looks, "T-MUST", "T-SHOULD", "T-MAY")}, Conformant, "Example Gateway conforms: 1 of 1 MUST requirement passed."},
		"a SHOULD fails":                 {levels(), nil, []Specs{one(looks, "T-MUST"), one(finds, "T-SHOULD", "T-MAY")}, Conformant, "Example Gateway conforms: 1 of 1 MUST requirement passed, with 1 warning."},
		"a SHOULD has no check":          {levels(), nil, []Specs{one(looks, "T-MUST")}, Conformant, "Example Gateway conforms: 1 of 1 MUST requirement passed."},
		"a MUST fails":                   {levels(), nil, []Specs{one(finds, "T-MUST")}, NotConformant, "Example Gateway does not conform: 1 of 1 MUST requirement failed (T-MUST)."},
		"a MUST has no check":            {levels(), nil, []Specs{one(looks, "T-SHOULD")}, Incomplete, "Not every MUST requirement could be judged: 1 not-run."},
		"a MUST is inconclusive":         {levels(), func(r *recording) { r.scenario("b", journal.Failed) }, []Specs{one(looks, "T-MUST")}, Incomplete, "Not every MUST requirement could be judged: 1 inconclusive."},
		"a MUST is in error":             {levels(), nil, []Specs{one(func(*C) {}, "T-MUST")}, Incomplete, "Not every MUST requirement could be judged: 1 error."},
		"a filter":                       {levels(), func(r *recording) { r.ev.Run.Filter = "T-MUST" }, []Specs{one(looks, "T-MUST", "T-SHOULD")}, Incomplete, "A filter was used: what it left out was not judged."},
		"a filter and a failure":         {levels(), func(r *recording) { r.ev.Run.Filter = "T-MUST" }, []Specs{one(finds, "T-MUST", "T-SHOULD")}, NotConformant, "Example Gateway does not conform: 1 of 1 MUST requirement failed (T-MUST)."},
		"interrupted":                    {levels(), func(r *recording) { r.ev.Ended.Interrupted = true }, []Specs{one(looks, "T-MUST")}, Incomplete, "The run was interrupted before every scenario had been played."},
		"cut off":                        {levels(), func(r *recording) { r.ev.Ended = nil }, []Specs{one(looks, "T-MUST")}, Incomplete, "The run was interrupted before every scenario had been played."},
		"interrupted and a failure":      {levels(), func(r *recording) { r.ev.Ended.Interrupted = true }, []Specs{one(finds, "T-MUST")}, NotConformant, "Example Gateway does not conform: 1 of 1 MUST requirement failed (T-MUST)."},
		"no MUST in the catalogue":       {levels()[1:], nil, []Specs{one(looks, "T-SHOULD")}, Incomplete, "No MUST requirement was judged."},
		"no MUST applies to the subject": {levels(), func(r *recording) { r.ev.Scenarios[0].Status = journal.NotApplicable }, []Specs{one(looks, "T-MUST")}, Incomplete, "No MUST requirement was judged."},
	} {
		t.Run(name, func(t *testing.T) {
			use(t, row.catalogue...)
			r := newRecording().scenario("a", journal.Played)
			if row.change != nil {
				row.change(r)
			}
			results := judge(t, r, Options{}, row.specs...)
			if results.Verdict != row.want || results.Reason != row.reason {
				t.Errorf("%s: %s\nwant %s: %s", results.Verdict, results.Reason, row.want, row.reason)
			}
		})
	}
}

func TestJudgingTwiceGivesEqualResults(t *testing.T) {
	use(t, levels()...)
	r := newRecording().scenario("b", journal.Played).scenario("a", journal.Blocked).planned("c")
	r.sent("b", "init", "hip", "init", 200, `{"requestId":"r"}`)
	r.received("", "cm", "init", `{"requestId":"nobody's"}`)
	specs := one(func(c *C) {
		c.Each(func(f *Flow) {
			for _, x := range f.Exchanges {
				c.Expect(x).To(BeAcknowledged(), "Answer 202.")
			}
		})
	}, "T-MUST", "T-SHOULD", "T-MAY")
	for _, profile := range []string{ProfileStrict, ProfileField} {
		var texts []string
		for range 2 {
			text, err := json.Marshal(judge(t, r, Options{Profile: profile, Version: "1"}, specs))
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(text))
		}
		if texts[0] != texts[1] {
			t.Errorf("profile %s: two judgements of the same evidence differ:\n%s\n%s", profile, texts[0], texts[1])
		}
	}
}

func TestJudgeRefusesWhatItCannotJudge(t *testing.T) {
	use(t, levels()...)
	specs := one(func(c *C) { c.Judged(1) }, "T-MUST")
	r := newRecording()
	if _, err := Judge(t.Context(), r.ev, Options{Profile: "lenient"}, specs); err == nil {
		t.Error("an unknown profile was taken")
	}
	r.ev.Run.Filter = "T-NOTHING"
	if _, err := Judge(t.Context(), r.ev, Options{}, specs); !errors.Is(err, ErrEmptyFilter) {
		t.Errorf("an empty filter gives %v, want ErrEmptyFilter", err)
	}
	r.ev.Run.Filter = "(T-MUST"
	if _, err := Judge(t.Context(), r.ev, Options{}, specs); err == nil {
		t.Error("a filter that does not read was taken")
	}
}

func TestToleranceThatWasUsedIsDisclosedInTheFieldProfileOnly(t *testing.T) {
	use(t, levels()...)
	r := newRecording().scenario("a", journal.Played)
	r.sent("a", "init", "hip", "init", 200, "")
	specs := one(func(c *C) { c.Each(func(f *Flow) { c.Expect(f.Exchanges[0]).To(BeAcknowledged()) }) }, "T-MUST")
	if d := judge(t, r, Options{}, specs).Deviations; len(d) != 0 {
		t.Errorf("strict discloses %v", d)
	}
	d := judge(t, r, Options{Profile: ProfileField}, specs).Deviations
	if len(d) != 1 || d[0].Kind != "tolerance" || d[0].ID != "D01" {
		t.Errorf("field discloses %v", d)
	}
}
