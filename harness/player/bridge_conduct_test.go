package player

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// text is the string at a pointer of what was said.
func (u utterance) text(pointer string) string {
	raw, _ := fixtures.Value(u.body, pointer)
	var text string
	_ = json.Unmarshal(raw, &text) // "" where there is none
	return text
}

// bridgeConducts are the conversations in which faults show that neither probes nor ordinary conversations show.
var bridgeConducts = map[string]func(*facility) bool{
	// What the gateway does not take
	"hot-loop-500":        func(f *facility) bool { return f.loops(500, 0, hotLoop) },
	"hot-loop-400":        func(f *facility) bool { return f.loops(400, 0, hotLoop) },
	"hot-loop-401":        func(f *facility) bool { return f.loops(401, 0, hotLoop) },
	"hot-loop-429":        func(f *facility) bool { return f.loops(429, 0, hotLoop) },
	"gives-up-on-401":     func(f *facility) bool { return f.loops(401, 1, 1) },
	"token-never-renewed": func(f *facility) bool { return f.loops(401, 0, 2) && f.sameHeader("Authorization") },
	"renewed-same-id":     func(f *facility) bool { return f.loops(401, 1, 2) && f.same("/requestId") },
	"retry-same-id":       func(f *facility) bool { return f.loops(500, 0, 3) && f.same("/requestId") && f.same("/timestamp") },
	"retry-same-time":     func(f *facility) bool { return f.loops(500, 0, 3) && !f.same("/requestId") && f.same("/timestamp") },
	"error-loop:init":     func(f *facility) bool { return f.insists(contract.Init) },
	"error-loop:confirm":  func(f *facility) bool { return f.insists(contract.Confirm) },
	"slow-gateway-given-up": func(f *facility) bool {
		f.scripted(contract.FetchModes, func(int, []byte) *ScriptedAnswer { return &ScriptedAnswer{Delay: 2 * time.Second} })
		f.begin(f.purpose(), contract.MobileOTP, hina.OTP, nil)
		return len(f.heard(contract.FetchModes, 1, patience)) == 1 && len(f.heard(contract.Init, 1, 3*time.Second)) == 0
	},
	"ack-after-follow-up": func(f *facility) bool {
		release := make(chan struct{})
		f.scripted(contract.Confirm, func(int, []byte) *ScriptedAnswer { <-release; return nil })
		on := f.asked(contract.Init)
		told := make(chan int, 1)
		go func() { told <- f.tell(on) }()
		f.heard(contract.Confirm, 1, patience)
		select {
		case <-told:
			close(release)
			return false
		case <-time.After(gwQuiet):
			close(release)
			return <-told == 202
		}
	},

	// Before confirm
	"init-after-error": func(f *facility) bool { return f.follows(f.failed(f.asked(contract.FetchModes)), contract.Init) },
	"mode-not-offered": func(f *facility) bool {
		return f.follows(f.with(f.asked(contract.FetchModes), "/auth/modes", `["DEMOGRAPHICS"]`), contract.Init)
	},
	"resp-unchecked": func(f *facility) bool { return f.follows(f.stranger(f.asked(contract.Init)), contract.Confirm) },
	"silence-locks-patient": func(f *facility) bool {
		f.asked(contract.FetchModes)
		f.begin(f.purpose(), contract.MobileOTP, hina.OTP, nil)
		return f.silent(contract.FetchModes, 1)
	},
	"latest-transaction":  (*facility).mixed,
	"singleton-session":   (*facility).mixed,
	"early-callback-500":  func(f *facility) bool { return f.early() == 500 },
	"early-callback-lost": func(f *facility) bool { return f.early() == 202 && f.silent(contract.Init, 0) },
	"late-callback-500": func(f *facility) bool {
		on := f.asked(contract.FetchModes)
		<-time.After(2 * impatience) // the fault is about time
		return f.tell(on) == 500
	},

	// confirm
	"confirm-after-error":      func(f *facility) bool { return f.follows(f.failed(f.asked(contract.Init)), contract.Confirm) },
	"confirm-after-error-anew": func(f *facility) bool { return f.follows(f.failed(f.asked(contract.Init)), contract.Confirm) },
	"confirm-before-on-init-anew": func(f *facility) bool {
		f.asked(contract.Init)
		return len(f.heard(contract.Confirm, 1, patience)) == 1
	},
	"confirm-before-on-init": func(f *facility) bool {
		f.asked(contract.Init)
		return len(f.heard(contract.Confirm, 1, patience)) == 1
	},
	"confirm-for-unknown": func(f *facility) bool { return f.follows(f.stranger(f.asked(contract.Init)), contract.Confirm) },
	"confirm-without-code": func(f *facility) bool {
		f.begin(f.purpose(), contract.MobileOTP, "", nil)
		return len(f.heard(contract.Confirm, 1, patience)) == 1
	},
	"confirm-again": func(f *facility) bool {
		on := f.asked(contract.Init)
		f.holding(contract.Confirm)
		f.tell(on)
		f.heard(contract.Confirm, 1, patience)
		f.tell(on)
		return len(f.heard(contract.Confirm, 2, patience)) == 2
	},
	"requested-mode-kept": (*facility).inOtherMode,
	"expiry-ignored":      func(f *facility) bool { return f.confirms(f.expiring(-time.Hour, true)) },
	"expiry-behind":       func(f *facility) bool { return f.confirms(f.expiring(-time.Hour, false)) },
	"expiry-as-indian":    func(f *facility) bool { f.tell(f.expiring(time.Hour, false)); return f.silent(contract.Confirm, 0) },
	"name-mangled": func(f *facility) bool {
		details := hinaIdentified
		details.Name = hina.Name
		f.begin(contract.KYC, contract.Demographics, "", &details)
		return strings.Contains(f.first(contract.Confirm).text("/credential/demographic/name"), "??")
	},
	"transaction-cut":        func(f *facility) bool { return !f.keeps(strings.Repeat("Txn.17/", 9)) },
	"transaction-lower-case": func(f *facility) bool { return !f.keeps("Txn.17-UPPER") },

	// The outcome
	"link-after-error": func(f *facility) bool { return f.follows(f.failed(f.asked(contract.Confirm)), AddContexts) },
	"link-with-nothing": func(f *facility) bool {
		return f.follows(f.with(f.asked(contract.Confirm), "/auth", `{}`), AddContexts)
	},
	"link-for-unknown": func(f *facility) bool { return f.follows(f.stranger(f.asked(contract.Confirm)), AddContexts) },
	"link-again": func(f *facility) bool {
		on := f.asked(contract.Confirm)
		f.tell(on)
		f.heard(AddContexts, 1, patience)
		f.tell(on)
		return len(f.heard(AddContexts, 2, patience)) == 2
	},
	"refused-confirm-as-success": func(f *facility) bool {
		f.answering(contract.Confirm, 400, 0)
		f.begin(contract.Link, contract.MobileOTP, hina.OTP, nil)
		return len(f.heard(AddContexts, 1, patience)) == 1
	},
	"expired-token-used": func(f *facility) bool {
		return f.follows(f.with(f.asked(contract.Confirm), "/auth/validity/expiry", `"2020-01-01T00:00:00.000Z"`), AddContexts)
	},
	"token-decoded": func(f *facility) bool { return !f.spends("a+b/c%2Fd.17") },
	"token-trimmed": func(f *facility) bool { return !f.spends("opaque.17==") },

	// notify
	"unknown-granted": func(f *facility) bool { return f.acknowledges(f.notify("nobody's", contract.Granted)) },
	"mediated-granted": func(f *facility) bool {
		return f.acknowledges(f.notify(f.transaction(contract.MobileOTP), contract.Granted))
	},
	"mediated-notify-500": func(f *facility) bool {
		return f.tell(f.notify(f.transaction(contract.MobileOTP), contract.Granted)) == 500
	},
	"granted-after-denied": func(f *facility) bool {
		id := f.transaction(contract.Direct)
		return f.acknowledges(f.notify(id, contract.Denied)) && f.acknowledges(f.notify(id, contract.Granted))
	},
	"granted-again": func(f *facility) bool {
		id := f.transaction(contract.Direct)
		for range 2 {
			if !f.acknowledges(f.notify(id, contract.Granted)) {
				return false
			}
		}
		return len(f.heard(AddContexts, 2, patience)) == 2
	},
	"expired-granted": func(f *facility) bool {
		on := f.with(f.expiring(-time.Hour, true), "/auth/mode", `"DIRECT"`)
		f.tell(on)
		return f.acknowledges(f.notify((<-f.opened).TransactionID, contract.Granted))
	},
	"repeated-unanswered": func(f *facility) bool {
		id := f.transaction(contract.Direct)
		return f.acknowledges(f.notify(id, contract.Denied)) && f.tell(f.notify(id, contract.Denied)) == 202 && f.silent(contract.OnNotify, 1)
	},
	"repeated-500:notify": func(f *facility) bool {
		id := f.transaction(contract.Direct)
		return f.acknowledges(f.notify(id, contract.Denied)) && f.tell(f.notify(id, contract.Denied)) == 500
	},
	"repeated-500:on-init":    func(f *facility) bool { on := f.asked(contract.Init); return f.tell(on) == 202 && f.tell(on) == 500 },
	"repeated-500:on-confirm": func(f *facility) bool { on := f.asked(contract.Confirm); return f.tell(on) == 202 && f.tell(on) == 500 },

	// Forms of a callback
	"uuid-case-sensitive:on-fetch-modes": func(f *facility) bool { return !f.follows(f.upper(f.asked(contract.FetchModes)), contract.Init) },
	"uuid-case-sensitive:on-init":        func(f *facility) bool { return !f.follows(f.upper(f.asked(contract.Init)), contract.Confirm) },
	"uuid-case-sensitive:on-confirm":     func(f *facility) bool { return !f.follows(f.upper(f.asked(contract.Confirm)), AddContexts) },
	"null-error-as-failure:on-fetch-modes": func(f *facility) bool {
		return !f.follows(f.with(f.asked(contract.FetchModes), "/error", "null"), contract.Init)
	},
	"null-error-as-failure:on-init": func(f *facility) bool {
		return !f.follows(f.with(f.asked(contract.Init), "/error", "null"), contract.Confirm)
	},
	"null-error-as-failure:on-confirm": func(f *facility) bool {
		return !f.follows(f.with(f.asked(contract.Confirm), "/error", "null"), AddContexts)
	},
}

