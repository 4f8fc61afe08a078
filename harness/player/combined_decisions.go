package player

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// decision commits the faults in a notify.
func (f *insideFaults) decision(auth map[string]any) {
	denied := auth["status"] == contract.Denied
	switch {
	case auth == nil:
	case f.has("transaction-counted"):
		auth["transactionId"] = f.counterOf(auth["transactionId"])
	case f.has("notify-granted"):
		auth["status"] = contract.Granted
	case f.has("notify-patient") && !denied && auth["patient"] == nil:
		auth["patient"] = f.account("").patient()
	case f.has("denied-token") && denied:
		auth["accessToken"] = NewRequestID()
	}
}

// beside sends what a fault sends beside a message to a bridge, before it.
func (f *insideFaults) beside(next http.RoundTripper, message *http.Request, endpoint string, body []byte) {
	switch {
	case endpoint == contract.Notify && f.has("notify-twice"):
	case endpoint == contract.OnConfirm && f.has("notify-unasked") && bytes.Contains(body, []byte(`"accessToken"`)):
		body = edited(body, func(m map[string]any) {
			auth, _ := m["auth"].(map[string]any)
			auth["transactionId"], auth["status"] = f.latest(), contract.Granted
			delete(m, "resp")
		})
	default:
		return
	}
	body = edited(body, func(m map[string]any) {
		m["requestId"], m["timestamp"] = NewRequestID(), Timestamp(time.Now())
	})
	out := message.Clone(message.Context())
	out.URL.Path = strings.Replace(out.URL.Path, contract.MustEndpoint(endpoint).Path, contract.MustEndpoint(contract.Notify).Path, 1)
	out.Body, out.ContentLength, out.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	if response, err := next.RoundTrip(out); err == nil {
		_ = response.Body.Close()
	}
}

// count gives a transaction of the CM the next number.
func (f *insideFaults) count(transaction any) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	number := fmt.Sprintf("%06d", 1000+len(f.counted))
	f.counted[number], _ = transaction.(string)
	return number
}

// counterOf is the number that a transaction of the CM was given.
func (f *insideFaults) counterOf(transaction any) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	for number, known := range f.counted {
		if known == transaction {
			return number
		}
	}
	return transaction
}

// decoded puts the CM's own transaction in the place of its number, and remembers which was confirmed.
func (f *insideFaults) decoded(m map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	number, confirms := m["transactionId"].(string)
	if f.counted[number] != "" {
		m["transactionId"] = f.counted[number]
	}
	if confirms {
		f.confirmed = number
	}
}

// latest is the transaction of the latest confirm.
func (f *insideFaults) latest() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.confirmed
}

// triedBefore says whether a code has come for a transaction before.
func (f *insideFaults) triedBefore(transaction string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.tried[transaction]
	f.tried[transaction] = true
	return before
}
