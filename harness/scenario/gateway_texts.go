package scenario

import (
	"context"
	"encoding/json"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// scripts is a text with what careless handling changes: Devanagari with a zero-width joiner, characters beyond the basic
// plane joined into one, a letter that is composed and the same decomposed, a ligature.
const scripts = "आशा क्\u200dष 👩\u200d⚕️ Ünïcødé e\u0301 ﬁ"

// signs is a text with what careless handling trims, escapes, doubles or decodes.
const signs = "  O'Neill & Sons  <Ward 3> \"A\\B\" 100%25 a+b\tc; "

// Lengths of long texts, in characters: of an access token, which is as long as its issuer likes (one that is signed with
// a key of 4096 bits has more than a thousand), and of what people read.
const (
	longToken = 1536
	longHint  = 300
)

// devanagari replaces the texts of the payload that people write.
func devanagari(_ context.Context, _ *Stage, d *Draft) error {
	if d.Endpoint == contract.Confirm { // a credential in Devanagari digits is a string like any other
		return d.write("०१२३४५", "/credential/authCode")
	}
	return d.write(scripts, "/auth/patient/name", "/auth/patient/address/line", "/auth/meta/hint")
}

// punctuation replaces the texts of the payload that people write. A confirm proves demographics then.
func punctuation(_ context.Context, s *Stage, d *Draft) error {
	if d.Endpoint == contract.Confirm {
		if err := shape(s, d, variantDemographic); err != nil {
			return err
		}
	}
	return d.write(signs, "/credential/demographic/name", "/auth/patient/name", "/auth/patient/address/line", "/auth/meta/hint")
}

// longText makes the texts of the payload long.
func longText(_ context.Context, _ *Stage, d *Draft) error {
	if err := d.write(strings.Repeat("0123456789abcdef", longToken/16), "/auth/accessToken"); err != nil {
		return err
	}
	return d.write(strings.Repeat("long ", longHint/5), "/auth/patient/address/line", "/auth/meta/hint")
}

// lists replaces the lists of the payload by such as no sorting and no taking of the first leaves alone.
func lists(_ context.Context, _ *Stage, d *Draft) error {
	if d.Endpoint == contract.OnFetchModes {
		return d.edit(edit{"/auth/modes", `["DIRECT","MOBILE_OTP","DEMOGRAPHICS","AADHAAR_OTP"]`})
	}
	return d.edit(edit{"/auth/patient/identifiers", `[{"type":"MR","value":"mr-2"},{"type":"MOBILE","value":"+910000000018"},{"type":"HEALTH_ID","value":"mr-1"}]`})
}

// idCase asks about somebody whose address has letters of both cases, and whom no CM knows.
func idCase(_ context.Context, s *Stage, d *Draft) error {
	id := s.UnknownPatient()
	if !s.combined() {
		id = "NoBody-" + s.Account.ID
		s.net.redactor.Public(id)
		s.net.journal.Bind(s.scenario.Name, id, strings.ToLower(id), strings.ToUpper(id))
	}
	return d.edit(edit{"/query/id", `"` + id + `"`})
}

// write sets those of the members that are there to a text.
func (d *Draft) write(text string, pointers ...string) error {
	value, err := json.Marshal(text)
	if err != nil {
		return harnessError(err)
	}
	for _, pointer := range pointers {
		if _, there := fixtures.Value(d.Body, pointer); !there {
			continue
		}
		if d.Body, err = fixtures.Edit(d.Body, pointer, value); err != nil {
			return harnessError(err)
		}
	}
	return nil
}
