// Package config is the one shareable file of a run, conformance.yaml: who
// the subject is, who we are in its network, where we listen and how patient
// we are. Every key has a flag and a CONFORMANCE_* variable.
//
// The types below are the only list of keys. Their tags name the key (yaml),
// say what it is (doc) and which values are never printed (secret); flags,
// variables, the template of `conformance init` and the settings that reports
// print all follow from them.
package config

import (
	"crypto/x509"
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
	Subject    Subject    `yaml:"subject" doc:"The implementation under test."`
	Identities Identities `yaml:"identities" doc:"The parties as the subject's network knows them: who we are, or who the subject is."`
	Harness    Harness    `yaml:"harness" doc:"Our own side: one listener; our players hang below it."`
	Patient    Patient    `yaml:"patient" doc:"The test patient that a consent manager inside the subject knows. Use synthetic data only."`
	Hooks      Hooks      `yaml:"hooks" doc:"How the suite makes the subject act; each hook is http, exec or manual."`
	Timing     Timing     `yaml:"timing" doc:"Our patience: durations such as 500ms or 10s, at most 10m."`
	// Certificate is last: it says nothing about how a run goes.
	Certificate Certificate `yaml:"certificate" doc:"What the certificate says beside the verdict."`
}

// Subject is the implementation under test.
type Subject struct {
	Role     contract.Role `yaml:"role" doc:"gateway, hip, hiu or cm"`
	URL      string        `yaml:"url" doc:"base URL; /v0.5/... hangs below it"`
	CAFile   string        `yaml:"ca-file" doc:"PEM file with the private authority by which the certificate of url is good; relative to the file"`
	Name     string        `yaml:"name" doc:"name in reports; the host of the URL where it is not given"`
	Version  string        `yaml:"version" doc:"version in reports"`
	Topology Topology      `yaml:"topology" doc:"gateway only: routed (we play the CM) or combined (a CM is inside)"`
	Modes    []string      `yaml:"modes" doc:"authentication modes that the subject offers"`
	Purposes []string      `yaml:"purposes" doc:"purposes that the subject offers"`
	// Correlation is how long a gateway subject waits for the answer to a request; 0 where it is not declared.
	Correlation time.Duration `yaml:"correlation" doc:"gateway only: how long it waits for the answer to a request before it forgets it, such as 30s; leave out to have that not judged"`

	roots *x509.CertPool // of CAFile
}

// Identities are the parties as the subject's network knows them.
type Identities struct {
	HIP Identity `yaml:"hip" doc:"The HIP."`
	HIU Identity `yaml:"hiu" doc:"The HIU."`
	CM  Identity `yaml:"cm" doc:"The consent manager; its id is what follows the @ of a patient's address."`
	// OtherCM is a second consent manager, for the checks that messages go to the one that is named and come from it.
	OtherCM Identity `yaml:"other-cm" doc:"A second consent manager that the gateway knows, reached at <public-url>/other-cm; leave out to have that not judged."`
	// AbsentCM is the id of a third, at whose address nobody listens: what is sent there is refused as a connection.
	AbsentCM string   `yaml:"absent-cm" doc:"id of a consent manager that the gateway knows at an address where nothing listens"`
	Gateway  Identity `yaml:"gateway" doc:"The gateway; its token is what a bridge or cm subject accepts where it takes no signed token."`
}

// Identity is one party: its id in routing headers and how it logs in at the gateway.
type Identity struct {
	ID           string `yaml:"id" doc:"id in the routing headers"`
	ClientID     string `yaml:"client-id" doc:"client id for the login at the gateway"`
	ClientSecret string `yaml:"client-secret" secret:"true" doc:"client secret for the login at the gateway"`
	Token        string `yaml:"token" secret:"true" doc:"static access token, instead of client-id and client-secret"`
	ExpiredToken string `yaml:"expired-token" secret:"true" doc:"an access token of this identity that has expired, for the checks that one is refused"`
}

// OtherCM names the second consent manager among our parties. It is no role of the contract: its role is cm.
const OtherCM contract.Role = "other-cm"