// purpose is one for which the bridge may ask and be granted an access token where it may.
func (f *facility) purpose() string {
	if f.role == contract.HIU {
		return contract.KYC
	}
	return contract.Link
}

// asked begins a conversation by OTP, holds it at the message of that endpoint, and gives what the hub would answer to it.
func (f *facility) asked(endpoint string) Outgoing {
	f.t.Helper()
	f.holding(endpoint)
	f.begin(f.purpose(), contract.MobileOTP, hina.OTP, nil)
	return f.reply(f.first(endpoint))
}

// first waits for the first message to an endpoint.
func (f *facility) first(endpoint string) utterance {
	f.t.Helper()
	said := f.heard(endpoint, 1, patience)
	if len(said) == 0 {
		f.t.Fatalf("no %s came", endpoint)
	}
	return said[0]
}

// follows sends a message and says whether one to that endpoint follows from it.
func (f *facility) follows(out Outgoing, endpoint string) bool {
	f.t.Helper()
	f.tell(out)
	return !f.silent(endpoint, 0)
}

// confirms is follows for an on-init and the confirm that it may bring.
func (f *facility) confirms(on Outgoing) bool { f.t.Helper(); return f.follows(on, contract.Confirm) }

// failed is a callback that tells an error; stranger one that answers nothing; upper one whose resp is in upper case.
func (f *facility) failed(out Outgoing) Outgoing {
	return f.with(f.with(out, "/auth", ""), "/error", `{"code":1408,"message":"m"}`)
}

