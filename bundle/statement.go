package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	testresult "github.com/in-toto/attestation/go/predicates/test_result/v0"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// predicateType is that of the results of tests.
const predicateType = "https://in-toto.io/attestation/test-result/v0.1"

// Results of a test-result predicate. A run with a baseline, or one that is incomplete for another reason, is FAILED: a
// policy that lets WARNED pass must not take it for a certificate.
const (
	resultPassed = "PASSED"
	resultWarned = "WARNED"
	resultFailed = "FAILED"
)

// resultOf is what the statement says of the whole run.
func resultOf(r *suites.Results) string {
	switch {
	case r.Verdict != suites.Conformant:
		return resultFailed
	case slices.ContainsFunc(r.Requirements, func(q suites.RequirementResult) bool { return q.Verdict == suites.Warning }):
		return resultWarned
	}
	return resultPassed
}

// predicateOf is what the statement says of the run: what was judged by what, and which requirements passed, were warned of and failed.
func predicateOf(r *suites.Results) (*testresult.TestResult, error) {
	said, err := structpb.NewStruct(map[string]any{"version": r.Suite.Version, "catalogue": r.Suite.Catalogue, "profile": r.Profile, "verdict": string(r.Verdict),
		"subject": r.Subject.Name, "subject-version": r.Subject.Version, "role": string(r.Subject.Role), "demonstration": r.Demonstration})
	if err != nil {
		return nil, err
	}
	p := &testresult.TestResult{Result: resultOf(r), Configuration: []*intoto.ResourceDescriptor{
		{Name: r.Suite.Name, Digest: map[string]string{"sha256": r.Suite.Digest}, Annotations: said}}}
	if r.Baseline != nil {
		p.Configuration = append(p.Configuration, &intoto.ResourceDescriptor{Name: r.Baseline.File, Digest: map[string]string{"sha256": r.Baseline.Digest}})
	}
	for _, pact := range r.Pacts {
		p.Configuration = append(p.Configuration, &intoto.ResourceDescriptor{Name: pact.File, Digest: map[string]string{"sha256": pact.Digest}})
	}
	for _, q := range r.Requirements {
		switch q.Verdict {
		case suites.Pass:
			p.PassedTests = append(p.PassedTests, q.ID)
		case suites.Warning:
			p.WarnedTests = append(p.WarnedTests, q.ID)
		case suites.Fail:
			p.FailedTests = append(p.FailedTests, q.ID)
		}
	}
	return p, nil
}

// statementOf is the statement about files, by name and SHA-256 in hex, and the run that they hold.
func statementOf(r *suites.Results, digests map[string]string) ([]byte, error) {
	predicate, err := predicateOf(r)
	if err != nil {
		return nil, err
	}
	content, err := protojson.Marshal(predicate)
	if err != nil {
		return nil, err
	}
	s := &intoto.Statement{Type: intoto.StatementTypeUri, PredicateType: predicateType, Predicate: &structpb.Struct{}}
	if err := protojson.Unmarshal(content, s.Predicate); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		s.Subject = append(s.Subject, &intoto.ResourceDescriptor{Name: name, Digest: map[string]string{"sha256": digests[name]}})
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	content, err = protojson.Marshal(s)
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	err = json.Compact(&compact, content) // protojson puts in spaces at random
	return compact.Bytes(), err
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// statement is what a signed statement says.
type statement struct {
	digests   map[string]string // of files, by name
	predicate *testresult.TestResult
}

// readStatement reads a statement that is signed. What it names must be plain files of one directory, each once.
func readStatement(payload []byte) (*statement, error) {
	var s intoto.Statement
	if err := protojson.Unmarshal(payload, &s); err != nil {
		return nil, errors.New("it holds no in-toto statement")
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("it holds no in-toto statement that is complete: %w", err)
	}
	if s.Type != intoto.StatementTypeUri || s.PredicateType != predicateType {
		return nil, fmt.Errorf("it holds a statement of type %.100q with a predicate of type %.100q; a bundle has %s and %s", s.Type, s.PredicateType, intoto.StatementTypeUri, predicateType)
	}
	found := &statement{digests: map[string]string{}, predicate: &testresult.TestResult{}}
	for _, file := range s.Subject {
		digest := file.Digest["sha256"]
		_, twice := found.digests[file.Name]
		switch {
		case !plainName.MatchString(file.Name) || file.Name == EnvelopeFile:
			return nil, fmt.Errorf("it names %.100q, which is no plain name of a file beside it", file.Name)
		case twice:
			return nil, fmt.Errorf("it names %s twice", file.Name)
		case len(file.Digest) != 1 || !hexDigest.MatchString(digest):
			return nil, fmt.Errorf("it gives %s no SHA-256 in hex, or another digest", file.Name)
		}
		found.digests[file.Name] = digest
	}
	for _, name := range []string{reports.ResultsFile, journal.EvidenceFile} {
		if found.digests[name] == "" {
			return nil, fmt.Errorf("it does not name %s", name)
		}
	}
	content, err := protojson.Marshal(s.Predicate)
	if err == nil {
		err = protojson.Unmarshal(content, found.predicate)
	}
	if err != nil {
		return nil, errors.New("its predicate holds no results of tests")
	}
	return found, nil
}

// saysTheSame says whether the predicate tells of a run what its results tell.
func (s *statement) saysTheSame(r *suites.Results) bool {
	p, err := predicateOf(r)
	if err != nil {
		return false
	}
	return proto.Equal(p, s.predicate)
}
