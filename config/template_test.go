package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

// uncommented is a template with these lines in force, in their order.
func uncommented(text []byte, lines ...string) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if len(lines) > 0 && strings.HasPrefix(line, "# "+lines[0]) {
			line, lines = strings.TrimPrefix(line, "# "), lines[1:]
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestTemplateOfABridgeShowsHooksThatLoad(t *testing.T) {
	for _, role := range contract.Bridges {
		text := Template(role, "http://127.0.0.1:8080/app/")
		load := func(lines ...string) *Config {
			path := filepath.Join(t.TempDir(), "conformance.yaml")
			if err := os.WriteFile(path, []byte(uncommented(text, lines...)), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Load(path, Overrides{Environ: []string{strings.ToUpper(string(role)) + "_SECRET=hush"}})
			if err != nil {
				t.Fatalf("%s with %v: %v\n%s", role, lines, err, uncommented(text, lines...))
			}
			return c
		}
		if c := load(); c.Hooks != (Hooks{}) {
			t.Errorf("%s: a hook is in force: %+v", role, c.Hooks)
		}
		c := load("hooks:", "  start:", "    http:", "      url: http://127.0.0.1:8080/app/start")
		if c.Hooks.Start == nil || c.Hooks.Start.HTTP == nil || c.Hooks.Start.HTTP.URL != "http://127.0.0.1:8080/app/start" || c.Hooks.Enter != nil {
			t.Errorf("%s: the start hook is %+v", role, c.Hooks)
		}
		c = load("hooks:", "  start:", "    http:", "      url:", "      body:", "  enter:", "    http:", "      url:")
		if body := fmt.Sprint(c.Hooks.Start.HTTP.Body); !strings.Contains(body, "patient:{{patientId}}") || c.Hooks.Enter.HTTP.URL != "http://127.0.0.1:8080/app/enter" {
			t.Errorf("%s: the hooks are %+v, the body %s", role, c.Hooks, body)
		}
		if c = load("hooks:", "  start:", "    exec:"); len(c.Hooks.Start.Exec) != 1 {
			t.Errorf("%s: the command is %q", role, c.Hooks.Start.Exec)
		}
		if c = load("hooks:", "  start:", "    manual:"); c.Hooks.Start.Manual == "" {
			t.Errorf("%s: there is no instruction", role)
		}
	}
}

func TestTemplateSpeaksOfItsOwnRole(t *testing.T) {
	for _, role := range contract.Bridges {
		text := string(Template(role, ""))
		other := map[contract.Role]string{contract.HIP: "hiu", contract.HIU: "hip"}[role]
		for _, wrong := range []string{"\n  " + other + ":", "patient:\n", "topology", strings.ToUpper(other)} {
			if strings.Contains(strings.Replace(text, "gateway, hip, hiu or cm", "", 1), wrong) {
				t.Errorf("the template of a %s says %q", role, wrong)
			}
		}
		for line := range strings.Lines(text) {
			if n := len(strings.TrimSpace(line)); n > 130 {
				t.Errorf("a line of %d bytes: %s", n, line)
			}
		}
	}
}
