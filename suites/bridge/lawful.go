package bridge

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// variants are what a message may say.
func (s specs) variants() {
	Describe("A message of every kind", func() {
		s.It("is accepted: on-fetch-modes with any list of modes, and with an error", "AUTH-OFM-009", "accept/on-fetch-modes|variant/*/on-fetch-modes|lawful/error/on-fetch-modes",
			taken("Answer 202 to on-fetch-modes, whichever modes it lists, and to its error."))
		s.It("is accepted: on-init in any mode, and with an error", "AUTH-OINIT-005", "accept/on-init|variant/*/on-init|lawful/error/on-init",
			taken("Answer 202 to on-init in every mode that you declare, and to its error."))
		s.It("is accepted: on-init without meta", "AUTH-OINIT-008", "lawful/no-meta/on-init",
			taken("auth.meta is optional in on-init."))
		for _, one := range []struct{ id, endpoint string }{{"AUTH-OCONF-008", "on-confirm"}, {"AUTH-NTF-013", "notify"}} {
			if s.role == contract.HIP { // a HIU asks for KYC only: its canonical messages have no access token and no validity of one
				s.It("is accepted: "+one.endpoint+" for LINK, without a patient", one.id, "variant/link/"+one.endpoint,
					taken("For LINK there is an access token and no patient: ask for none."))
				s.It("is accepted: "+one.endpoint+" for KYC, without an access token", one.id, "variant/kyc/"+one.endpoint,
					taken("For KYC there is the patient and no access token: ask for none."))
				s.It("is accepted: "+one.endpoint+" without validity", one.id, "variant/no-validity/"+one.endpoint,
					taken("auth.validity is optional."))
			}
		}
		s.It("is accepted: on-confirm as the document has it", "AUTH-OCONF-008", "accept/on-confirm",
			taken("Ask for what the purpose brings only: month and day of birth, for example, are in no version of the document but one."))
		s.It("is accepted: notify that tells a grant, and one that tells a denial", "AUTH-NTF-010", "accept/notify|variant/denied/notify",
			taken("Answer 202 to a notify with GRANTED and with DENIED; a denial carries nothing else."))
		s.It("is accepted: notify without a transactionId at the top", "AUTH-NTF-012", "accept/notify",
			taken("Read auth.transactionId: no sender writes the one at the top."))
		s.It("is accepted: notify with a transactionId at the top", "AUTH-NTF-012", "lawful/top-level-transaction/notify",
			taken("Ignore a transactionId at the top."))
	})
}

