package config

import (
	"fmt"
	"strings"

	"abdm.example/conformance/contract"
)

// bridge is what a template says to the vendor of a HIP or HIU. No hook is in force: each is written for the subject at
// hand, and a run without any judges what needs none.
func (v *values) bridge(role contract.Role, target string) {
	who, own := strings.ToUpper(string(role)), "identities."+string(role)
	v.docs = map[string]string{
		"subject":                  "The implementation under test: your " + who + ".",
		"subject.url":              "base URL of your " + who + ", as its gateway knows it; /v0.5/users/auth/on-init and so on hang below it",
		"subject.modes":            "authentication modes that your " + who + " can go through",
		"subject.purposes":         "purposes for which your " + who + " asks",
		"identities":               "Who your " + who + " is in its network. In a run we are the rest: the gateway, with a consent manager behind it.",
		own:                        "Your " + who + ", as it is configured: it logs in at <public-url>/v0.5/sessions.",
		own + ".token":             "static access token that your " + who + " sends, instead of client-id and client-secret",
		"identities.cm":            "The consent manager: its id is what follows the @ of a patient's address, and what your " + who + " sends in X-CM-ID.",
		"identities.gateway":       "The gateway. Our messages carry tokens that we sign; the keys are at <public-url>/v0.5/certs.",
		"identities.gateway.token": "static token that your " + who + " accepts, where it accepts no signed ones",
		"harness":                  "Our own side: one listener, which is the gateway of your " + who + ".",
		"harness.public-url": "the gateway's URL that your " + who + " is configured with (without /gateway, where it writes that before every path);\n" +
			"http://<listen> where it is not given",
		"harness.signing-key": "RSA private key with which we sign our tokens, for a " + who + " that keeps our public key from run to run\n" +
			"(openssl genrsa -out gateway-key.pem 2048); a new one in every run where it is not given",
	}
	v.examples["harness.signing-key"] = "file:gateway-key.pem"
	v.sections = map[string]string{"hooks": fmt.Sprintf(bridgeHooks, who, strings.TrimRight(target, "/"))}
}

// bridgeHooks is the section of the hooks, which is for the vendor to write: %[1]s is the role, %[2]s the base URL.
const bridgeHooks = `# How the suite makes your %[1]s act. Without hooks.start we judge what it answers and acknowledges; with it also what
# it sends by itself, and what it does with a grant. A hook is a call, a command or a person (docs/hooks.md).
#
# hooks:
#   start:
#     http:
#       url: %[2]s/start
#
# This gets a POST of {"action": ..., "patientId": ..., "purpose": ..., "mode": ..., "authCode": ..., "demographic": ...},
# begins that, and answers 2xx at once. The action is fetch-modes (ask for the modes), init (open a session) or flow (go
# through to the end). Your own body, below url:
#
#       body: {patient: "{{patientId}}", purpose: "{{purpose}}", mode: "{{mode}}", otp: "{{authCode}}"}
#
# A command, instead of http, ends with 0. It finds the same in CONFORMANCE_HOOK_ACTION, CONFORMANCE_HOOK_PATIENTID and so on.
#
#     exec: [./trigger.sh]
#
# A person, instead of http, does it at the terminal, and is told what the call would be told.
#
#     manual: In the application, begin the authentication of this patient.
#
# Where your %[1]s takes what the patient enters only once the session is open, a second hook gives it. It is told
# transactionId, patientId, and authCode or demographic.
#
#   enter:
#     http:
#       url: %[2]s/enter
`
