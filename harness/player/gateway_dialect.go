package player

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// DialectField is the dialect of the deployed gateway. It departs from the document where the deployed one does: a replay
// and a timestamp outside of the window are answered 429, the offset of a timestamp is ignored, a routing header that is
// missing or names nobody is answered 500, a wrong role is a text and no ErrorResponse. Of a request only requestId and
// timestamp are checked, of an answer only resp.requestId: the callee refuses the rest. An answer may come twice. An error
// callback has no timestamp and the header bridge_<client id>, and a CM that fails without a body is taken to have accepted.
//
// One thing the deployed gateway leaves out stays: an answer goes to the party that asked, and to no other. No tolerance
// covers that; the fault header-unchecked plays it.
const DialectField = "field"

// Dialects are the dialects that a gateway can play beside the document's own, which is "".
var Dialects = []string{DialectField}

// gwZoneLess is how the deployed network writes a time: UTC with microseconds, and no zone.
const gwZoneLess = "2006-01-02T15:04:05.000000"

func (g *Gateway) inField() bool { return g.options.Dialect == DialectField }

// checks are what a message goes through before it is acknowledged, in this order.
func (g *Gateway) checks(m *gwMessage) []func(*gwMessage) *gwRefusal {
	switch {
	case !g.inField():
		return []func(*gwMessage) *gwRefusal{g.authenticate, g.authorize, g.checkContentType, g.readBody, g.validate, g.route, g.checkRequester,
			g.checkReplay, g.checkWindow, g.correlate, g.admit}
	case m.endpoint.Answers != "":
		return []func(*gwMessage) *gwRefusal{g.authenticate, g.authorize, g.checkContentType, g.readBody, g.routeInField, g.answerInField,
			g.correlate, g.admit}
	}
	return []func(*gwMessage) *gwRefusal{g.authenticate, g.authorize, g.checkContentType, g.readBody, g.envelopeInField, g.checkReplay,
		g.windowInField, g.routeInField, g.uuidInField, g.correlate, g.admit}
}

// envelopeInField asks that requestId and timestamp are there; nothing else of a body is judged.
func (g *Gateway) envelopeInField(m *gwMessage) *gwRefusal {
	for _, pointer := range []string{"/requestId", "/timestamp"} {
		if m.doc.string(pointer) == "" {
			return gwRefuse(http.StatusBadRequest, "Invalid request: %s must be a text", pointer)
		}
	}
	return nil
}

// answerInField asks that an answer names what it answers; its own requestId and timestamp are not looked at.
func (g *Gateway) answerInField(m *gwMessage) *gwRefusal {
	m.requestID = m.doc.string("/requestId")
	if m.doc.string("/resp/requestId") == "" {
		return gwRefuse(http.StatusBadRequest, "Invalid request: /resp/requestId must be a text")
	}
	return nil
}

// windowInField refuses, with 429, a time that cannot be read or is not within a minute before and nine minutes after now.
// It reads the wall clock of the text as UTC, whatever offset follows.
func (g *Gateway) windowInField(m *gwMessage) *gwRefusal {
	at, err := gwWallClock(m.doc.string("/timestamp"))
	if age := time.Since(at); err != nil || age >= gwWindowPast || age <= -gwWindowFuture {
		return gwRefuse(http.StatusTooManyRequests, "Too many requests found")
	}
	return nil
}

// gwWallClock reads a date-time, with or without a zone, as if it were UTC.
func gwWallClock(text string) (time.Time, error) {
	text = strings.ToUpper(text)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Parse("2006-01-02T15:04:05", text)
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC), nil
}

// routeInField finds the callee. Of two routing headers it takes that of the HIU on on-init and on-confirm, else that of the HIP.
func (g *Gateway) routeInField(m *gwMessage) *gwRefusal {
	header := m.http.Header
	if header.Get(contract.HeaderHIP) != "" && header.Get(contract.HeaderHIU) != "" {
		ignored := contract.HeaderHIU
		if m.endpoint.Name == contract.OnInit || m.endpoint.Name == contract.OnConfirm {
			ignored = contract.HeaderHIP
		}
		header.Del(ignored)
	}
	refusal := g.route(m)
	if refusal == nil || refusal.swallow {
		return refusal
	}
	name := m.endpoint.RoutingHeaders()[0]
	if len(m.endpoint.RoutingHeaders()) > 1 && header.Get(contract.HeaderHIU) != "" {
		name = contract.HeaderHIU
	}
	return gwRefuse(http.StatusInternalServerError, "No mapping found for %s", name)
}

// gwLooseUUID is what the deployed gateway takes for a UUID: five groups of hexadecimal digits, of any length.
var gwLooseUUID = regexp.MustCompile(`^[0-9a-fA-F]{1,16}(-[0-9a-fA-F]{1,16}){4}$`)

func (g *Gateway) uuidInField(m *gwMessage) *gwRefusal {
	if !gwLooseUUID.MatchString(m.requestID) {
		return gwRefuse(http.StatusBadRequest, "Invalid request: /requestId is no UUID")
	}
	return nil
}

// refuseInField answers as the deployed gateway does where it sends no ErrorResponse, and says whether it did.
func (g *Gateway) refuseInField(w http.ResponseWriter, status int) bool {
	switch {
	case !g.inField():
		return false
	case status == http.StatusUnauthorized:
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(status)
	case status == http.StatusForbidden:
		http.Error(w, "Access Denied", status)
	default:
		return false
	}
	return true
}

// errorInField is the body of an error callback as the deployed gateway writes it: no timestamp, and auth: null.
func (g *Gateway) errorInField(m *gwMessage, failed gwOutcome) []byte {
	message := failed.message
	if message == "" {
		message = map[string]string{
			gwRefused: "Error in making call to target system",
			gwTimeout: "Timed out When calling target system",
		}[failed.kind]
	}
	if message == "" {
		message = "Cannot process the request at the moment, please try later."
	}
	body := map[string]any{
		"requestId": NewRequestID(),
		"error":     contract.Error{Code: gwCodeDownstream, Message: message},
		"resp":      contract.Reference{RequestID: m.requestID},
	}
	if payload := contract.MustEndpoint(m.endpoint.Callback).Payload; payload == "auth" {
		body[payload] = nil
	}
	return encodeJSON(body)
}

// askerInField is how the deployed gateway addresses an error callback: by the client of the party that asked, and as a HIP
// where the request names no requester.
func askerInField(m *gwMessage, to Registration) Registration {
	if to.Role == contract.CM {
		return to
	}
	to.ID = "bridge_" + to.ClientID
	if m.endpoint.Name == contract.Confirm {
		to.Role = contract.HIP
	}
	return to
}