func (f *facility) stranger(out Outgoing) Outgoing {
	return f.with(out, "/resp/requestId", `"`+NewRequestID()+`"`)
}

func (f *facility) upper(out Outgoing) Outgoing {
	raw, _ := fixtures.Value(out.Body, "/resp/requestId")
	return f.with(out, "/resp/requestId", string(bytes.ToUpper(raw)))
}

// expiring is an on-init whose session ends at some time from now, with or without a zone.
func (f *facility) expiring(in time.Duration, zone bool) Outgoing {
	at := Timestamp(time.Now().Add(in))
	if !zone {
		at = strings.TrimSuffix(at, "Z")
	}
	return f.with(f.asked(contract.Init), "/auth/meta/expiry", `"`+at+`"`)
}

// loops makes the hub answer fetch-modes with a status, the first ones or all, and says whether that many come.
func (f *facility) loops(status, first, want int) bool {
	f.answering(contract.FetchModes, status, first)
	f.begin(f.purpose(), contract.MobileOTP, hina.OTP, nil)
	return len(f.heard(contract.FetchModes, want, patience)) == want && f.silent(contract.FetchModes, want)
}

// insists says whether the bridge asks once more after a callback with an error.
func (f *facility) insists(endpoint string) bool {
	f.tell(f.failed(f.asked(endpoint)))
	return len(f.heard(endpoint, 2, patience)) == 2
}

