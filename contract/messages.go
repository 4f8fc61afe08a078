package contract

// The messages of the API document as Go values. Members marshal in the
// document's order, absent optional members are left out, and nothing here
// checks anything: schemas judge, players build.

// Reference is schema RequestReference: the requestId that is answered.
type Reference struct {
	RequestID string `json:"requestId"`
}

// Error is schema Error.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// ErrorResponse is the body of a 400, 401 or 500.
type ErrorResponse struct {
	Error Error `json:"error"`
}

// Requester is schema PatientAuthRequester.
type Requester struct {
	Type string `json:"type"` // HIP or HIU
	ID   string `json:"id"`
}

// Query is the payload of fetch-modes and init.
type Query struct {
	ID        string    `json:"id"` // the patient
	Purpose   string    `json:"purpose"`
	AuthMode  string    `json:"authMode,omitempty"` // init only
	Requester Requester `json:"requester"`
}

// QueryMessage is PatientAuthModeQueryRequest (fetch-modes) and PatientAuthInitRequest (init).
type QueryMessage struct {
	RequestID string `json:"requestId"`
	Timestamp string `json:"timestamp"`
	Query     Query  `json:"query"`
}

// ModesAuth is the payload of on-fetch-modes.
type ModesAuth struct {
	Purpose string   `json:"purpose"`
	Modes   []string `json:"modes"`
}

// OnFetchModesMessage is PatientAuthModeQueryResponse.
type OnFetchModesMessage struct {
	RequestID string     `json:"requestId"`
	Timestamp string     `json:"timestamp"`
	Auth      *ModesAuth `json:"auth,omitempty"`
	Error     *Error     `json:"error,omitempty"`
	Resp      Reference  `json:"resp"`
}

// AuthMeta is schema AuthMeta.
type AuthMeta struct {
	Hint   string `json:"hint,omitempty"`
	Expiry string `json:"expiry,omitempty"`
}

// InitAuth is the payload of on-init.
type InitAuth struct {
	TransactionID string    `json:"transactionId"`
	Mode          string    `json:"mode"`
	Meta          *AuthMeta `json:"meta,omitempty"`
}

// OnInitMessage is PatientAuthInitResponse.
type OnInitMessage struct {
	RequestID string    `json:"requestId"`
	Timestamp string    `json:"timestamp"`
	Auth      *InitAuth `json:"auth,omitempty"`
	Error     *Error    `json:"error,omitempty"`
	Resp      Reference `json:"resp"`
}

// Identifier is schema Identifier and AuthConfirmIdentifier.
type Identifier struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Demographic is schema PatientDemographic.
type Demographic struct {
	Name        string      `json:"name"`
	Gender      string      `json:"gender"`
	DateOfBirth string      `json:"dateOfBirth"` // YYYY-MM-DD
	Identifier  *Identifier `json:"identifier,omitempty"`
}

// Credential is the payload of confirm: exactly one member is set.
type Credential struct {
	AuthCode    string       `json:"authCode,omitempty"`
	Demographic *Demographic `json:"demographic,omitempty"`
}

// ConfirmMessage is PatientAuthConfirmRequest.
type ConfirmMessage struct {
	RequestID     string     `json:"requestId"`
	Timestamp     string     `json:"timestamp"`
	TransactionID string     `json:"transactionId"`
	Credential    Credential `json:"credential"`
}

// Validity is schema AccessTokenValidity.
type Validity struct {
	Purpose   string    `json:"purpose"`
	Requester Requester `json:"requester"`
	Expiry    string    `json:"expiry"`
	Limit     int       `json:"limit"` // number of times that the token can be used
}

// Address is schema PatientAddress.
type Address struct {
	Line     string `json:"line,omitempty"`
	District string `json:"district,omitempty"`
	State    string `json:"state,omitempty"`
	Pincode  string `json:"pincode,omitempty"`
}

// Patient is schema PatientDemographicResponse.
type Patient struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Gender      string       `json:"gender"`
	YearOfBirth int          `json:"yearOfBirth"`
	Address     *Address     `json:"address,omitempty"`
	Identifiers []Identifier `json:"identifiers,omitempty"`
}

// GrantAuth is the payload of on-confirm.
type GrantAuth struct {
	AccessToken string    `json:"accessToken,omitempty"`
	Validity    *Validity `json:"validity,omitempty"`
	Patient     *Patient  `json:"patient,omitempty"`
}

// OnConfirmMessage is PatientAuthConfirmResponse.
type OnConfirmMessage struct {
	RequestID string     `json:"requestId"`
	Timestamp string     `json:"timestamp"`
	Auth      *GrantAuth `json:"auth,omitempty"`
	Error     *Error     `json:"error,omitempty"`
	Resp      Reference  `json:"resp"`
}

// NotifyAuth is the payload of notify.
type NotifyAuth struct {
	TransactionID string    `json:"transactionId"`
	Status        string    `json:"status"` // GRANTED or DENIED
	AccessToken   string    `json:"accessToken,omitempty"`
	Validity      *Validity `json:"validity,omitempty"`
	Patient       *Patient  `json:"patient,omitempty"`
}

// NotifyMessage is PatientAuthNotification. The document requires a top-level
// transactionId that its own properties and samples do not have; the one in
// auth is the real one.
type NotifyMessage struct {
	RequestID string      `json:"requestId"`
	Timestamp string      `json:"timestamp"`
	Auth      *NotifyAuth `json:"auth,omitempty"`
}

// Acknowledgement is the payload of on-notify.
type Acknowledgement struct {
	Status string `json:"status"` // OK
}

// OnNotifyMessage is PatientAuthNotificationAcknowledgement.
type OnNotifyMessage struct {
	RequestID       string           `json:"requestId"`
	Timestamp       string           `json:"timestamp"`
	Acknowledgement *Acknowledgement `json:"acknowledgement,omitempty"`
	Error           *Error           `json:"error,omitempty"`
	Resp            Reference        `json:"resp"`
}
