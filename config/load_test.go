package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// good is a configuration of a gateway subject; tables change one line of it.
const good = `subject:
  role: gateway
  url: https://staging.example/gateway/
  version: 2.30
identities:
  hip: {id: hip-1, client-id: hip-client, client-secret: "${HIP_SECRET}"}
  hiu: {id: hiu-1, client-id: hiu-client, client-secret: "file:hiu.secret"}
  cm: {id: sbx, token: "Zx$1${CM_TOKEN}"}
patient: {otp: 012345}
timing: {callback: 3s}
`

var environ = []string{"HIP_SECRET=hip-hush", "CM_TOKEN=cm-hush", "EMPTY=", "HOME=/nowhere"}

// write puts files into a directory of the test and returns the path of the first, relative names resolved.
func write(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"conformance.yaml": text, "hiu.secret": "hiu-hush\n\n", "empty.secret": "\n",
		"key.pem": "-----BEGIN PRIVATE KEY-----\naHVudGVy\n-----END PRIVATE KEY-----\n", "damaged.pem": "-----BEGIN CERTIFICATE-----\naHVudGVy\n-----END CERTIFICATE-----\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "conformance.yaml")
}

func TestLoadResolvesSecretsAndFillsInDefaults(t *testing.T) {
	c, err := Load(write(t, good), Overrides{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Subject: Subject{Role: contract.Gateway, URL: "https://staging.example/gateway", Name: "staging.example", Version: "2.30",
			Topology: Routed, Modes: contract.Modes, Purposes: contract.Purposes},
		Identities: Identities{
			HIP: Identity{ID: "hip-1", ClientID: "hip-client", ClientSecret: "hip-hush"},
			HIU: Identity{ID: "hiu-1", ClientID: "hiu-client", ClientSecret: "hiu-hush\n"},
			CM:  Identity{ID: "sbx", Token: "Zx$1cm-hush"},
		},
		Harness: Harness{Listen: "127.0.0.1:9100", PublicURL: "http://127.0.0.1:9100"},
		Patient: Patient{ID: "hinapatel@sbx", Unknown: "nobody@sbx", OTP: "012345", WrongOTP: "000000",
			Demographic: Demographic{Name: "Sample Patient", Gender: "F", DateOfBirth: "1972-02-29"}},
		Timing:      Timing{Callback: 3 * time.Second, Quiet: 2 * time.Second, Ack: 5 * time.Second},
		Certificate: Certificate{ValidFor: 90 * 24 * time.Hour},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("loaded %+v\nwant   %+v", c, want)
	}
}

func TestLoadKnowsTheOtherRoles(t *testing.T) {
	for role, text := range map[contract.Role]string{
		contract.HIP: "subject: {role: hip, url: 'http://127.0.0.1:8080'}\nidentities: {hip: {id: h, token: t}, cm: {id: sbx}}\n",
		contract.HIU: "subject: {role: hiu, url: 'http://127.0.0.1:8080'}\nidentities: {hiu: {id: h, token: t}, cm: {id: sbx}}\n",
		contract.CM:  "subject: {role: cm, url: 'http://127.0.0.1:8080'}\nidentities: {cm: {id: sbx, token: t}}\nhooks: {decide: {http: {url: 'http://127.0.0.1:1/d', body: {a: ['${HIP_SECRET}', 1]}}}}\n",
	} {
		c, err := Load(write(t, text), Overrides{Environ: environ})
		if err != nil {
			t.Fatalf("%s: %v", role, err)
		}
		if c.Subject.Topology != "" || c.Identities.HIP.ID == "" || c.Identities.HIU.ID == "" {
			t.Errorf("%s: topology %q, identities %+v", role, c.Subject.Topology, c.Identities)
		}
		if role == contract.HIU && !slices.Equal(c.Subject.Purposes, []string{contract.KYC}) {
			t.Errorf("an HIU may ask for KYC only, got %v", c.Subject.Purposes)
		}
		if role == contract.CM && !reflect.DeepEqual(c.Hooks.Decide.HTTP.Body, map[string]any{"a": []any{"hip-hush", 1}}) {
			t.Errorf("body of the hook: %#v", c.Hooks.Decide.HTTP.Body)
		}
	}
}

// problems loads a text and returns its errors without the directory of the test.
func problems(t testing.TB, text string, o Overrides) []string {
	t.Helper()
	path := write(t, text)
	_, err := Load(path, o)
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is a %T, want *Error", err)
	}
	return strings.Split(strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""), "\n")
}