// same says whether all fetch-modes say the same at a pointer; sameHeader, whether they have the same header.
func (f *facility) same(pointer string) bool {
	return f.alike(func(u utterance) string { return u.text(pointer) })
}

func (f *facility) sameHeader(name string) bool {
	return f.alike(func(u utterance) string { return u.header.Get(name) })
}

func (f *facility) alike(of func(utterance) string) bool {
	said := f.heard(contract.FetchModes, 0, 0)
	for _, u := range said {
		if of(u) != of(said[0]) {
			return false
		}
	}
	return true
}

// mixed holds two conversations with one patient at once and says whether both confirm the same transaction.
func (f *facility) mixed() bool {
	f.holding(contract.Init, contract.Confirm)
	for range 2 {
		f.begin(f.purpose(), contract.MobileOTP, hina.OTP, nil)
	}
	for _, asked := range f.heard(contract.Init, 2, patience) {
		f.tell(f.reply(asked))
	}
	confirms := f.heard(contract.Confirm, 2, patience)
	return len(confirms) == 2 && confirms[0].text("/transactionId") == confirms[1].text("/transactionId")
}

// early sends on-fetch-modes before the hub has answered the fetch-modes itself, and gives the status.
func (f *facility) early() int {
	status := make(chan int, 1)
	f.holding(contract.FetchModes)
	f.scripted(contract.FetchModes, func(_ int, body []byte) *ScriptedAnswer {
		status <- f.tell(f.reply(utterance{endpoint: contract.FetchModes, body: body}))
		return nil
	})
	f.begin(f.purpose(), contract.MobileOTP, hina.OTP, nil)
	return <-status
}

// inOtherMode says whether the bridge sends a code where on-init asks for demographic details.
func (f *facility) inOtherMode() bool {
	f.holding(contract.Init)
	f.begin(f.purpose(), contract.MobileOTP, hina.OTP, &hinaIdentified)
	f.tell(f.with(f.reply(f.first(contract.Init)), "/auth/mode", `"DEMOGRAPHICS"`))
	return f.first(contract.Confirm).text("/credential/authCode") != ""
}

// keeps says whether the bridge confirms a transaction as it is written.
func (f *facility) keeps(transaction string) bool {
	f.tell(f.with(f.asked(contract.Init), "/auth/transactionId", `"`+transaction+`"`))
	return f.first(contract.Confirm).text("/transactionId") == transaction
}

// spends says whether the bridge links with an access token as it is written.
func (f *facility) spends(token string) bool {
	f.tell(f.with(f.asked(contract.Confirm), "/auth/accessToken", `"`+token+`"`))
	return f.first(AddContexts).text("/link/accessToken") == token
}

// transaction is one that an on-init has just opened in a mode.
func (f *facility) transaction(mode string) string {
	f.holding(contract.Confirm)
	f.begin(f.purpose(), mode, hina.OTP, nil)
	return (<-f.opened).TransactionID
}

// notify is a notify of a transaction, as it stands, whatever the consent manager knows of it.
func (f *facility) notify(transaction, status string) Outgoing {
	id, now := f.app.stamp()
	auth := &contract.NotifyAuth{TransactionID: transaction, Status: status}
	if status == contract.Granted {
		auth.AccessToken = "granted.for." + transaction
	}
	return Compose(contract.Notify, f.role, "bridge-1", contract.NotifyMessage{RequestID: id, Timestamp: now, Auth: auth})
}

// acknowledges says whether the bridge answers a notify with an acknowledgement.
func (f *facility) acknowledges(notify Outgoing) bool {
	before := len(f.heard(contract.OnNotify, 0, 0))
	f.tell(notify)
	answers := f.heard(contract.OnNotify, before+1, patience)
	return len(answers) > before && answers[before].text("/acknowledgement/status") == "OK"
}
