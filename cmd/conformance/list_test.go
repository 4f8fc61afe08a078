package main

import (
	"bytes"
	"strings"
	"testing"
)

// printed runs the command line and returns what it printed, and on which exit code it ended.
func printed(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = execute(t.Context(), newRootCmd(newListCmd(), newExplainCmd(), newInitCmd()), args, &out, &err)
	return code, out.String(), err.String()
}

func TestListAndExplainKnowTheRole(t *testing.T) {
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
		{"explain AUTH-GEN-001", 0, "Binds:   gateway, hip, hiu\n", ""},
		{"explain AUTH-GEN-001", 0, "(hip, hiu; scenarios ", ""},
		{"explain AUTH-GEN-001 --role hiu", 0, "(hiu; scenarios ", "gateway; scenarios"},
		{"explain AUTH-SEQ-001 --role hip", 0, "Needs:   hooks.start (hip)\n", ""},
		{"explain AUTH-GW-001 --role hip", exitUsage, "AUTH-GW-001 does not bind a subject of role hip; it binds: gateway", ""},
		{"explain AUTH-GEN-001 --role hipp", exitUsage, `"hipp" is not a role`, ""},
	} {
		code, stdout, stderr := printed(t, strings.Fields(c.args)...)
		all := stdout + stderr
		if code != c.code || !strings.Contains(all, c.says) || c.hide != "" && strings.Contains(all, c.hide) {
			t.Errorf("%s: exit %d, want %q and not %q:\n%s", c.args, code, c.says, c.hide, all)
		}
	}
}

func TestInitTellsTheVendorOfABridgeWhatToDo(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, stderr := printed(t, "init", "--role", "hiu")
	for _, want := range []string{"set subject.url to the base URL of your HIU;\n", "make harness.public-url the gateway that your HIU is configured with;\n",
		"set hooks.start, so", "export HIU_SECRET;\n", "conformance doctor -c conformance.yaml\n"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, it does not say %q:\n%s%s", code, want, stdout, stderr)
		}
	}
}
