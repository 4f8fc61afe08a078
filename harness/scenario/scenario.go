// Package scenario holds the scripted conversations that are played against a
// subject, the stage on which they are played, and the runner that plays them
// all at once.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Scenario is one scripted conversation: data and a play function.
type Scenario struct {
	// Name is unique and stable, and reads from the general to the special: "invalid/init/missing:/query/id".
	Name string
	// Title is one sentence on what is played.
	Title string
	// Needs are what the subject must declare for the scenario to be applicable.
	Needs Needs
	// Notes are the values with which it is played that judgement needs (see the Note constants). Never a secret.
	Notes map[string]string
	// Play holds the conversation. It returns nil when it came to its end, whatever the subject did on the way, a
	// *BlockedError when the subject did not do what the next step needs, and any other error when our own side failed.
	Play func(ctx context.Context, s *Stage) error
}

// Keys of Scenario.Notes.
const (
	NoteEndpoint = "endpoint" // the endpoint that is probed
	NoteBridge   = "bridge"   // hip or hiu: the bridge that asks
	NoteMode     = "mode"
	NotePurpose  = "purpose"
	NotePointer  = "pointer"  // the member that was made wrong
	NoteKind     = "kind"     // how it was made wrong, or which token was sent
	NoteRequired = "required" // "true" where the contract requires the member
	NoteOutcome  = "outcome"  // granted, denied or error: how a flow must end
	// NoteGiven is the mode that on-init names to a bridge subject, NoteMode being the one that its start hook was told.
	NoteGiven = "given"
	// NoteCredential is what the patient enters at a bridge subject, as redacted JSON; of another patient than the
	// scenario's own, the note has a space and the patient's id after it.
	NoteCredential = "credential"
	// NoteFrom is the moment from which on the flow is judged, as a duration on the clock of the run.
	NoteFrom = "from"
	// NoteStarted is "true" where the start hook said that the subject begins.
	NoteStarted = "started"
	// NoteSolicited is "true" where what was sent to a bridge answers what the bridge had asked.
	NoteSolicited = "solicited"
)

// Needs are capabilities of the subject.
type Needs struct {
	// Topology is the topology for which the scenario is written; "" for any.
	Topology config.Topology
	// Mode and Purpose must be among those that the subject declares; "" for none in particular.
	Mode, Purpose string
	// Undeclared is a mode or purpose that must not be among them; "" for none.
	Undeclared string
	// OtherCM says that a second CM must be configured, and Correlation that the subject's correlation time must be.
	OtherCM, Correlation bool
	// AbsentCM says that a CM must be named at whose address nothing listens.
	AbsentCM bool
	// Start says that the subject must be made to begin: hooks.start. ByHand says that a person may be asked to do that,
	// for the purpose with the most members.
	Start, ByHand bool
	// Links says that the subject must be granted access tokens: a purpose with LINK. Enter says that hooks.enter must be set.
	Links, Enter bool
}

// Missing returns one sentence on the first need that the configuration does not declare, "" where it declares them all.
func (n Needs) Missing(c *config.Config) string {
	s := c.Subject
	switch {
	case n.OtherCM && c.Identities.OtherCM.ID == "":
		return "identities.other-cm is not set: register a second consent manager at the subject, reached at <public-url>/other-cm"
	case n.AbsentCM && c.Identities.AbsentCM == "":
		return "identities.absent-cm is not set: register a consent manager at the subject under an address where nothing listens, and give its id"
	case n.Correlation && s.Correlation == 0:
		return "subject.correlation is not set: say how long the subject waits for the answer to a request"
	case n.Start && c.Hooks.Start == nil:
		return noStart
	case n.Start && c.Hooks.Start.Manual != "" && (!n.ByHand || n.Purpose != "" && n.Purpose != richest(s.Purposes, s.Role)):
		return notByHand
	case n.Enter && c.Hooks.Enter == nil:
		return "hooks.enter is not set: hooks.start tells the subject what the patient enters before the session is open"
	case n.Links && !slices.Contains(s.Purposes, contract.Link) && !slices.Contains(s.Purposes, contract.KYCAndLink):
		return "subject.purposes lists neither LINK nor KYC_AND_LINK: the subject is granted no access token"
	case n.Topology == config.Combined && s.Topology != n.Topology:
		return "it needs subject.topology: combined; in this run the suite itself plays the CM behind the gateway"
	case n.Topology != "" && s.Topology != n.Topology:
		return fmt.Sprintf("it needs subject.topology: %s", n.Topology)
	case n.Mode != "" && !slices.Contains(s.Modes, n.Mode):
		return fmt.Sprintf("subject.modes does not list %s", n.Mode)
	case n.Purpose != "" && !slices.Contains(s.Purposes, n.Purpose):
		return fmt.Sprintf("subject.purposes does not list %s", n.Purpose)
	case n.Undeclared != "" && (slices.Contains(s.Modes, n.Undeclared) || slices.Contains(s.Purposes, n.Undeclared)):
		return fmt.Sprintf("the subject declares %s: other scenarios play it", n.Undeclared)
	}
	return ""
}

// BlockedError says that the subject did not do what the next step of the scenario needs.
type BlockedError struct {
	// At is the endpoint whose answer or callback was missing.
	At string
	// Reason is one sentence.
	Reason string
}

func (e *BlockedError) Error() string { return e.Reason }

func blocked(at, format string, args ...any) error {
	return &BlockedError{At: at, Reason: fmt.Sprintf(format, args...)}
}

// notApplicableError says that the scenario needs what the subject does not declare.
type notApplicableError struct{ reason string }

func (e *notApplicableError) Error() string { return e.reason }

// errHarness marks failures of our own side.
var errHarness = errors.New("the suite's own side failed")

// For returns the scenarios that are played against a subject of that role, in a stable order.
func For(role contract.Role) []Scenario {
	switch role {
	case contract.Gateway:
		return gatewayScenarios()
	case contract.HIP, contract.HIU:
		return bridgeScenarios(role)
	}
	return nil
}

// note turns a scenario into its closing line in the journal.
func (s Scenario) note(status journal.Status) journal.Scenario {
	return journal.Scenario{Name: s.Name, Status: status, Notes: s.Notes}
}
