// Package contract holds the ABDM gateway v0.5 users/auth API as data: roles,
// vocabulary, headers and the one table of endpoints that drives routing,
// sending, negative cases and documentation.
//
// Clauses are cited as the operation of the API document (for example
// "users/auth/init, description") so that a reader can find the sentence.
package contract

import "slices"

// Role is a party of the network.
type Role string

// The four roles of the network. A bridge is a HIP or a HIU.
const (
	Gateway Role = "gateway"
	HIP     Role = "hip"
	HIU     Role = "hiu"
	CM      Role = "cm"
)

// Roles lists every role in the order in which documents name them.
var Roles = []Role{Gateway, HIP, HIU, CM}

// Bridges lists the roles that ask for authentication on behalf of a facility or an app.
var Bridges = []Role{HIP, HIU}

// RequesterType is the value of requester.type for a bridge ("HIP" or "HIU") and "" for any other role.
func (r Role) RequesterType() string {
	switch r {
	case HIP:
		return "HIP"
	case HIU:
		return "HIU"
	}
	return ""
}

// Header is the header by which a message is addressed to this role: X-HIP-ID, X-HIU-ID or X-CM-ID; "" for the gateway.
func (r Role) Header() string {
	switch r {
	case HIP:
		return HeaderHIP
	case HIU:
		return HeaderHIU
	case CM:
		return HeaderCM
	}
	return ""
}

// Headers of the API document, in the spelling of the document.
const (
	HeaderAuthorization = "Authorization"
	HeaderCM            = "X-CM-ID"
	HeaderHIP           = "X-HIP-ID"
	HeaderHIU           = "X-HIU-ID"
)

// AuthenticationMode values (schema AuthenticationMode).
const (
	MobileOTP    = "MOBILE_OTP"
	AadhaarOTP   = "AADHAAR_OTP"
	Demographics = "DEMOGRAPHICS"
	Direct       = "DIRECT"
)

// Modes lists the authentication modes of the contract.
var Modes = []string{MobileOTP, AadhaarOTP, Demographics, Direct}

// PatientAuthPurpose values (schema PatientAuthPurpose).
const (
	Link       = "LINK"
	KYC        = "KYC"
	KYCAndLink = "KYC_AND_LINK"
)

// Purposes lists the purposes of the contract.
var Purposes = []string{Link, KYC, KYCAndLink}

// Decisions of the patient in DIRECT mode (notify, auth.status).
const (
	Granted = "GRANTED"
	Denied  = "DENIED"
)

// BasePath is the prefix of every path, below the base URL of the party that serves it.
const BasePath = "/v0.5"

// Paths of the login plumbing of the gateway.
const (
	PathSessions = BasePath + "/sessions"
	PathCerts    = BasePath + "/certs"
	PathOpenID   = BasePath + "/.well-known/openid-configuration"
)

// Paths of links/link/add-contexts and its callback: no operations of users/auth, but the first is where a HIP spends the
// access token of purpose LINK that it was given.
const (
	PathAddContexts   = BasePath + "/links/link/add-contexts"
	PathOnAddContexts = BasePath + "/links/link/on-add-contexts"
)

// Names of the eight endpoints.
const (
	FetchModes   = "fetch-modes"
	OnFetchModes = "on-fetch-modes"
	Init         = "init"
	OnInit       = "on-init"
	Confirm      = "confirm"
	OnConfirm    = "on-confirm"
	Notify       = "notify"
	OnNotify     = "on-notify"
)

// Endpoint is one of the eight operations. The same path is served by the
// gateway (first hop) and by the callee (second hop).
type Endpoint struct {
	// Name is the last segment of the path, for example "on-init".
	Name string
	// Path is the full path below the base URL, for example "/v0.5/users/auth/on-init".
	Path string
	// Schema is the component name of the body in the API document, for example "PatientAuthInitResponse".
	Schema string
	// Callers are the roles that send this message to the gateway.
	Callers []Role
	// Callees are the roles to which the gateway delivers it: exactly one of them, named by its routing header.
	Callees []Role
	// Callback is the endpoint that answers this one asynchronously; "" where this one is itself an answer.
	Callback string
	// Answers is the endpoint that this one answers (through resp.requestId); "" where this one asks.
	Answers string
	// Payload is the member that carries the meaning and must travel unchanged: query, credential, auth or acknowledgement.
	Payload string
	// Clause is where the API document defines the operation.
	Clause string
}

