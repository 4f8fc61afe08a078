package main

import (
	"strings"
	"testing"
)

// As processes, because Ginkgo, which lists the checks, does not run beside -test.parallel.
func TestProcessListAndExplainKnowTheRole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		args       string
		code       int
		says, hide string // in what is printed
	}{
		{"list --role hip", 0, "AUTH-SEQ-001", "AUTH-GW-001"},
		{"list --role hip", 0, "(needs hooks.start)", ""},
		{"list --role hip --output json", 0, `"needs": "hooks.start"`, ""},
		{"list --role gateway", 0, "AUTH-GW-001", "hooks.start"},
		{"list --role cm", exitUsage, "role cm; it certifies: gateway, hip, hiu", ""},
		{"selftest --role hip --list --only ack-200", 0, "hip/ack-200 ", "variant/"},
		{"selftest --role hiu --list --only variant/", 0, "hiu: 0 faults and ", "hiu/"},
		{"explain AUTH-GEN-001", 0, "Binds:   gateway, hip, hiu\n", ""},
		{"explain AUTH-GEN-001", 0, "(hip, hiu; scenarios ", ""},
		{"explain AUTH-GEN-001 --role hiu", 0, "(hiu; scenarios ", "gateway; scenarios"},
		{"explain AUTH-SEQ-001 --role hip", 0, "Needs:   hooks.start (hip)\n", ""},
		{"explain AUTH-GW-001 --role hip", exitUsage, "AUTH-GW-001 does not bind a subject of role hip; it binds: gateway", ""},
		{"explain AUTH-GEN-001 --role hipp", exitUsage, `"hipp" is not a role`, ""},
	} {
		e := finish(t, dir, nil, strings.Fields(c.args)...)
		all := e.stdout + e.stderr
		if e.code != c.code || !strings.Contains(all, c.says) || c.hide != "" && strings.Contains(all, c.hide) {
			t.Errorf("%s: exit %d, want %q and not %q:\n%s", c.args, e.code, c.says, c.hide, all)
		}
	}
}

func TestProcessInitTellsTheVendorOfABridgeWhatToDo(t *testing.T) {
	t.Parallel()
	e := finish(t, t.TempDir(), nil, "init", "--role", "hiu")
	for _, want := range []string{"set subject.url to the base URL of your HIU;\n", "make harness.public-url the gateway that your HIU is configured with;\n",
		"set hooks.start, so", "export HIU_SECRET;\n", "conformance doctor -c conformance.yaml\n"} {
		if e.code != 0 || !strings.Contains(e.stdout, want) {
			t.Errorf("exit %d, it does not say %q:\n%s%s", e.code, want, e.stdout, e.stderr)
		}
	}
}
