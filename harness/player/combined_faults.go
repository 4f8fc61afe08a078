package player

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

func init() { faultRegister(contract.Gateway, insideFaultTable) }

// insideFaultTable are the faults of a consent manager that is inside the gateway: a Combined commits them.
func insideFaultTable() []Fault {
	all := []Fault{
		faultRow("inside-modes-refused", "FM-010", "answers fetch-modes for a patient whom it knows with an error"),
		faultRow("inside-unknown-known", "FM-011 INIT-013", "answers for a patient whom it does not know as for one whom it knows"),
		faultRow("inside-unknown-silent", "FM-011 INIT-013", "says nothing where it does not know the patient"),
		faultRow("inside-both", "OFM-001 OINIT-001 OCONF-001", "answers with auth and an error"),
		faultRow("inside-neither", "OFM-001 OINIT-001 OCONF-001", "answers with neither auth nor an error"),
		faultRow("inside-purpose-constant", "OFM-002", "answers fetch-modes with the same purpose always"),
		faultRow("inside-modes-unknown", "OFM-003", "offers a mode that the document does not know"),
		faultRow("inside-header-other", "OFM-004 OINIT-002 OCONF-001 GW-007", "names another id than the requester's in X-HIP-ID and X-HIU-ID"),
		faultRow("inside-resp-own", "OFM-005 OINIT-002 OCONF-001 GW-002", "puts a requestId of its own into resp"),
		faultRow("inside-resp-own-confirm", "OCONF-001 GW-002", "puts a requestId of its own into resp of on-confirm only"),
		faultRow("inside-transaction-constant", "INIT-014", "gives every session the same transactionId"),
		faultRow("inside-expiry-past", "OINIT-003", "tells a session that has expired already"),
		faultRow("inside-transaction-unknown-silent", "CONF-010", "acknowledges a confirm of a transaction that it does not know and says nothing"),
		faultRow("inside-any-otp", "CONF-011", "takes any OTP for the right one"),
		faultRow("inside-otp-refused", "CONF-012", "takes the right OTP for a wrong one"),
		faultRow("inside-any-demographics", "CONF-013", "compares no demographic details"),
		faultRow("inside-demographics-refused", "CONF-014", "takes the right demographic details for wrong ones"),
		faultRow("inside-error-as-grant", "CONF-015 CONF-018 CONF-019", "grants whatever the credential is"),
		faultRow("inside-patient-in-link", "OCONF-002", "tells the patient's data for purpose LINK"),
		faultRow("inside-token-in-kyc", "OCONF-003", "gives an access token for purpose KYC"),
		faultRow("inside-half-grant", "OCONF-004", "gives no access token for purpose KYC_AND_LINK"),
		faultRow("inside-other-patient", "OCONF-005", "tells another patient than was asked for"),
		faultRow("inside-validity-past", "OCONF-006", "gives an access token whose validity is over"),
		faultRow("inside-modes-none", "OFM-003", "offers no mode at all"),
		faultRow("inside-mode-other", "INIT-011", "opens every session in another mode than was asked for"),
		faultRow("inside-transaction-counted", "OINIT-004", "counts its transactionIds"),
		faultRow("inside-second-code", "CONF-011", "takes any OTP after a wrong one"),
		faultRow("inside-other-bridge", "CONF-020", "lets any bridge confirm a session, and answers it"),
		faultRow("inside-notify-unasked", "NTF-001", "notifies the end of a session that no patient decided"),
		faultRow("inside-notify-granted", "NTF-002", "notifies every decision as a grant"),
		faultRow("inside-notify-patient", "NTF-003", "tells the patient in every grant by notify"),
		faultRow("inside-denied-token", "NTF-004", "gives an access token with a denial"),
		faultRow("inside-notify-twice", "NTF-006", "notifies a decision twice"),
		faultRow("inside-error-with-token", "OCONF-007", "gives an access token with an error"),
	}
	for i := range all {
		all[i].Combined = true
	}
	return all
}

// insideFaults commits them on both ways of the CM: on requests before the CM has them, and on what is delivered to bridges.
type insideFaults struct {
	has func(name string) bool
	// account is the patient of a transaction; of one that nobody knows, and of "", any patient.
	account func(transaction string) Account

	mu        sync.Mutex
	counted   map[string]string // transactionIds of the fault transaction-counted, to those of the CM
	tried     map[string]bool   // transactions for which a code has come
	confirmed string            // the transaction of the latest confirm
}

// newInsideFaults is nil where none of its faults is in the set.
func newInsideFaults(set Faults, account func(transaction string) Account) *insideFaults {
	for _, f := range insideFaultTable() {
		if set.Has(f.Name) {
			return &insideFaults{has: func(name string) bool { return set.Has("inside-" + name) }, account: account, counted: map[string]string{}, tried: map[string]bool{}}
		}
	}
	return nil
}

// before spoils requests on their way to the CM.
func (f *insideFaults) before(cm http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, ok := contract.EndpointAt(r.URL.Path)
		body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if ok {
			body = edited(body, func(m map[string]any) {
				f.decoded(m)
				f.request(e.Name, m)
			})
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if ok && e.Name == contract.Confirm && f.has("transaction-unknown-silent") {
			w = acceptsAll{w}
		}
		cm.ServeHTTP(w, r)
	})
}

// acceptsAll answers 202 to whatever is refused.
type acceptsAll struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a acceptsAll) WriteHeader(int) { a.ResponseWriter.WriteHeader(http.StatusAccepted) }