// Endpoints is the table of the eight operations, in the order of a conversation.
var Endpoints = []Endpoint{
	{Name: FetchModes, Path: BasePath + "/users/auth/fetch-modes", Schema: "PatientAuthModeQueryRequest",
		Callers: Bridges, Callees: []Role{CM}, Callback: OnFetchModes, Payload: "query", Clause: "POST /v0.5/users/auth/fetch-modes"},
	{Name: OnFetchModes, Path: BasePath + "/users/auth/on-fetch-modes", Schema: "PatientAuthModeQueryResponse",
		Callers: []Role{CM}, Callees: Bridges, Answers: FetchModes, Payload: "auth", Clause: "POST /v0.5/users/auth/on-fetch-modes"},
	{Name: Init, Path: BasePath + "/users/auth/init", Schema: "PatientAuthInitRequest",
		Callers: Bridges, Callees: []Role{CM}, Callback: OnInit, Payload: "query", Clause: "POST /v0.5/users/auth/init"},
	{Name: OnInit, Path: BasePath + "/users/auth/on-init", Schema: "PatientAuthInitResponse",
		Callers: []Role{CM}, Callees: Bridges, Answers: Init, Payload: "auth", Clause: "POST /v0.5/users/auth/on-init"},
	{Name: Confirm, Path: BasePath + "/users/auth/confirm", Schema: "PatientAuthConfirmRequest",
		Callers: Bridges, Callees: []Role{CM}, Callback: OnConfirm, Payload: "credential", Clause: "POST /v0.5/users/auth/confirm"},
	{Name: OnConfirm, Path: BasePath + "/users/auth/on-confirm", Schema: "PatientAuthConfirmResponse",
		Callers: []Role{CM}, Callees: Bridges, Answers: Confirm, Payload: "auth", Clause: "POST /v0.5/users/auth/on-confirm"},
	{Name: Notify, Path: BasePath + "/users/auth/notify", Schema: "PatientAuthNotification",
		Callers: []Role{CM}, Callees: Bridges, Callback: OnNotify, Payload: "auth", Clause: "POST /v0.5/users/auth/notify"},
	{Name: OnNotify, Path: BasePath + "/users/auth/on-notify", Schema: "PatientAuthNotificationAcknowledgement",
		Callers: Bridges, Callees: []Role{CM}, Answers: Notify, Payload: "acknowledgement", Clause: "POST /v0.5/users/auth/on-notify"},
}

// EndpointNamed returns the endpoint of that name, and false where there is none.
func EndpointNamed(name string) (Endpoint, bool) {
	return find(func(e Endpoint) bool { return e.Name == name })
}

// MustEndpoint returns the endpoint of that name and panics where there is none: for names written in code.
func MustEndpoint(name string) Endpoint {
	e, ok := EndpointNamed(name)
	if !ok {
		panic("contract: no endpoint named " + name)
	}
	return e
}

// EndpointAt returns the endpoint with that path below a base URL, and false where there is none.
func EndpointAt(path string) (Endpoint, bool) {
	return find(func(e Endpoint) bool { return e.Path == path })
}

func find(match func(Endpoint) bool) (Endpoint, bool) {
	if i := slices.IndexFunc(Endpoints, match); i >= 0 {
		return Endpoints[i], true
	}
	return Endpoint{}, false
}

// SentBy says whether this role sends the endpoint's message to the gateway.
func (e Endpoint) SentBy(r Role) bool { return slices.Contains(e.Callers, r) }

// DeliveredTo says whether the gateway delivers the endpoint's message to this role.
func (e Endpoint) DeliveredTo(r Role) bool { return slices.Contains(e.Callees, r) }

// RoutingHeaders are the headers of which exactly one must be sent to the gateway to name the callee.
func (e Endpoint) RoutingHeaders() []string {
	var names []string
	for _, r := range e.Callees {
		names = append(names, r.Header())
	}
	return names
}

// Served returns the endpoints that a role serves: all eight for the gateway, those delivered to it for any other role.
func Served(r Role) []Endpoint {
	if r == Gateway {
		return slices.Clone(Endpoints)
	}
	var served []Endpoint
	for _, e := range Endpoints {
		if e.DeliveredTo(r) {
			served = append(served, e)
		}
	}
	return served
}
