package suites

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"abdm.example/conformance/contract"
)

//go:embed proof.json
var proofJSON []byte

// ProofSchema names the format of proof.json.
const ProofSchema = "conformance-proof/1"

// Proof is what the selftest found out about the checks of one role, in numbers: how often a player with a fault was
// caught, and how often one that conforms in an unusual way was blamed.
type Proof struct {
	// Digest is Suite.Digest of the build that was measured: with another one the checks may be others.
	Digest string `json:"digest"`
	// Whole says that all scenarios were played against every fault, and not only those in which it must show.
	Whole bool `json:"whole"`
	// Faults is how many faults were played, and Caught how many of them a requirement caught that they name.
	Faults int `json:"faults"`
	Caught int `json:"caught"`
	// Variants is how many conforming players were played, and FalseAlarms how many of them were blamed.
	Variants    int `json:"variants"`
	FalseAlarms int `json:"false_alarms"`
	// Checks is how many checks can fail, and Unproven how many of them no fault has made fail.
	Checks   int `json:"checks"`
	Unproven int `json:"unproven"`
}

// Proofs are the content of proof.json.
type Proofs struct {
	Schema string                  `json:"schema"`
	Roles  map[contract.Role]Proof `json:"roles"`
}

// Proven returns the figures that the build carries for a role, and false where it has none.
func Proven(role contract.Role) (Proof, bool) {
	p, ok := proofs().Roles[role]
	return p, ok
}

var proofs = sync.OnceValue(func() Proofs {
	p, err := ParseProofs(proofJSON)
	if err != nil {
		panic("suites/proof.json: " + err.Error()) // a build fault: a test reads it
	}
	return p
})

// ParseProofs reads a proof.json. The error says what is wrong in it.
func ParseProofs(source []byte) (Proofs, error) {
	var p Proofs
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("this is no proof.json: %w", err)
	}
	if p.Schema != ProofSchema {
		return p, fmt.Errorf("its schema is %q, this build reads %q", p.Schema, ProofSchema)
	}
	return p, nil
}
