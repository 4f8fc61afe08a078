package config

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"abdm.example/conformance/contract"
)

// templateTargets stand in the template where no target is known.
var templateTargets = map[contract.Role]string{
	contract.Gateway: "https://staging.example/gateway", contract.HIP: "https://hip.example", contract.HIU: "https://hiu.example", contract.CM: "https://cm.example",
}

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
		target = templateTargets[role]
	}
	v := templateValues(role, target)
	var b strings.Builder
	b.WriteString(templateHead)
	for _, section := range root.children {
		var text strings.Builder
		if v.render(&text, section, 0); text.Len() > 0 {
			b.WriteString("\n" + text.String())
		}
	}
	return []byte(b.String())
}

// values are what a template says, by the paths of keys and sections.
type values struct {
	active   map[string]string // values that it gives
	examples map[string]string // values that it shows behind a #
	docs     map[string]string // descriptions that take the place of the general ones
	sections map[string]string // sections that are not made from their keys
}

func templateValues(role contract.Role, target string) values {
	name := ""
	if u, err := url.Parse(target); err == nil {
		name = u.Host
	}
	v := values{
		active: map[string]string{
			"subject.role": string(role), "subject.url": scalar(target), "subject.name": scalar(name),
			"subject.modes": list(contract.Modes), "subject.purposes": list(purposesOf(role)),
			"harness.listen":  scalar(defaultListen),
			"timing.callback": defaultCallback.String(), "timing.quiet": defaultQuiet.String(), "timing.ack": defaultAck.String(),
			"certificate.valid-for": fmt.Sprintf("%.0fh", defaultValidFor.Hours()),
		},
		examples: map[string]string{"certificate.operator": "Example Test Laboratory", "subject.version": `"1.0.0"`, "subject.ca-file": "ca.pem", "harness.public-url": "https://conformance.example"},
	}
	switch role {
	case contract.Gateway:
		v.active["subject.topology"] = string(Routed)
		v.examples["identities.absent-cm"] = "gone"
		v.patient()
	case contract.HIP, contract.HIU:
		v.bridge(role, target)
	case contract.CM:
		v.active["hooks.decide.http.url"] = "http://127.0.0.1:9800/decide"
		v.examples["hooks.decide.exec"] = "[./trigger.sh]"
		v.examples["hooks.decide.manual"] = scalar("Approve or deny the pending request as the patient.")
		v.patient()
	}
	v.identities(role)
	return v
}

// patient gives the test patient of a subject with a consent manager inside.
func (v values) patient() {
	sample := samplePatient
	maps.Copy(v.active, map[string]string{
		"patient.id": scalar(sample.ID), "patient.unknown": scalar(sample.Unknown),
		"patient.otp": strconv.Quote(sample.OTP), "patient.wrong-otp": strconv.Quote(sample.WrongOTP),
		"patient.demographic.name":        scalar(sample.Demographic.Name),
		"patient.demographic.gender":      sample.Demographic.Gender,
		"patient.demographic.dateOfBirth": strconv.Quote(sample.Demographic.DateOfBirth),
	})
}

// identities give every party that the subject's operator has to name, and show what else may be given.
func (v values) identities(role contract.Role) {
	for _, party := range contract.Roles {
		path := "identities." + string(party)
		secret := `"${` + strings.ToUpper(string(party)) + `_SECRET}"`
		token := `"${` + strings.ToUpper(string(party)) + `_TOKEN}"`
		id := bundledIdentities.Of(party)
		switch {
		case party == contract.Gateway && role != contract.Gateway:
			v.examples[path+".token"] = token
		case party == contract.Gateway:
		case role == contract.Gateway, role == party:
			v.active[path+".id"], v.active[path+".client-id"], v.active[path+".client-secret"] = id.ID, id.ClientID, secret
			v.examples[path+".token"] = token
		case party == contract.CM:
			v.active[path+".id"] = id.ID
		case !slices.Contains(contract.Bridges, role): // beside a bridge there is no other
			v.examples[path+".id"] = id.ID
		}
	}
}

// render writes a section or a key that has a value, each below its description.
func (v values) render(b *strings.Builder, n *node, depth int) {
	if text, special := v.sections[n.path]; special {
		b.WriteString(text)
		return
	}
	isActive, isExample := false, false
	n.each(func(k *node) {
		_, a := v.active[k.path]
		_, e := v.examples[k.path]
		isActive, isExample = isActive || a, isExample || e
	})
	if !isActive && !isExample {
		return
	}
	indent, mark := strings.Repeat("  ", depth), ""
	if !isActive {
		mark = "# "
	}
	doc, special := v.docs[n.path]
	if !special {
		doc = n.doc
	}
	for line := range strings.Lines(doc) {
		fmt.Fprintf(b, "%s# %s\n", indent, strings.TrimSuffix(line, "\n"))
	}
	if n.key == nil {
		fmt.Fprintf(b, "%s%s%s:\n", indent, mark, n.name)
		for _, c := range n.children {
			v.render(b, c, depth+1)
		}
		return
	}
	value := v.active[n.path]
	if !isActive {
		value = v.examples[n.path]
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
