package bundle

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// EnvelopeFile is the name of the envelope in the directory of a run.
const EnvelopeFile = "bundle.dsse.json"

// payloadType says that the payload is an in-toto statement.
const payloadType = "application/vnd.in-toto+json"

// maxEnvelope is the largest envelope that is read, in bytes.
const maxEnvelope = 4 << 20

// seal puts a statement into an envelope that the key signs.
func seal(ctx context.Context, key *Key, statement []byte) ([]byte, error) {
	signer, err := dsse.NewEnvelopeSigner(key)
	if err != nil {
		return nil, err
	}
	e, err := signer.SignPayload(ctx, payloadType, statement)
	if err != nil {
		return nil, err
	}
	return encode(e)
}

// encode is the one spelling of an envelope that is read and written.
func encode(e *dsse.Envelope) ([]byte, error) {
	content, err := json.MarshalIndent(e, "", "  ")
	return append(content, '\n'), err
}

// ReadEnvelope reads an envelope, signed by whomever. It takes the one spelling that Sign writes, so that no byte of it can
// be changed without notice; more signatures may stand in it.
func ReadEnvelope(content []byte) (*dsse.Envelope, error) {
	if len(content) > maxEnvelope {
		return nil, fmt.Errorf("it is larger than %d bytes", maxEnvelope)
	}
	var e dsse.Envelope
	if err := json.Unmarshal(content, &e); err != nil {
		return nil, fmt.Errorf("it is no JSON of an envelope (%w)", err)
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil {
		return nil, errors.New("its payload is not in base64")
	}
	same := dsse.Envelope{PayloadType: e.PayloadType, Payload: base64.StdEncoding.EncodeToString(payload)}
	for _, s := range e.Signatures {
		signature, err := base64.StdEncoding.Strict().DecodeString(s.Sig)
		if err != nil {
			return nil, errors.New("a signature in it is not in base64")
		}
		same.Signatures = append(same.Signatures, dsse.Signature{KeyID: s.KeyID, Sig: base64.StdEncoding.EncodeToString(signature)})
	}
	written, err := encode(&same)
	if err != nil {
		return nil, err
	}
	if at := difference(content, written); at >= 0 {
		return nil, fmt.Errorf("it is not spelled as an envelope of this suite is, from byte %d on", at)
	}
	if e.PayloadType != payloadType {
		return nil, fmt.Errorf("its payload is of type %q, not %s", e.PayloadType, payloadType)
	}
	return &e, nil
}

// open is the statement in an envelope that the key signed.
func open(ctx context.Context, key *Key, e *dsse.Envelope) ([]byte, error) {
	verifier, err := dsse.NewEnvelopeVerifier(key)
	if err != nil {
		return nil, err
	}
	_, payload, err := verifier.VerifyAndDecode(ctx, e)
	switch {
	case err == nil:
		return payload, nil
	case slices.ContainsFunc(e.Signatures, func(s dsse.Signature) bool { return s.KeyID == key.id }):
		return nil, errors.New("the signature is not good: the envelope was changed after it was signed")
	}
	return nil, fmt.Errorf("it is not signed by the key %s, but by %s", key, signers(e))
}

// signers names those who say that they signed.
func signers(e *dsse.Envelope) string {
	if len(e.Signatures) == 0 {
		return "nobody"
	}
	names := ""
	for i, s := range e.Signatures {
		if i > 0 {
			names += ", "
		}
		names += fmt.Sprintf("%.80q", s.KeyID)
	}
	return names
}

// difference is the offset of the first byte in which two texts differ; -1 where they are the same.
func difference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
