// Package config is the one shareable file of a run, conformance.yaml: who
// the subject is, who we are in its network, where we listen and how patient
// we are. Every key has a flag or a CONFORMANCE_* variable.
package config

import (
	"time"

	"abdm.example/conformance/contract"
)

// Topology says where the consent manager of a gateway subject is.
type Topology string

// Routed: the suite plays the CM behind the gateway. Combined: a CM is inside the subject.
const (
	Routed   Topology = "routed"
	Combined Topology = "combined"
)

// Config is a whole, checked configuration with its secrets resolved.
type Config struct {
	Subject    Subject    `yaml:"subject"`
	Identities Identities `yaml:"identities"`
	Harness    Harness    `yaml:"harness"`
	Patient    Patient    `yaml:"patient"`
	Hooks      Hooks      `yaml:"hooks"`
	Timing     Timing     `yaml:"timing"`
}

// Subject is the implementation under test.
type Subject struct {
	Role     contract.Role `yaml:"role"`
	URL      string        `yaml:"url"` // base URL; /v0.5/... hangs below it
	Name     string        `yaml:"name"`
	Version  string        `yaml:"version"`
	Topology Topology      `yaml:"topology"` // gateway only
	Modes    []string      `yaml:"modes"`
	Purposes []string      `yaml:"purposes"`
}

// Identities are the parties as the subject's network knows them.
type Identities struct {
	HIP     Identity `yaml:"hip"`
	HIU     Identity `yaml:"hiu"`
	CM      Identity `yaml:"cm"`
	Gateway Identity `yaml:"gateway"`
}

// Identity is one party: its id in routing headers and how it logs in at the gateway.
type Identity struct {
	ID           string `yaml:"id"`
	ClientID     string `yaml:"client-id"`
	ClientSecret string `yaml:"client-secret"` // a secret: ${ENV}, file:PATH or the value
	Token        string `yaml:"token"`         // a secret: a static access token instead of a login
}

// Of returns the identity of a role.
func (i Identities) Of(r contract.Role) Identity {
	switch r {
	case contract.HIP:
		return i.HIP
	case contract.HIU:
		return i.HIU
	case contract.CM:
		return i.CM
	case contract.Gateway:
		return i.Gateway
	}
	return Identity{}
}

// Harness is our own side: one listener, players below it.
type Harness struct {
	Listen    string `yaml:"listen"`     // host:port
	PublicURL string `yaml:"public-url"` // how the subject reaches us; default http://<listen>
}

// Patient is the test patient that a subject with a CM inside knows. Patient data: never printed.
type Patient struct {
	ID          string      `yaml:"id"`
	Unknown     string      `yaml:"unknown"`
	OTP         string      `yaml:"otp"`
	WrongOTP    string      `yaml:"wrong-otp"`
	Demographic Demographic `yaml:"demographic"`
}

// Demographic is what a DEMOGRAPHICS authentication compares (schema PatientDemographic).
type Demographic struct {
	Name        string `yaml:"name"`
	Gender      string `yaml:"gender"`
	DateOfBirth string `yaml:"dateOfBirth"` // YYYY-MM-DD
}

// Hooks are how the suite makes a bridge or CM subject act.
type Hooks struct {
	Start  *Hook `yaml:"start"`
	Decide *Hook `yaml:"decide"`
}

// Hook is an HTTP call, a command or an instruction to a person; exactly one is set.
type Hook struct {
	HTTP   *HTTPHook `yaml:"http"`
	Exec   []string  `yaml:"exec"`
	Manual string    `yaml:"manual"`
}

// HTTPHook is a POST with a templated JSON body.
type HTTPHook struct {
	URL  string `yaml:"url"`
	Body any    `yaml:"body"`
}

// Timing is our patience.
type Timing struct {
	Callback time.Duration `yaml:"callback"` // how long a callback may take after the 202
	Quiet    time.Duration `yaml:"quiet"`    // how long nothing may come where nothing must come
	Ack      time.Duration `yaml:"ack"`      // how long a synchronous answer may take
}