func TestLoadNamesFileLineAndKey(t *testing.T) {
	with := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the good file has no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	const head = "conformance.yaml"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":         {"", []string{head + ":1: the file is empty; `conformance init` writes a commented one"}},
		"only comments": {"# nothing\n\n", []string{head + ":1: the file is empty; `conformance init` writes a commented one"}},
		"no mapping":    {"- a\n", []string{head + ":1: must be a mapping with the keys subject, identities, harness, patient, hooks, timing, certificate (is a space missing after a colon?)"}},
		"no yaml":       {"subject:\n  role: [\n", []string{head + ":3: not YAML: did not find expected node content; look at the indentation, the colons and the quotes here and on the line before"}},
		"no utf-8":      {"subject:\n  name: \xff\n", []string{head + ":2: this is not YAML text in UTF-8; remove the control character or save the file as UTF-8"}},
		"two documents": {good + "---\nsubject: {}\n", []string{head + ":11: a second document begins here; a configuration is one document, so remove the line ---"}},
		"secret like an anchor": {with(`"${HIP_SECRET}"`, "*hunter2"), []string{
			head + ":6: not YAML: an anchor, alias or tag is not understood; put quotes around a value that begins with &, * or !; look at the indentation, the colons and the quotes here and on the line before"}},
		"alias": {strings.Replace(with("hip: {", "hip: &hip {"), "hiu: {id: hiu-1, client-id: hiu-client, client-secret: \"file:hiu.secret\"}", "hiu: *hip", 1),
			[]string{head + ":7: identities.hiu: aliases are not understood here; write the value out"}},
		"unknown key": {with("  version: 2.30", "  topolgy: routed"), []string{
			head + ":4: subject.topolgy: unknown key; did you mean subject.topology? Known keys here: role, url, ca-file, name, version, topology, modes, purposes, correlation"}},
		"unknown key that is required": {with("  url:", "  ulr:"), []string{
			head + ":3: subject.ulr: unknown key; did you mean subject.url? Known keys here: role, url, ca-file, name, version, topology, modes, purposes, correlation"}},
		"unknown key of no sense": {with("  version: 2.30", "  colour: red"), []string{
			head + ":4: subject.colour: unknown key. Known keys here: role, url, ca-file, name, version, topology, modes, purposes, correlation"}},
		"key of another section": {with("timing:", "role: hip\ntiming:"), []string{
			head + ":10: role: unknown key; did you mean subject.role? Known keys here: subject, identities, harness, patient, hooks, timing, certificate"}},
		"no space after the colon": {with(`client-secret: "${HIP_SECRET}"`, "client-secret:hunter2"), []string{
			head + ":6: identities.hip.client-secret: a space is missing after the colon"}},
		"value as key": {with(`client-id: hip-client`, "hunter, client-id: hip-client"), []string{
			head + ":6: identities.hip: a key here is not a known key. Known keys here: id, client-id, client-secret, token, expired-token"}},
		"duplicate key": {with("  version: 2.30", "  role: hip"), []string{
			head + ":4: subject.role: duplicate key; it is on line 2 already, so remove one of the two"}},
		"several": {"subject:\n  role: gatway\n  modes: [SMS]\n  purposes: LINK\ntiming:\n  quiet: 2\n", []string{
			head + ":1: subject.url: missing; it is the base URL of the subject, below which /v0.5/... hangs; give it in the file or --target or CONFORMANCE_SUBJECT_URL",
			head + `:2: subject.role: "gatway" is not a role; roles are gateway, hip, hiu and cm; did you mean gateway?`,
			head + `:3: subject.modes: "SMS" is none of MOBILE_OTP, AADHAAR_OTP, DEMOGRAPHICS, DIRECT`,
			head + ":4: subject.purposes: must be a list, such as [A, B]",
			head + `:6: timing.quiet: "2" is not a duration; write a number and a unit, such as 500ms or 10s`}},
		"no CA file":       {with("version: 2.30", "ca-file: ca.pem"), []string{head + ":4: subject.ca-file: there is no such file (a relative path begins at the configuration file)"}},
		"CA directory":     {with("version: 2.30", "ca-file: ."), []string{head + ":4: subject.ca-file: this is not a regular file (a relative path begins at the configuration file)"}},
		"CA of no PEM":     {with("version: 2.30", "ca-file: hiu.secret"), []string{head + ":4: subject.ca-file: the file holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"}},
		"CA with a key":    {with("version: 2.30", "ca-file: key.pem"), []string{head + ":4: subject.ca-file: the file holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"}},
		"damaged CA":       {with("version: 2.30", "ca-file: damaged.pem"), []string{head + ":4: subject.ca-file: certificate 1 in the file cannot be read: it is damaged"}},
		"long patience":    {with("3s", "11m"), []string{head + `:10: timing.callback: "11m" must be more than 0s and at most 10m`}},
		"no patience":      {with("3s", "0s"), []string{head + `:10: timing.callback: "0s" must be more than 0s and at most 10m`}},
		"long validity":    {good + "certificate: {valid-for: 87601h}\n", []string{head + `:11: certificate.valid-for: "87601h" must be more than 0s and at most 87600h`}},
		"operator":         {good + "certificate: {operator: \"a\\nb\"}\n", []string{head + ":11: certificate.operator: must be one line of at most 120 characters that can be seen: it stands on the certificate"}},
		"value is a list":  {with("2.30", "[2]"), []string{head + ":4: subject.version: must be one value, not a list or a mapping (does a value with [ or { need quotes?)"}},
		"modes twice":      {with("version: 2.30", "modes: [DIRECT, DIRECT]"), []string{head + ":4: subject.modes: DIRECT is there twice; remove one"}},
		"no modes":         {with("version: 2.30", "modes: []"), []string{head + ":4: subject.modes: is an empty list; name some of MOBILE_OTP, AADHAAR_OTP, DEMOGRAPHICS, DIRECT, or remove the key for all"}},
		"topology":         {with("version: 2.30", "topology: comined"), []string{head + `:4: subject.topology: "comined" is not a topology; it is routed or combined; did you mean combined?`}},
		"relative URL":     {with("https://staging.example/gateway/", "staging.example/hunter2"), []string{head + ":3: subject.url: must be an absolute URL that begins with http:// or https://, such as https://staging.example/gateway"}},
		"password in URL":  {with("https://", "https://a:hunter2@"), []string{head + ":3: subject.url: must not hold a user or a password; give credentials under identities"}},
		"query in URL":     {with("gateway/", "gateway?key=hunter2"), []string{head + ":3: subject.url: must not have a query; end the URL before the question mark"}},
		"fragment in URL":  {with("gateway/", "gateway#hunter2"), []string{head + ":3: subject.url: must not have a fragment; end the URL before the #"}},
		"listen":           {with("timing:", "harness: {listen: 9100}\ntiming:"), []string{head + `:10: harness.listen: "9100" is not host:port with a port of 0 to 65535, such as 127.0.0.1:9100`}},
		"no signing key":   {with("timing:", "harness: {signing-key: 'file:hiu.secret'}\ntiming:"), []string{head + ":10: harness.signing-key: must be an RSA private key in PEM, such as 'openssl genrsa -out gateway-key.pem 2048' writes; give it as file:gateway-key.pem"}},
		"every interface":  {with("timing:", "harness: {listen: ':9100'}\ntiming:"), []string{head + ":10: harness.public-url: missing; harness.listen is every interface, so say at which URL the subject reaches us; give it in the file or --harness-public-url or CONFORMANCE_HARNESS_PUBLIC_URL"}},
		"variable not set": {with("HIP_SECRET", "HIP_SECERT"), []string{head + ":6: identities.hip.client-secret: the variable HIP_SECERT is not set; export it before the run"}},
		"variable empty":   {with("HIP_SECRET", "EMPTY"), []string{head + ":6: identities.hip.client-secret: the variable EMPTY is empty; export it before the run"}},
		"no such file":     {with("file:hiu.secret", "file:other"), []string{head + ":7: identities.hiu.client-secret: the file that is named after file: is not usable: there is no such file (a relative path begins at the configuration file)"}},
		"empty secret":     {with("file:hiu.secret", "file:empty.secret"), []string{head + ":7: identities.hiu.client-secret: the file that is named after file: is empty"}},
		"no secret": {with(`, client-secret: "${HIP_SECRET}"`, ""), []string{
			head + ":6: identities.hip.client-secret: missing; a login needs client-id and client-secret (or give a static token as identities.hip.token); give it in the file or CONFORMANCE_IDENTITIES_HIP_CLIENT_SECRET"}},
		"no party":             {with(`  cm: {id: sbx, token: "Zx$1${CM_TOKEN}"}`+"\n", "  cm: {token: t}\n"), []string{head + ":8: identities.cm.id: missing; it is the id of the cm in the routing headers; give it in the file or --identities-cm-id or CONFORMANCE_IDENTITIES_CM_ID"}},
		"token and login":      {with("id: sbx,", "id: sbx, client-id: c,"), []string{head + ":8: identities.cm.token: there is also a client-id or client-secret; give either a token or a login"}},
		"absent with a space":  {with("  cm: {", "  absent-cm: g one\n  cm: {"), []string{head + ":8: identities.absent-cm: travels in a header, so it must be printable ASCII without spaces"}},
		"absent that is there": {with("  cm: {", "  absent-cm: sbx\n  cm: {"), []string{head + ":8: identities.absent-cm: is the id of a consent manager that we play; name one at whose address nothing listens"}},
		"id with a space":      {with("id: sbx", "id: s bx"), []string{head + ":8: identities.cm.id: travels in a header, so it must be printable ASCII without spaces"}},
		"same OTP":             {with("012345", `"000000"`), []string{head + ":9: patient.wrong-otp: is the same as patient.otp; give an OTP that is wrong; give it in the file or CONFORMANCE_PATIENT_WRONG_OTP"}},
		"demographic":          {with("{otp: 012345}", "{demographic: {gender: Female, dateOfBirth: 1973-02-29}}"), []string{head + ":9: patient.demographic.dateOfBirth: must be a day of the calendar, written YYYY-MM-DD", head + ":9: patient.demographic.gender: must be M, F, O or U"}},
		"two kinds of hook":    {good + "hooks:\n  start: {exec: [a], manual: b}\n", []string{head + ":12: hooks.start: exec and manual are given; a hook is exactly one of http, exec and manual"}},
		"empty hook":           {good + "hooks:\n  start: {}\n", []string{head + ":12: hooks.start: the hook is empty; give one of http, exec and manual"}},
		"hook without URL":     {good + "hooks:\n  start: {http: {body: {a: b}}}\n", []string{head + ":12: hooks.start.http.url: missing; it is the URL that takes the POST; give it in the file or --hooks-start-http-url or CONFORMANCE_HOOKS_START_HTTP_URL"}},
		"enter, no start":      {good + "hooks:\n  enter: {exec: [a]}\n", []string{head + ":11: hooks.start: missing; hooks.enter goes on with what hooks.start has begun"}},
		"enter of two kinds":   {good + "hooks:\n  start: {exec: [a]}\n  enter: {exec: [a], manual: b}\n", []string{head + ":13: hooks.enter: exec and manual are given; a hook is exactly one of http, exec and manual"}},
		"body no JSON":         {good + "hooks:\n  start: {http: {url: 'http://a', body: {1: .nan}}}\n", []string{head + ":12: hooks.start.http.body: must be a JSON value: keys are strings, numbers are finite, and there are no tags"}},
		"body with alias":      {good + "hooks:\n  start: {http: {url: 'http://a', body: &a [*a]}}\n", []string{head + ":12: hooks.start.http.body: aliases and merge keys are not understood here; write the value out"}},
		"topology of a hip":    {"subject: {role: hip, url: 'http://a', topology: routed}\nidentities: {hip: {id: h, token: t}, cm: {id: sbx}}\n", []string{head + ":1: subject.topology: is for a subject of role gateway only; remove it"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := problems(t, c.text, Overrides{Environ: environ})
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if strings.Contains(strings.Join(got, "\n"), "hunter") {
				t.Error("a secret is in the message")
			}
		})
	}
}

func TestLoadListsProblemsInTheOrderOfTheFile(t *testing.T) {
	got := problems(t, "subject:\n  role: x\n  modes: []\ntiming: {ack: y}\n", Overrides{Flags: []Flag{{"timing-quiet", "z"}}})
	var lines []string
	for _, p := range got {
		where, _, _ := strings.Cut(p, ": ")
		lines = append(lines, strings.TrimPrefix(where, "conformance.yaml:"))
	}
	if want := []string{"1", "2", "3", "4", "--timing-quiet"}; !slices.Equal(lines, want) {
		t.Errorf("the problems are at %v, want %v\n%s", lines, want, strings.Join(got, "\n"))
	}
}

func TestLoadOfNoFileAtAPath(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "conformance.yaml"), dir} {
		if _, err := Load(path, Overrides{}); err == nil || !strings.Contains(err.Error(), path+":1: th") {
			t.Errorf("the error is %v", err)
		}
	}
}
