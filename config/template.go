package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"abdm.example/conformance/contract"
)

// templateTarget stands in the template where no target is known.
const templateTarget = "https://staging.example/gateway"

const templateHead = `# conformance.yaml: one run of the conformance suite. It holds no secret, so it can be shared.
#
# "${NAME}" stands for the variable NAME; "file:PATH" after a secret's key reads the secret from a file
# beside this one. Every key is also a flag and a CONFORMANCE_* variable (conformance run --help):
# a flag goes before a variable, a variable before this file, this file before the default.
# A key behind a # is not given, and shows its default or an example.
`

// Template is a commented conformance.yaml for a subject of the role at the
// target (its base URL; "" for a placeholder). Load accepts it once the
// variables that it refers to are set; see Variables.
func Template(role contract.Role, target string) []byte {
	if target == "" {
		target = templateTarget
	}
	active, examples := templateValues(role, target)
	var b strings.Builder
	b.WriteString(templateHead)
	for _, section := range root.children {
		var text strings.Builder
		if render(&text, section, 0, active, examples); text.Len() > 0 {
			b.WriteString("\n" + text.String())
		}
	}
	return []byte(b.String())
}

// templateValues are the values of keys that the template gives, and of those that it shows behind a #.
func templateValues(role contract.Role, target string) (active, examples map[string]string) {
	name := ""
	if u, err := url.Parse(target); err == nil {
		name = u.Host
	}
	active = map[string]string{
		"subject.role": string(role), "subject.url": scalar(target), "subject.name": scalar(name),
		"subject.modes": list(contract.Modes), "subject.purposes": list(purposesOf(role)),
		"harness.listen": scalar(defaultListen),
		"patient.id":     scalar(samplePatient.ID), "patient.unknown": scalar(samplePatient.Unknown),
		"patient.otp": strconv.Quote(samplePatient.OTP), "patient.wrong-otp": strconv.Quote(samplePatient.WrongOTP),
		"patient.demographic.name":        scalar(samplePatient.Demographic.Name),
		"patient.demographic.gender":      samplePatient.Demographic.Gender,
		"patient.demographic.dateOfBirth": strconv.Quote(samplePatient.Demographic.DateOfBirth),
		"timing.callback":                 defaultCallback.String(), "timing.quiet": defaultQuiet.String(), "timing.ack": defaultAck.String(),
	}
	examples = map[string]string{
		"subject.version": `"1.0.0"`, "harness.public-url": "https://conformance.example",
	}
	switch role {
	case contract.Gateway:
		active["subject.topology"] = string(Routed)
	case contract.HIP, contract.HIU:
		hook(active, examples, "hooks.start", "Start an authentication for the patient in the application.")
		hook(examples, examples, "hooks.enter", "Enter what the patient gives for the authentication.")
	case contract.CM:
		hook(active, examples, "hooks.decide", "Approve or deny the pending request as the patient.")
	}
	for _, party := range contract.Roles {
		path := "identities." + string(party)
		secret := `"${` + strings.ToUpper(string(party)) + `_SECRET}"`
		token := `"${` + strings.ToUpper(string(party)) + `_TOKEN}"`
		id := bundledIdentities.Of(party)
		switch {
		case party == contract.Gateway && role != contract.Gateway:
			examples[path+".token"] = token
		case party == contract.Gateway:
		case role == contract.Gateway, role == party:
			active[path+".id"], active[path+".client-id"], active[path+".client-secret"] = id.ID, id.ClientID, secret
			examples[path+".token"] = token
		case party == contract.CM:
			active[path+".id"] = id.ID
		default:
			examples[path+".id"] = id.ID
		}
	}
	return active, examples
}

// hook gives an example of every kind, and makes the call over HTTP the one in force.
func hook(active, examples map[string]string, path, instruction string) {
	active[path+".http.url"] = "http://127.0.0.1:9800/" + strings.TrimPrefix(path, "hooks.")
	examples[path+".exec"] = "[./trigger.sh]"
	examples[path+".manual"] = scalar(instruction)
}

// render writes a section or a key that has a value, each below its description.
func render(b *strings.Builder, n *node, depth int, active, examples map[string]string) {
	isActive, isExample := false, false
	n.each(func(k *node) {
		_, a := active[k.path]
		_, e := examples[k.path]
		isActive, isExample = isActive || a, isExample || e
	})
	if !isActive && !isExample {
		return
	}
	indent, mark := strings.Repeat("  ", depth), ""
	if !isActive {
		mark = "# "
	}
	fmt.Fprintf(b, "%s# %s\n", indent, n.doc)
	if n.key == nil {
		fmt.Fprintf(b, "%s%s%s:\n", indent, mark, n.name)
		for _, c := range n.children {
			render(b, c, depth+1, active, examples)
		}
		return
	}
	value := active[n.path]
	if !isActive {
		value = examples[n.path]
	}
	fmt.Fprintf(b, "%s%s%s: %s\n", indent, mark, n.name, value)
}

// plainScalar is a text that YAML reads as itself without quotes, and as a text.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(?:[ ./@:-]*[A-Za-z0-9/]+)*$`)

// ambiguous are plain scalars that some readers of YAML take for something else.
var ambiguous = []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"}

func scalar(text string) string {
	if plainScalar.MatchString(text) && !strings.Contains(text, ": ") && !slices.Contains(ambiguous, strings.ToLower(text)) {
		return text
	}
	return strconv.Quote(text)
}

func list(words []string) string { return "[" + strings.Join(words, ", ") + "]" }