// relaxations are the ways in which a message may lawfully be written. Each has a check of its own, so that what breaks by
// one of them is seen once.
func (s specs) relaxations() {
	Describe("A message that is valid in another way than the canonical one", func() {
		for _, one := range []struct{ text, id, pattern, hint string }{
			{"with a charset", "AUTH-GEN-004", "lawful/charset/*", "Compare the media type without its parameters: application/json; charset=utf-8 is application/json."},
			{"with members that the document does not name", "AUTH-GEN-015", "lawful/extra-members/*", "Ignore members that you do not know."},
			{"with members in its payload that the document does not name", "AUTH-GEN-015", "lawful/extra-nested/*", "Ignore members that you do not know, at any depth."},
			{"with headers that the document does not name", "AUTH-GEN-015", "lawful/extra-headers/*", "Ignore headers that you do not know."},
			{"with error: null beside auth", "AUTH-GEN-016", "lawful/null-error/*", "Treat error: null as no error: judge by the value, not by the name of the member."},
			{"with auth: null beside an error", "AUTH-GEN-016", "lawful/null-auth/*", "Treat auth: null as no auth."},
			{"with meta: null, or null in meta", "AUTH-GEN-016", "lawful/null-meta/*|lawful/null-hint/*|lawful/null-expiry/*", "Treat meta, meta.hint or meta.expiry: null as one that is missing."},
			{"with patient: null", "AUTH-GEN-016", "lawful/null-patient/*|lawful/null-grant/*", "Treat patient: null as no patient."},
			{"with accessToken: null", "AUTH-GEN-016", "lawful/null-token/*", "Treat accessToken: null as no access token."},
			{"with validity: null", "AUTH-GEN-016", "lawful/null-validity/*", "Treat validity: null as no validity."},
			{"with null as a part of the address", "AUTH-GEN-016", "lawful/null-address-line/*", "Treat a part of an address that is null as one that is missing."},
			{"with header names and the scheme in any case", "AUTH-GEN-024", "lawful/header-case/*|lawful/scheme-case/*", "Compare header names and the scheme Bearer without regard to case (RFC 9110, 5.1 and 11.1)."},
			{"with texts in any script", "AUTH-GEN-026", "lawful/devanagari/*", "Read bodies as UTF-8 (RFC 8259, 8.1)."},
			{"in another member order", "AUTH-GEN-032", "lawful/member-order/*", "Parse the JSON: the order of members means nothing."},
			{"with white space", "AUTH-GEN-032", "lawful/pretty/*", "Parse the JSON: white space means nothing."},
			{"that is the error of a confirm", "AUTH-GEN-032", "lawful/error/on-confirm", "An on-confirm has auth or error: take both."},
			{"with a transactionId that is no UUID, and a requestId that is one of another version", "AUTH-GEN-032", "lawful/opaque-transaction/*|lawful/uuid-version/*",
				"auth.transactionId is a string of any form: keep it as it came. requestId is a UUID of any version (RFC 9562)."},
			{"in chunks", "AUTH-GEN-033", "lawful/chunked/*", "Read the body to its end and ask for no Content-Length (RFC 9112, 7.1)."},
			{"whose timestamp has an offset", "AUTH-GEN-035", "lawful/offset/*", "Read the offset of a date-time (RFC 3339, 5.6)."},
			{"whose timestamp has another number of digits", "AUTH-GEN-035", "lawful/seconds/*|lawful/nanoseconds/*", "Read any number of fraction digits of a date-time, and none (RFC 3339, 5.6)."},
			{"that is 45 s old", "AUTH-GEN-035", "lawful/past-45s/*", "Allow for a minute: clocks differ, and the gateway may have had to wait."},
		} {
			s.It("is accepted "+one.text, one.id, one.pattern, taken(one.hint))
		}
		if s.role == contract.HIP {
			s.It("is accepted with an access token that is no JWT", "AUTH-GEN-032", "lawful/opaque-token/*",
				taken("auth.accessToken is a string of any form: keep it as it came, and look for nothing in it."))
		}
		s.It("is correlated with ids in upper case", "AUTH-GEN-029", "lawful/upper-case-ids/*", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				if !solicited(f) {
					c.Lacking(needsStart)
					return
				}
				likeCanonical(c, f, x, "Compare UUIDs by value (RFC 9562, 4): upper and lower case are the same.")
			})
		})
		s.It("may be XML", "AUTH-GEN-005", "content/xml/*", func(c *suites.C) {
			c.EachProbe(func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				c.Variant(fmt.Sprintf("an XML body is answered %d", suites.Status(x)))
			})
		})
	})
}

// fieldShapes are what the deployed network sends: as a whole, and each departure by itself.
func (s specs) fieldShapes() {
	Describe("A message as the deployed network writes it", func() {
		for _, one := range []struct{ endpoint, id string }{{"on-fetch-modes", "AUTH-OFM-016"}, {"on-init", "AUTH-OINIT-018"}, {"on-confirm", "AUTH-OCONF-015"}, {"notify", "AUTH-NTF-022"}} {
			s.It("is accepted: "+one.endpoint, one.id, "field/shape/"+one.endpoint,
				taken("Take what the deployed consent manager sends: read times without a zone as UTC and null as absent, ignore members that you do not know, and take any identifier type."))
			s.It("is accepted: "+one.endpoint+" with a timestamp without a zone", one.id, "field/zone-less/"+one.endpoint,
				taken("Read a timestamp without a zone as UTC, with any number of fraction digits."))
		}
		s.It("is accepted: on-init with an expiry without a zone", "AUTH-OINIT-018", "field/zone-less-expiry/on-init",
			taken("Read meta.expiry without a zone as UTC; as local time of India the session has expired before it began."))
		for _, one := range []struct{ endpoint, id string }{{"on-confirm", "AUTH-OCONF-015"}, {"notify", "AUTH-NTF-022"}} {
			s.It("is accepted: "+one.endpoint+" with month and day of birth", one.id, "field/month-of-birth/"+one.endpoint,
				taken("Ignore members of the patient that you do not know."))
			s.It("is accepted: "+one.endpoint+" with an identifier of type HEALTH_NUMBER", one.id, "field/health-number/"+one.endpoint,
				taken("Take identifiers of any type: read the type as a string, not as one of a closed set."))
		}
		s.It("never brings a 5xx: an error of the gateway itself", "AUTH-OINIT-017", "field/gateway-error/*",
			unharmed("Take an error callback by its resp.requestId, whatever else it lacks, or answer 400."))
	})
}