// Of returns the identity of a party of ours.
func (i Identities) Of(r contract.Role) Identity {
	switch r {
	case contract.HIP:
		return i.HIP
	case contract.HIU:
		return i.HIU
	case contract.CM:
		return i.CM
	case OtherCM:
		return i.OtherCM
	case contract.Gateway:
		return i.Gateway
	}
	return Identity{}
}

// Harness is our own side: one listener, players below it.
type Harness struct {
	Listen    string `yaml:"listen" doc:"host:port on which we listen; port 0 takes a free one"`
	PublicURL string `yaml:"public-url" doc:"how the subject reaches us; http://<listen> where it is not given"`
	// SigningKey is the RSA private key, in PEM, with which we sign as the gateway of a bridge subject; "" for a new one in every run.
	SigningKey string `yaml:"signing-key" secret:"true" doc:"RSA private key in PEM with which we sign as the gateway of a bridge subject, for one that keeps our public key from run to run; a new one in every run where it is not given"`
}

// Patient is the test patient that a subject with a CM inside knows. Patient data: never printed.
type Patient struct {
	ID          string      `yaml:"id" secret:"true" doc:"address of a patient that exists"`
	Unknown     string      `yaml:"unknown" secret:"true" doc:"address of a patient that does not exist"`
	OTP         string      `yaml:"otp" secret:"true" doc:"OTP that is right for the patient"`
	WrongOTP    string      `yaml:"wrong-otp" secret:"true" doc:"OTP that is wrong for the patient"`
	Demographic Demographic `yaml:"demographic" doc:"What a DEMOGRAPHICS authentication compares."`
}

// Demographic is what a DEMOGRAPHICS authentication compares (schema PatientDemographic).
type Demographic struct {
	Name        string `yaml:"name" secret:"true" doc:"name as registered"`
	Gender      string `yaml:"gender" secret:"true" doc:"M, F, O or U"`
	DateOfBirth string `yaml:"dateOfBirth" secret:"true" doc:"YYYY-MM-DD"`
}

// Hooks are how the suite makes a bridge or CM subject act.
type Hooks struct {
	Start  *Hook `yaml:"start" doc:"Makes a bridge subject begin a conversation: it is told action (fetch-modes, init or flow), patientId, purpose, mode, authCode and demographic."`
	Enter  *Hook `yaml:"enter" doc:"Gives a bridge subject what the patient enters once the session is open: it is told transactionId, patientId, authCode or demographic. Leave it out where hooks.start gives them."`
	Decide *Hook `yaml:"decide" doc:"Makes a cm subject approve or deny a DIRECT session."`
	States *Hook `yaml:"states" doc:"Brings a provider state of a Pact file about that the suite cannot bring about itself: it is told state, params and action (setup, and then teardown), and may answer a JSON object of values."`
}

// Hook is an HTTP call, a command or an instruction to a person; exactly one is set.
type Hook struct {
	HTTP   *HTTPHook `yaml:"http" doc:"A POST with a JSON body."`
	Exec   []string  `yaml:"exec" secret:"true" doc:"command and arguments; it gets our environment, and no ${NAME} is replaced here"`
	Manual string    `yaml:"manual" doc:"instruction to a person"`
}

// HTTPHook is a POST with a templated JSON body.
type HTTPHook struct {
	URL  string `yaml:"url" doc:"URL that takes the POST"`
	Body any    `yaml:"body" secret:"true" doc:"JSON body with templates; the hook's own parameters where it is not given"`
}

// Timing is our patience.
type Timing struct {
	Callback time.Duration `yaml:"callback" doc:"how long a callback may take after the 202"`
	Quiet    time.Duration `yaml:"quiet" doc:"how long nothing may come where nothing must come"`
	Ack      time.Duration `yaml:"ack" doc:"how long a synchronous answer may take"`
}

// Certificate is what a certificate says beside the verdict.
type Certificate struct {
	// Operator is never taken from the machine: who puts a name on a certificate writes it down.
	Operator string        `yaml:"operator" doc:"who runs the suite: a person, a team or an authority; the certificate says \"not named\" where it is not given"`
	ValidFor time.Duration `yaml:"valid-for" doc:"how long a certificate is good after the end of the run, such as 2160h (90 days); at most 87600h (10 years)"`
}
