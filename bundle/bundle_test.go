package bundle

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// judge judges as the command does.
func judge(ev *journal.Evidence, as *suites.Results) (*suites.Results, error) {
	r, err := suites.Judge(context.Background(), ev, suites.Options{Profile: as.Profile, Version: "1.0", Baseline: as.Baseline}, gateway.Specs)
	if err == nil {
		r.AddPacts(as.Pacts)
	}
	return r, err
}

// record writes the evidence of a run in which nothing was played, and judges it.
func record(t testing.TB, end journal.End) (dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, journal.EvidenceFile)
	j, err := journal.Create(path, journal.Run{Suite: "1.0", Subject: journal.Subject{Role: contract.Gateway, Name: "Example \x1b[31mGateway"}, Profile: suites.ProfileStrict,
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, journal.NewRedactor())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(end); err != nil {
		t.Fatal(err)
	}
	ev, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := judge(ev, &suites.Results{})
	if err != nil {
		t.Fatal(err)
	}
	if err := reports.RenderAll(dir, r, ev, reports.Options{Language: "hi"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func newKey(t testing.TB) *Key {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signed is a signed run and its key.
func signed(t testing.TB) (string, *Key) {
	t.Helper()
	dir, key := record(t, journal.End{Finished: time.Date(2026, 1, 2, 3, 5, 5, 0, time.UTC)}), newKey(t)
	if err := Sign(t.Context(), dir, key); err != nil {
		t.Fatal(err)
	}
	return dir, key
}

func verified(t testing.TB, dir string, key *Key) *Verification {
	t.Helper()
	v, err := Verify(t.Context(), dir, key, judge)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func put(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// namesOf are all files of a bundle.
func namesOf(t testing.TB, dir string) []string {
	t.Helper()
	names, err := namesIn(dir)
	if err != nil || len(names) < 9 {
		t.Fatalf("%v %v", names, err)
	}
	return append(names, EnvelopeFile)
}

// has says whether a verification names a file as being wrong in that way.
func has(v *Verification, name, what string) bool {
	return slices.ContainsFunc(v.Files, func(f FileProblem) bool { return f.Name == name && f.What == what })
}

func TestASignedRunIsGood(t *testing.T) {
	dir, key := signed(t)
	v := verified(t, dir, key)
	if !v.Good || !v.Signed || !v.Judgment.Repeated || v.Judgment.Indicative || len(v.Judgment.Differs) > 0 || v.Run == nil || v.Named != len(reports.Files())+1 {
		t.Fatalf("%+v", v)
	}
	var text, again strings.Builder
	if err := v.Text(&text, time.Now()); err != nil || !strings.HasPrefix(text.String(), "GOOD") || strings.ContainsRune(text.String(), '\x1b') {
		t.Errorf("%v\n%s", err, text.String())
	}
	if err := v.JSON(&again); err != nil || !json.Valid([]byte(again.String())) {
		t.Error("the JSON is none")
	}
	first := read(t, filepath.Join(dir, EnvelopeFile))
	if err := Sign(t.Context(), dir, key); err != nil || !bytes.Equal(first, read(t, filepath.Join(dir, EnvelopeFile))) {
		t.Errorf("signing the same again gives another envelope (%v)", err)
	}
}

func TestEveryFlippedByteIsFound(t *testing.T) {
	dir, key := signed(t)
	for _, name := range namesOf(t, dir) {
		path := filepath.Join(dir, name)
		was := read(t, path)
		for _, at := range []int{0, 1, len(was) / 3, len(was) / 2, len(was) - 2, len(was) - 1} {
			is := bytes.Clone(was)
			is[at] ^= 0x20
			put(t, path, is)
			v := verified(t, dir, key)
			switch {
			case v.Good:
				t.Errorf("%s: byte %d was flipped, and the bundle is good", name, at)
			case name == EnvelopeFile && v.Signed:
				t.Errorf("byte %d of the envelope was flipped, and it is signed", at)
			case name != EnvelopeFile && (len(v.Files) != 1 || !has(v, name, "changed")):
				t.Errorf("%s: byte %d was flipped, and what is wrong is %+v", name, at, v.Files)
			case name != EnvelopeFile && name != journal.EvidenceFile && (v.Files[0].Byte == nil || *v.Files[0].Byte != at || v.Files[0].Line != 1+bytes.Count(was[:at], []byte("\n"))):
				t.Errorf("%s: byte %d was flipped, and the difference is said to be at %+v", name, at, v.Files[0])
			}
		}
		put(t, path, was)
	}
	if !verified(t, dir, key).Good {
		t.Error("the bundle is not good again once it is as it was")
	}
}

// Every single byte of the envelope counts.
func TestEveryByteOfTheEnvelopeCounts(t *testing.T) {
	dir, key := signed(t)
	was := read(t, filepath.Join(dir, EnvelopeFile))
	for at := range was {
		for _, flip := range []byte{0x01, 0x20} {
			is := bytes.Clone(was)
			is[at] ^= flip
			if e, err := ReadEnvelope(is); err == nil {
				if _, err := open(t.Context(), key, e); err == nil {
					t.Fatalf("byte %d (%q to %q) does not count", at, was[at], is[at])
				}
			}
		}
	}
}

func TestRemovedSwappedAndAddedFilesAreFound(t *testing.T) {
	dir, key := signed(t)
	for _, name := range namesOf(t, dir) {
		path := filepath.Join(dir, name)
		was := read(t, path)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		v := verified(t, dir, key)
		if v.Good || name != EnvelopeFile && !has(v, name, "missing") || name == EnvelopeFile && !strings.Contains(v.Problem, "is missing") {
			t.Errorf("%s was removed: %+v", name, v)
		}
		if err := os.Symlink("/dev/zero", path); err != nil {
			t.Fatal(err)
		}
		v = verified(t, dir, key)
		if v.Good || name != EnvelopeFile && !has(v, name, "not a file") || name == EnvelopeFile && !strings.Contains(v.Problem, "no regular file") {
			t.Errorf("%s is a link: %+v", name, v)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		put(t, path, was)
	}
	a, b := filepath.Join(dir, reports.JUnitFile), filepath.Join(dir, reports.BadgeFile)
	one, other := read(t, a), read(t, b)
	put(t, a, other)
	put(t, b, one)
	if v := verified(t, dir, key); !has(v, reports.JUnitFile, "changed") || !has(v, reports.BadgeFile, "changed") || len(v.Files) != 2 {
		t.Errorf("two files were swapped: %+v", v.Files)
	}
	put(t, a, one)
	put(t, b, other)
	for _, name := range []string{"report2.html", ".hidden", "pacts.json"} {
		put(t, filepath.Join(dir, name), []byte("x"))
		if v := verified(t, dir, key); v.Good || !has(v, name, "added") {
			t.Errorf("%s was added: %+v", name, v.Files)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "earlier-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if v := verified(t, dir, key); !v.Good {
		t.Errorf("an earlier run below it is no part of the bundle: %+v", v.Files)
	}
}

func TestAnotherKeyIsNotTheSigner(t *testing.T) {
	dir, key := signed(t)
	v := verified(t, dir, newKey(t))
	if v.Good || v.Signed || !strings.Contains(v.Problem, key.String()) {
		t.Errorf("%+v", v)
	}
}

// sealed writes another statement, or another type of payload, signed by the key.
func sealed(t *testing.T, dir string, key *Key, kind string, statement []byte) {
	t.Helper()
	signer, err := dsse.NewEnvelopeSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	e, err := signer.SignPayload(t.Context(), kind, statement)
	if err != nil {
		t.Fatal(err)
	}
	content, err := encode(e)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, EnvelopeFile), content)
}

// Also who holds the key cannot make a statement of what is no bundle.
func TestStatementsThatAreRefused(t *testing.T) {
	dir, key := signed(t)
	var e dsse.Envelope
	if err := json.Unmarshal(read(t, filepath.Join(dir, EnvelopeFile)), &e); err != nil {
		t.Fatal(err)
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		t.Fatal(err)
	}
	text := string(payload)
	badge := `{"name":"badge.json",`
	if !strings.Contains(text, badge) {
		t.Fatal(text)
	}
	for name, c := range map[string]struct{ kind, statement, wants string }{
		"other payload":  {"application/json", text, `payload is of type "application/json"`},
		"no statement":   {payloadType, `[]`, "no in-toto statement"},
		"old statement":  {payloadType, strings.Replace(text, "Statement/v1", "Statement/v0.1", 1), "Statement/v0.1"},
		"other subject":  {payloadType, strings.Replace(text, "test-result/v0.1", "release/v0.1", 1), "release/v0.1"},
		"twice":          {payloadType, strings.Replace(text, `"badge.svg"`, `"badge.json"`, 1), "badge.json twice"},
		"up":             {payloadType, strings.Replace(text, `"badge.json"`, `"../badge.json"`, 1), `"../badge.json", which is no plain name`},
		"absolute":       {payloadType, strings.Replace(text, `"badge.json"`, `"/etc/passwd"`, 1), "no plain name"},
		"hidden":         {payloadType, strings.Replace(text, `"badge.json"`, `".badge"`, 1), "no plain name"},
		"the envelope":   {payloadType, strings.Replace(text, `"badge.json"`, `"bundle.dsse.json"`, 1), "no plain name"},
		"short digest":   {payloadType, strings.Replace(text, `{"sha256":"`, `{"sha256":"ab`, 1), "digest"},
		"weak digest":    {payloadType, strings.Replace(text, `{"sha256":"`, `{"sha1":"0123456789012345678901234567890123456789","sha256":"`, 1), "another digest"},
		"without a file": {payloadType, strings.Replace(text, `"evidence.jsonl"`, `"evidence.json"`, 1), "does not name evidence.jsonl"},
		"unknown member": {payloadType, strings.Replace(text, `"result":`, `"more":1,"result":`, 1), "no results of tests"},
	} {
		sealed(t, dir, key, c.kind, []byte(c.statement))
		v := verified(t, dir, key)
		if v.Good || !strings.Contains(v.Problem, c.wants) {
			t.Errorf("%s: good is %v, %q does not say %q", name, v.Good, v.Problem, c.wants)
		}
	}
	sealed(t, dir, key, payloadType, []byte(strings.Replace(text, `"result":"FAILED"`, `"result":"PASSED"`, 1)))
	if v := verified(t, dir, key); v.Good || !has(v, EnvelopeFile, "changed") {
		t.Errorf("the statement says PASSED of a run that did not: %+v", v.Files)
	}
}

func TestEnvelopesThatAreRefused(t *testing.T) {
	dir, _ := signed(t)
	whole := read(t, filepath.Join(dir, EnvelopeFile))
	for name, content := range map[string][]byte{
		"empty": {}, "cut off": whole[:len(whole)/2], "without its end": whole[:len(whole)-1], "trailing data": append(bytes.Clone(whole), "{}\n"...), "null": []byte("null\n"),
		"another member": bytes.Replace(whole, []byte(`"payloadType"`), []byte(`"x": 1, "payloadType"`), 1),
		"member twice":   bytes.Replace(whole, []byte(`"payloadType"`), []byte(`"payloadType": "text/plain", "payloadType"`), 1),
		"other case":     bytes.Replace(whole, []byte(`"payloadType"`), []byte(`"payloadtype"`), 1),
		"too large":      bytes.Repeat([]byte(" "), maxEnvelope+1),
	} {
		if _, err := ReadEnvelope(content); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
}

func TestRunsThatAreNotSigned(t *testing.T) {
	key := newKey(t)
	for name, end := range map[string]journal.End{"interrupted": {Finished: time.Now(), Interrupted: true}, "failed": {Finished: time.Now(), Error: "x"}} {
		dir := record(t, end)
		if err := Sign(t.Context(), dir, key); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, EnvelopeFile)); err == nil {
			t.Errorf("%s: there is an envelope", name)
		}
	}
	whole := journal.End{Finished: time.Date(2026, 1, 2, 3, 5, 5, 0, time.UTC)}
	dir := record(t, whole)
	path := filepath.Join(dir, reports.ResultsFile)
	was := read(t, path)
	put(t, path, bytes.Replace(was, []byte(`"operator": ""`), []byte(`"unredacted": true, "operator": ""`), 1))
	if err := Sign(t.Context(), dir, key); err == nil || !strings.Contains(err.Error(), "unredacted") {
		t.Errorf("unredacted: %v", err)
	}
	put(t, path, was)
	put(t, filepath.Join(dir, "my notes.txt"), nil)
	if err := Sign(t.Context(), dir, key); err == nil || !strings.Contains(err.Error(), "my notes.txt") {
		t.Errorf("a foreign file: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "my notes.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, reports.JUnitFile)); err != nil {
		t.Fatal(err)
	}
	if err := Sign(t.Context(), dir, key); err == nil || !strings.Contains(err.Error(), reports.JUnitFile) {
		t.Errorf("a missing report: %v", err)
	}
}

// A signer who changes a verdict, and signs what he made of it, is found by judging again; by another build that is only a hint.
func TestAVerdictThatTheEvidenceDoesNotGiveIsFound(t *testing.T) {
	dir, key := signed(t)
	r, err := reports.ReadResults(filepath.Join(dir, reports.ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	ev, err := journal.Read(filepath.Join(dir, journal.EvidenceFile))
	if err != nil {
		t.Fatal(err)
	}
	was := r.Requirements[0].Verdict
	r.Counts = nil
	r.Requirements[0].Verdict, r.Verdict = suites.Pass, suites.Conformant
	for _, c := range []struct {
		digest string
		good   bool
	}{{r.Suite.Digest, false}, {strings.Repeat("0", 64), true}} {
		r.Suite.Digest = c.digest
		if err := reports.RenderAll(dir, r, ev, reports.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := Sign(t.Context(), dir, key); err != nil {
			t.Fatal(err)
		}
		v := verified(t, dir, key)
		want := []Differing{{"", suites.Conformant, suites.Incomplete}, {r.Requirements[0].ID, suites.Pass, was}}
		if v.Good != c.good || v.Judgment.Indicative != c.good || !slices.Equal(v.Judgment.Differs, want) {
			t.Errorf("good %v, indicative %v, differs %v", v.Good, v.Judgment.Indicative, v.Judgment.Differs)
		}
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	key := newKey(t)
	private, err := key.PrivatePEM()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicPEM()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParsePrivate(private); err != nil || again.String() != key.String() {
		t.Errorf("%v", err)
	}
	if again, err := ParsePublic(public); err != nil || again.String() != key.String() {
		t.Errorf("%v", err)
	}
	seed := base64.StdEncoding.EncodeToString(key.private.Seed())
	for name, c := range map[string]struct {
		text  []byte
		parse func([]byte) (*Key, error)
	}{
		"nothing": {nil, ParsePrivate}, "text": {[]byte("secret-" + seed), ParsePrivate}, "two": {append(bytes.Clone(private), private...), ParsePrivate},
		"public to sign": {public, ParsePrivate}, "private to verify": {private, ParsePublic}, "no key": {nil, ParsePublic},
		"encrypted": {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), ParsePrivate},
		"broken":    {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret-" + seed)}), ParsePrivate},
	} {
		_, err := c.parse(c.text)
		if err == nil {
			t.Errorf("%s: it is read", name)
			continue
		}
		if strings.Contains(err.Error(), "secret-") || strings.Contains(err.Error(), seed) {
			t.Errorf("%s: the error tells the key: %v", name, err)
		}
	}
	if said := fmt.Sprintf("%v %+v %#v %s", key, key, key, *key); strings.Contains(said, fmt.Sprint([]byte(key.private))) {
		t.Errorf("a key prints itself: %s", said)
	}
}

// OpenSSL, which shares no code with us, finds the signature good over the bytes that DSSE says.
func TestOpenSSLVerifiesTheSignature(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on the PATH; install the Debian package openssl to run this test")
	}
	dir := record(t, journal.End{Finished: time.Date(2026, 1, 2, 3, 5, 5, 0, time.UTC)})
	at := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), openssl, args...)
		cmd.Dir = at
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("genpkey", "-algorithm", "ed25519", "-out", "key.pem")
	run("pkey", "-in", "key.pem", "-pubout", "-out", "key.pub")
	key, err := ParsePrivate(read(t, filepath.Join(at, "key.pem")))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublic(read(t, filepath.Join(at, "key.pub")))
	if err != nil || public.String() != key.String() {
		t.Fatalf("%v: %s and %s", err, public, key)
	}
	if err := Sign(t.Context(), dir, key); err != nil {
		t.Fatal(err)
	}
	if !verified(t, dir, public).Good {
		t.Error("what an OpenSSL key signed is not good")
	}
	var e struct {
		PayloadType, Payload string
		Signatures           []struct{ Sig, KeyID string }
	}
	if err := json.Unmarshal(read(t, filepath.Join(dir, EnvelopeFile)), &e); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(e.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(at, "pae"), fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(payload), payload))
	put(t, filepath.Join(at, "sig"), signature)
	if out := run("pkeyutl", "-verify", "-pubin", "-inkey", "key.pub", "-rawin", "-in", "pae", "-sigfile", "sig"); !strings.Contains(out, "Verified Successfully") {
		t.Error(out)
	}
	run("pkey", "-pubin", "-in", "key.pub", "-outform", "DER", "-out", "spki")
	if sum := run("dgst", "-sha256", "spki"); !strings.Contains(sum, e.Signatures[0].KeyID) {
		t.Errorf("the key id is not the SHA-256 of the public key: %s", sum)
	}
	run("genpkey", "-algorithm", "rsa", "-out", "rsa.pem")
	if _, err := ParsePrivate(read(t, filepath.Join(at, "rsa.pem"))); err == nil {
		t.Error("an RSA key is taken")
	}
}

func TestTheResultOfAStatement(t *testing.T) {
	warned := []suites.RequirementResult{{ID: "A", Verdict: suites.Warning}}
	for want, r := range map[string]*suites.Results{resultPassed: {Verdict: suites.Conformant}, resultWarned: {Verdict: suites.Conformant, Requirements: warned}, resultFailed: {Verdict: suites.Incomplete, Requirements: warned}} {
		if got := resultOf(r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	pacts := &suites.Results{Baseline: &suites.Baseline{File: "accepted.yaml"}, Pacts: []suites.PactResult{{File: "a.json"}}}
	p, err := predicateOf(pacts)
	if err != nil || len(p.Configuration) != 3 {
		t.Errorf("%v %v", p, err)
	}
}

func FuzzReadEnvelope(f *testing.F) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // the same in every process that fuzzes
	key, err := keyOf(private.Public().(ed25519.PublicKey), private)
	if err != nil {
		f.Fatal(err)
	}
	statement, err := statementOf(&suites.Results{}, map[string]string{reports.ResultsFile: strings.Repeat("0", 64), journal.EvidenceFile: strings.Repeat("1", 64)})
	if err != nil {
		f.Fatal(err)
	}
	whole, err := seal(f.Context(), key, statement)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}`))
	f.Add([]byte("{\n  \"payloadType\": \"application/vnd.in-toto+json\",\n  \"payload\": \"\",\n  \"signatures\": null\n}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		e, err := ReadEnvelope(content)
		if err != nil {
			return
		}
		again, err := encode(e)
		if err != nil || !bytes.Equal(again, content) {
			t.Fatalf("it is read, and written otherwise (%v): %q", err, content)
		}
		if _, err := open(t.Context(), key, e); err == nil && !bytes.Equal(content, whole) {
			t.Fatalf("what we did not write is signed by us: %q", content)
		}
		if payload, err := e.DecodeB64Payload(); err == nil {
			if s, err := readStatement(payload); err == nil {
				for name := range maps.Keys(s.digests) {
					if !filepath.IsLocal(name) || filepath.Base(name) != name {
						t.Fatalf("%q is a name of a file", name)
					}
				}
			}
		}
	})
}

// A key of the wrong kind in a right envelope of PEM.
func TestPublicKeysOfAnotherKind(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	content, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParsePublic(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: content})); err == nil {
		t.Error("what is no SubjectPublicKeyInfo is read")
	}
}
