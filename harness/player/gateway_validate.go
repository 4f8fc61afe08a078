package player

import (
	"net/http"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// validate judges the body by its schema and by the rules that the document
// states in prose only (400). An explicit null is an absent member: deployed
// parties write error:null beside auth.
func (g *Gateway) validate(m *gwMessage) *gwRefusal {
	if g.faults.Any() {
		if refusal := g.mistake(m); refusal != nil {
			return refusal
		}
	}
	violations, err := schemas.Validate(m.endpoint.Schema, m.doc.withoutNulls())
	if err != nil {
		return gwRefuse(http.StatusBadRequest, "%s", err)
	}
	for _, v := range append(violations, gwProse(m)...) {
		if g.options.Variant.leaves(m.endpoint, v.Pointer) {
			continue
		}
		if g.overlooksViolation(m, v) {
			m.overlooked = true
			continue
		}
		switch {
		case g.faults.Has("invalid-swallowed"):
			return gwSwallow
		case g.faults.Has("bad-uuid-500") && v.Keyword == "format" && strings.HasSuffix(v.Pointer, "requestId"),
			g.faults.Has("wrong-type-500") && v.Keyword == "type":
			return gwRefuse(http.StatusInternalServerError, "%s could not be handled", v.Pointer)
		case v.Keyword == "required":
			return gwRefuse(http.StatusBadRequest, "%s is missing: expected %s", gwPlace(v.Pointer), v.Expected)
		}
		return gwRefuse(http.StatusBadRequest, "%s is not valid: expected %s", gwPlace(v.Pointer), v.Expected)
	}
	if g.faults.Has("unknown-members-refused") && gwHasUnknown(m.endpoint, m.doc.withoutNulls()) {
		return gwRefuse(http.StatusBadRequest, "there is an unknown member")
	}
	return nil
}

// mistake commits the faults that refuse or drop a valid body.
func (g *Gateway) mistake(m *gwMessage) *gwRefusal {
	modeless := m.endpoint.Name == contract.Init && !m.doc.has("/query/authMode")
	switch {
	case g.faults.Has("null-refused") && gwHasNull(m.doc.root):
		return gwRefuse(http.StatusBadRequest, "a member is null")
	case g.faults.Has("null-error-dropped") && m.doc.node("/error") != nil && !m.doc.has("/error"):
		return gwSwallow
	case g.faults.Has("notify-as-callback") && m.endpoint.Name == contract.Notify && !m.doc.has("/resp"):
		return gwRefuse(http.StatusBadRequest, "/resp/requestId is missing")
	case g.faults.Has("error-answer-refused") && m.endpoint.Answers != "" && m.doc.has("/error"):
		return gwRefuse(http.StatusBadRequest, "/error is not expected")
	case g.faults.Has("mode-required") && modeless:
		return gwRefuse(http.StatusBadRequest, "/query/authMode is missing")
	case g.faults.Has("modeless-dropped") && modeless:
		return gwSwallow
	case g.faults.Has("order-required") && len(m.doc.root.members) > 0 && m.doc.root.members[0].name != "requestId":
		return gwRefuse(http.StatusBadRequest, "the body does not begin with requestId")
	case g.faults.Has("upper-case-dropped") && m.endpoint.Answers == "" && strings.ContainsAny(m.doc.string("/requestId"), "ABCDEF"):
		return gwSwallow
	}
	return g.valueSlip(m)
}

func gwPlace(pointer string) string {
	if pointer == "" {
		return "the body"
	}
	return pointer
}

// Keywords of offences against rules that are no part of a schema.
const (
	gwKeywordNeither = "neither"
	gwKeywordBoth    = "both"
)

// gwProse are the offences against the rules in prose: an answer has a payload
// or an error and not both ("neither authInit nor error specified"), a
// confirm has exactly one kind of credential, a notify has auth.
func gwProse(m *gwMessage) []schemas.Violation {
	e := m.endpoint
	payload := "/" + e.Payload
	exactlyOne := func(a, b, place string) []schemas.Violation {
		expected := "exactly one of " + strings.TrimPrefix(a, "/") + " and " + strings.TrimPrefix(b, "/")
		switch hasA, hasB := m.doc.has(a), m.doc.has(b); {
		case hasA && hasB:
			return []schemas.Violation{{Pointer: place, Keyword: gwKeywordBoth, Expected: expected}}
		case !hasA && !hasB:
			return []schemas.Violation{{Pointer: place, Keyword: gwKeywordNeither, Expected: expected}}
		}
		return nil
	}
	switch {
	case e.Answers != "":
		return exactlyOne(payload, "/error", "")
	case e.Name == contract.Notify && !m.doc.has("/auth"):
		return []schemas.Violation{{Pointer: "/auth", Keyword: gwKeywordNeither, Expected: "the decision of the patient"}}
	case e.Name == contract.Confirm && m.doc.has("/credential"):
		return exactlyOne("/credential/authCode", "/credential/demographic", "/credential")
	}
	return nil
}

// overlooksViolation says whether a fault overlooks this offence.
func (g *Gateway) overlooksViolation(m *gwMessage, v schemas.Violation) bool {
	if !g.faults.Any() {
		return false
	}
	if g.overlooksForm(m, v) {
		return true
	}
	switch v.Keyword {
	case "required":
		return g.faults.Has("accept-missing", m.endpoint.Name, v.Pointer)
	case gwKeywordNeither:
		return g.faults.Has("accept-neither", m.endpoint.Name) || g.faults.Has("accept-invalid", m.endpoint.Name, v.Pointer)
	case gwKeywordBoth:
		return g.faults.Has("accept-both", m.endpoint.Name)
	}
	return g.faults.Has("accept-invalid", m.endpoint.Name, gwFamilyPointer(v.Pointer))
}

// gwFamilyPointer writes the items of an array as schemas.Members does: with the segment "0".
func gwFamilyPointer(pointer string) string {
	segments := strings.Split(pointer, "/")
	for i, s := range segments {
		if s != "" && strings.Trim(s, "0123456789") == "" {
			segments[i] = "0"
		}
	}
	return strings.Join(segments, "/")
}