func (f *insideFaults) request(endpoint string, m map[string]any) {
	credential, _ := m["credential"].(map[string]any)
	details, _ := credential["demographic"].(map[string]any)
	query, _ := m["query"].(map[string]any)
	transaction, _ := m["transactionId"].(string)
	p := f.account(transaction)
	switch {
	case query != nil && f.has("unknown-known"):
		query["id"] = p.ID
	case credential["authCode"] != nil && f.has("second-code") && f.triedBefore(transaction), credential["authCode"] != nil && f.has("any-otp"):
		credential["authCode"] = p.OTP
	case credential["authCode"] != nil && f.has("otp-refused"):
		credential["authCode"] = "not " + p.OTP
	case details != nil && f.has("any-demographics"):
		delete(details, "identifier")
		details["name"], details["gender"], details["dateOfBirth"] = p.Name, p.Gender, p.born()
	case details != nil && f.has("demographics-refused"):
		details["name"] = "Nobody"
	}
}

// client is a client whose deliveries are spoilt.
func (f *insideFaults) client(honest *http.Client) *http.Client {
	spoilt := *honest
	next := honest.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	spoilt.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		e, ok := contract.EndpointAt(r.URL.Path[max(0, strings.Index(r.URL.Path, "/v0.5/")):])
		if !ok || e.DeliveredTo(contract.CM) || r.Body == nil {
			return next.RoundTrip(r)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		silent := false
		body = edited(body, func(m map[string]any) {
			silent = f.has("unknown-silent") && m["error"] != nil && e.Name != contract.OnConfirm
			f.answer(e.Name, m)
		})
		if silent {
			return pretendTaken(r), nil
		}
		out := r.Clone(r.Context())
		out.Body, out.ContentLength, out.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		if f.has("header-other") {
			for _, role := range contract.Bridges {
				if out.Header.Get(role.Header()) != "" {
					out.Header.Set(role.Header(), "someone-else")
				}
			}
		}
		f.beside(next, out, e.Name, body)
		return next.RoundTrip(out)
	})
	return &spoilt
}

// pretendTaken is the answer to a message that was not sent: its sender believes that it was taken.
func pretendTaken(r *http.Request) *http.Response {
	return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody, Request: r}
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer spoils what a bridge receives.
func (f *insideFaults) answer(endpoint string, m map[string]any) {
	auth, _ := m["auth"].(map[string]any)
	refusal := map[string]any{"code": 1400, "message": "Refused."}
	switch {
	case f.has("both") && auth != nil:
		m["error"] = refusal
	case f.has("neither"):
		delete(m, "auth")
		delete(m, "error")
	case f.has("resp-own"), f.has("resp-own-confirm") && endpoint == contract.OnConfirm:
		m["resp"] = map[string]any{"requestId": NewRequestID()}
	}
	switch endpoint {
	case contract.OnFetchModes:
		f.modes(auth, m, refusal)
	case contract.OnInit:
		f.session(auth)
	case contract.OnConfirm:
		f.grant(auth, m)
	case contract.Notify:
		f.decision(auth)
	}
}

func (f *insideFaults) modes(auth, m map[string]any, refusal map[string]any) {
	modes, _ := auth["modes"].([]any)
	switch {
	case auth == nil:
	case f.has("modes-refused"):
		delete(m, "auth")
		m["error"] = refusal
	case f.has("modes-none"):
		auth["modes"] = []any{}
	case f.has("purpose-constant"):
		auth["purpose"] = contract.KYCAndLink
	case f.has("modes-unknown"):
		auth["modes"] = append(modes, "PASSWORD")
	}
}

func (f *insideFaults) session(auth map[string]any) {
	meta, _ := auth["meta"].(map[string]any)
	switch {
	case auth != nil && f.has("transaction-constant"):
		auth["transactionId"] = "5c1f9d9e-6f0f-4c1d-9d57-6b0c2f1d7a10"
	case auth != nil && f.has("transaction-counted"):
		auth["transactionId"] = f.count(auth["transactionId"])
	case auth != nil && f.has("mode-other"):
		auth["mode"] = map[bool]string{true: contract.Demographics, false: contract.MobileOTP}[auth["mode"] == contract.MobileOTP]
	case meta != nil && f.has("expiry-past"):
		meta["expiry"] = Timestamp(time.Now().Add(-time.Hour))
	}
}

func (f *insideFaults) grant(auth, m map[string]any) {
	patient := f.account("").patient()
	validity, _ := auth["validity"].(map[string]any)
	told, _ := auth["patient"].(map[string]any)
	switch {
	case auth == nil && f.has("error-as-grant"):
		delete(m, "error")
		m["auth"] = map[string]any{"accessToken": NewRequestID(), "patient": patient}
	case auth == nil && f.has("error-with-token"):
		m["auth"] = map[string]any{"accessToken": NewRequestID()}
	case auth == nil:
	case told == nil && f.has("patient-in-link"):
		auth["patient"] = patient
	case auth["accessToken"] == nil && f.has("token-in-kyc"):
		auth["accessToken"] = NewRequestID()
	case told != nil && auth["accessToken"] != nil && f.has("half-grant"):
		delete(auth, "accessToken")
	case told != nil && f.has("other-patient"):
		told["id"] = "someone-else-" + patient.ID
	case validity != nil && f.has("validity-past"):
		validity["expiry"] = Timestamp(time.Now().Add(-time.Hour))
	}
}

// edited is a body with one thing changed; one that is no JSON object stays as it is.
func edited(body []byte, change func(map[string]any)) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var m map[string]any
	if decoder.Decode(&m) != nil || m == nil {
		return body
	}
	change(m)
	return encodeJSON(m)
}
