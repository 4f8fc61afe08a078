package journal

import "time"

// Conditions are the circumstances of a run that no exchange tells: they are recorded once, when all has been played.
type Conditions struct {
	// OS, Arch and Go are of the suite's own binary, as the Go toolchain names them ("linux", "amd64", "go1.26").
	OS   string `json:"os"`
	Arch string `json:"arch"`
	Go   string `json:"go"`
	// Concurrency is the most requests that were in flight at once, and Rate the most that were begun in a second, 0 for no limit.
	Concurrency int     `json:"concurrency"`
	Rate        float64 `json:"rate,omitempty"`
	// Addresses are the network addresses to which connections to the subject led, sorted; those of a proxy where one stands between.
	Addresses []string `json:"addresses,omitempty"`
	// TLS is how the first of these connections was secured; nil where none was.
	TLS *TLS `json:"tls,omitempty"`
}

// TLS is how a connection to the subject was secured.
type TLS struct {
	Version string `json:"version"` // such as "TLS 1.3"
	Cipher  string `json:"cipher"`  // the cipher suite, as RFC 8446 names it
	// Issuer is the distinguished name of the authority that signed the subject's certificate, and Expires its last moment.
	Issuer  string    `json:"issuer"`
	Expires time.Time `json:"expires"`
}

// KeepConditions records the circumstances of the run. What the subject's certificate says passes through the redactor.
func (j *Journal) KeepConditions(c Conditions) error {
	if c.TLS != nil {
		secured := *c.TLS
		secured.Issuer = j.redactor.Text(secured.Issuer)
		c.TLS = &secured
	}
	return j.write(record{Record: "conditions", Conditions: &c})
}
