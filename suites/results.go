// Package suites turns evidence into verdicts: the catalogue of requirements,
// the vocabulary of checks, and the judgement that runs the Ginkgo specs over
// a journal. It never touches the network.
package suites

import (
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// ResultsSchema names the format of results.json.
const ResultsSchema = "conformance-results/1"

// Verdict is what was found on a check, a requirement or a run.
type Verdict string

// Verdicts of checks and requirements.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	Warning       Verdict = "warning"
	Inconclusive  Verdict = "inconclusive"
	NotApplicable Verdict = "not-applicable"
	NotRun        Verdict = "not-run"
	ErrorVerdict  Verdict = "error"
)

// Verdicts lists the verdicts of requirements in the order in which reports print them.
var Verdicts = []Verdict{Pass, Fail, Warning, Inconclusive, NotApplicable, NotRun, ErrorVerdict}

// Verdicts of a whole run.
const (
	Conformant    Verdict = "conformant"
	NotConformant Verdict = "not-conformant"
	Incomplete    Verdict = "incomplete"
)

// Level is how strongly the contract asks (RFC 2119).
type Level string

// Levels of requirements.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	May    Level = "MAY"
)

// Levels lists the levels from the strongest.
var Levels = []Level{Must, Should, May}

// Results is the whole content of results.json. It is a function of the evidence and the build alone.
type Results struct {
	Schema   string    `json:"schema"`
	Suite    Suite     `json:"suite"`
	Subject  Subject   `json:"subject"`
	Profile  string    `json:"profile"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Verdict  Verdict   `json:"verdict"`
	// Reason is the verdict in one sentence.
	Reason string `json:"reason"`
	// Operator is who ran the suite, as they named themselves in the configuration; "" where nobody is named.
	Operator string `json:"operator"`
	// ValidUntil is how long the certificate is good; nil where there is none, or only a demonstration. Whoever takes the
	// verdict conformant away takes this away too.
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	// Demonstration says that the subject is the reference that comes with the suite: its verdict certifies nothing.
	Demonstration bool     `json:"demonstration,omitempty"`
	Evidence      Evidence `json:"evidence"`
	Timing        Timing   `json:"timing"`
	// Counts are requirements by level and verdict; every level and verdict is present.
	Counts       map[Level]map[Verdict]int `json:"counts"`
	Requirements []RequirementResult       `json:"requirements"` // in catalogue order
	Scenarios    []ScenarioResult          `json:"scenarios"`    // in the order of names
	// Capabilities are what the subject may be able to do, declared and seen; Variants what it made of what is left open.
	Capabilities []Capability `json:"capabilities"`
	Variants     []Variant    `json:"variants"`
	// Untested is what is in the contract and no check judges.
	Untested   []Untested `json:"untested"`
	Conditions Conditions `json:"conditions"`
	// Deviations are tolerances of profile field that were used, filters and waivers.
	Deviations []Deviation `json:"deviations"`
	// Baseline are the failures that were accepted beforehand; nil where none were.
	Baseline    *Baseline         `json:"baseline,omitempty"`
	Environment map[string]string `json:"environment"`
	// Pacts are the Pact files that the subject was verified against.
	Pacts []PactResult `json:"pacts,omitempty"`
	// Unredacted says that secrets and patient data stand in the evidence and in what is rendered from it: it must not be
	// published, and cannot be signed as a certificate.
	Unredacted bool `json:"unredacted,omitempty"`
}

// PactResult is the verification of one Pact file.
type PactResult struct {
	Consumer string `json:"consumer"`
	Provider string `json:"provider"`
	File     string `json:"file"`
	// Digest is the sha256 of the file in hex.
	Digest string `json:"digest"`
	// Foreign says that it is not the suite's own: what it asks for may be more than the contract.
	Foreign      bool              `json:"foreign,omitempty"`
	Interactions []PactInteraction `json:"interactions"`
}

// PactInteraction is the verdict on one interaction: pass, fail, warning, inconclusive or not-applicable.
type PactInteraction struct {
	Key         string   `json:"key"`
	Description string   `json:"description"`
	States      []string `json:"states,omitempty"`
	Verdict     Verdict  `json:"verdict"`
	// Reason is one sentence for inconclusive and not-applicable.
	Reason   string    `json:"reason,omitempty"`
	Scenario string    `json:"scenario"` // under which its exchanges stand in the evidence
	Findings []Finding `json:"findings"`
}

// Suite identifies what judged.
type Suite struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Catalogue string `json:"catalogue"` // version of requirements.yaml
	Digest    string `json:"digest"`    // sha256 of the catalogue and the schemas, hex
	// Proof is how the checks of the subject's role were proven; nil where they were not. It holds for this build where its
	// digest is that of the suite.
	Proof *Proof `json:"proof,omitempty"`
}

// Evidence is what the verdict rests on.
type Evidence struct {
	// File is the name of the file beside the results, and Digest the SHA-256 of its bytes in hex; both are "" where the
	// evidence was only kept in memory.
	File   string `json:"file"`
	Digest string `json:"sha256"`
	// Exchanges and Scenarios are how many it holds, and Unattributed how many received messages belong to no scenario.
	Exchanges    int `json:"exchanges"`
	Scenarios    int `json:"scenarios"`
	Unattributed int `json:"unattributed"`
}

// Timing is the patience of the run in milliseconds.
type Timing struct {
	Callback int64 `json:"callback_ms"`
	Quiet    int64 `json:"quiet_ms"`
	Ack      int64 `json:"ack_ms"`
}

// Subject is the subject as declared.
type Subject struct {
	Role     contract.Role   `json:"role"`
	URL      string          `json:"url"`
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Topology config.Topology `json:"topology"`
	Modes    []string        `json:"modes"`
	Purposes []string        `json:"purposes"`
}

// RequirementResult is the verdict on one requirement.
type RequirementResult struct {
	ID       string        `json:"id"`
	Role     contract.Role `json:"role"`
	Level    Level         `json:"level"`
	Basis    string        `json:"basis"`    // explicit, derived or inferred
	Endpoint string        `json:"endpoint"` // "" for requirements on all endpoints
	Title    string        `json:"title"`
	Clause   string        `json:"clause"`
	// Why says what goes wrong in the network where it is not kept, and Remedy what to do about it.
	Why     string  `json:"why,omitempty"`
	Remedy  string  `json:"remedy"`
	Verdict Verdict `json:"verdict"`
	// Accepted says who accepted its failures, until when and why; "" where something of them is not accepted.
	Accepted string        `json:"accepted,omitempty"`
	Checks   []CheckResult `json:"checks"`
}

// CheckResult is the verdict of one check of a requirement.
type CheckResult struct {
	Name     string  `json:"name"`
	Verdict  Verdict `json:"verdict"`
	Scenario string  `json:"scenario"` // the scenario, or the family of scenarios, that it judged
	// Judged is the number of exchanges and absences that the check looked at.
	Judged int `json:"judged"`
	// Reason is one sentence for inconclusive, not-applicable, not-run and error; "" else.
	Reason   string    `json:"reason,omitempty"`
	Findings []Finding `json:"findings"`
}

// Finding is one thing that a check saw.
type Finding struct {
	Pointer  string `json:"pointer"`  // JSON Pointer into the request or response body; "" where it is about no member
	Expected string `json:"expected"` // in the contract's words
	Received string `json:"received"` // in the vendor's words
	Exchange string `json:"exchange"` // id of the exchange; "" where none exists (a missing callback)
	Scenario string `json:"scenario"`
	Hint     string `json:"hint"` // what to do next
	// Tolerance is the D number of domain knowledge under which profile field turns this finding into a warning; "" for none.
	Tolerance string `json:"tolerance,omitempty"`
}

// ScenarioResult is one played scenario.
type ScenarioResult struct {
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	Reason    string   `json:"reason,omitempty"`
	Exchanges []string `json:"exchanges"`
	// Early are those exchanges that are callbacks and came before the 202 to their request: lawful, and worth knowing.
	Early []string `json:"early,omitempty"`
	// Marks are what the findings say about the course of the conversation, in the order of the marked exchanges.
	Marks      []Mark `json:"marks,omitempty"`
	DurationMS int64  `json:"duration_ms"`
}

// Deviation is a departure from a full strict run that a reader of the verdict must know.
type Deviation struct {
	Kind string `json:"kind"` // filter, hook, waiver, tolerance, patience
	ID   string `json:"id,omitempty"`
	Text string `json:"text"`
}
