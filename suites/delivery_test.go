package suites

import (
	"fmt"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

const conversation = "flow/hip/mobile-otp/link/granted"

// routed lets the check judge the delivery of every message of the endpoint in the conversation.
func routed(r *recording, endpoint string) *C {
	return r.check("flow/...", func(c *C) {
		c.Each(func(f *Flow) {
			for _, route := range c.Routes(f, endpoint) {
				c.Delivery(route, "Send it once.")
			}
		})
	})
}

func TestDelivery(t *testing.T) {
	to := func(player contract.Role, endpoint string) func(r *recording) {
		return func(r *recording) { r.received(conversation, player, endpoint, initBody) }
	}
	for name, row := range map[string]struct {
		deliveries []func(r *recording)
		found      []string
	}{
		"once":                    {[]func(*recording){to(contract.CM, contract.Init)}, nil},
		"twice":                   {[]func(*recording){to(contract.CM, contract.Init), to(contract.CM, contract.Init)}, []string{"duplicate: 2 times (e2, e3)"}},
		"to another party":        {[]func(*recording){to(contract.HIU, contract.Init)}, []string{"misrouted: it reached our hiu at /cm/v0.5/users/auth/init (e2)"}},
		"to both parties":         {[]func(*recording){to(contract.CM, contract.Init), to(contract.HIU, contract.Init)}, []string{"broadcast: it reached our hiu"}},
		"to no player's path":     {[]func(*recording){to("", contract.Init)}, []string{"misrouted: it reached a path where no player is"}},
		"never":                   {nil, []string{"nothing within 10s. Nothing that resembles it arrived anywhere: the subject has to send it, to the URL under which it knows our cm."}},
		"never, but its callback": {[]func(*recording){to(contract.HIP, contract.OnInit)}, []string{"nothing within 10s. Nothing that resembles it"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording().scenario(conversation, journal.Played)
			r.sent(conversation, "init", contract.HIP, contract.Init, 202, initBody)
			for _, deliver := range row.deliveries {
				deliver(r)
			}
			c := routed(r, contract.Init)
			wantFindings(t, c, row.found...)
			for _, f := range c.findings {
				if f.Expected != "init delivered once to our cm" || f.Hint != "Send it once." || f.Exchange == "" {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}

func TestDeliveryOfACallbackGoesToTheBridgeThatAsked(t *testing.T) {
	r := newRecording().scenario(conversation, journal.Played)
	r.sent(conversation, "", contract.CM, contract.OnConfirm, 202, `{"auth":{"accessToken":"a"}}`)
	r.received(conversation, contract.HIP, contract.OnConfirm, `{"auth":{"accessToken":"a"}}`)
	wantFindings(t, routed(r, contract.OnConfirm))

	r = newRecording().scenario(conversation, journal.Played)
	r.sent(conversation, "", contract.CM, contract.OnConfirm, 202, `{"auth":{"accessToken":"a"}}`)
	r.received(conversation, contract.HIP, contract.OnInit, `{"auth":{"accessToken":"a"}}`)
	wantFindings(t, routed(r, contract.OnConfirm), "swapped: it reached our hip")
}

func TestDeliveryIsNotJudgedWhereTheMessageWasRefused(t *testing.T) {
	use(t, levels()...)
	r := newRecording().scenario(conversation, journal.Played)
	r.sent(conversation, "init", contract.HIP, contract.Init, 400, initBody)
	if got := routed(r, contract.Init).result(); got.Verdict != Inconclusive || got.Judged != 0 {
		t.Errorf("%s after %d judged, want inconclusive", got.Verdict, got.Judged)
	}
}

func TestNearMisses(t *testing.T) {
	r := newRecording().scenario(conversation, journal.Played)
	r.received("", contract.HIP, contract.OnInit, `{"resp":{"requestId":"early"}}`) // before the message was sent
	r.sent(conversation, "", contract.CM, contract.OnInit, 202, goodCallback)
	r.received("", contract.HIU, contract.Notify, `{}`) // of another kind
	orphan := r.received("", contract.HIP, contract.OnInit, `{"resp":{"requestId":"4711"}}`)
	orphan.Request.URL = "/hip/v0.5/users/auth/on-init"
	nowhere := r.received("", "", "", `{}`)
	nowhere.Request.URL = "/v0.5/users/auth/on-init"
	wantFindings(t, routed(r, contract.OnInit), "nothing within 10s. Near misses: "+
		`e4 /hip/v0.5/users/auth/on-init reached our hip but holds no id of this conversation (resp.requestId "4711"); `+
		`e5 /v0.5/users/auth/on-init reached no player but holds no id of this conversation (resp.requestId "").`)

	for i := range 9 {
		r.received("", contract.HIP, contract.OnInit, fmt.Sprintf(`{"resp":{"requestId":"%d"}}`, i))
	}
	wantFindings(t, routed(r, contract.OnInit), "and 8 more.")
}

func TestUnchanged(t *testing.T) {
	for name, row := range map[string]struct {
		sent, delivered string
		pointers        []string
	}{
		"equal":            {`{"query":{"id":"a","purpose":"KYC"}}`, `{"query":{ "purpose":"KYC", "id":"a" },"requestId":"other"}`, nil},
		"a member changed": {`{"query":{"id":"a","purpose":"KYC"}}`, `{"query":{"id":"a","purpose":"LINK"}}`, []string{"/query/purpose"}},
		"a member dropped": {`{"query":{"id":"a","x":1}}`, `{"query":{"id":"a"}}`, []string{"/query/x"}},
		"a member added":   {`{"query":{"id":"a"}}`, `{"query":{"id":"a","x":1}}`, []string{"/query/x"}},
		"all dropped":      {`{"query":{"id":"a"}}`, `{}`, []string{"/query"}},
		"neither has it":   {`{}`, `{}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording().scenario(conversation, journal.Played)
			r.sent(conversation, "init", contract.HIP, contract.Init, 202, row.sent)
			r.received(conversation, contract.CM, contract.Init, row.delivered)
			c := r.check("flow/...", func(c *C) {
				c.Each(func(f *Flow) {
					for _, route := range c.Routes(f, contract.Init) {
						c.Unchanged(route, "/query", "Pass it on.")
					}
				})
			})
			var got []string
			for _, f := range c.findings {
				got = append(got, f.Pointer)
				if f.Exchange != "e2" || f.Hint != "Pass it on." {
					t.Errorf("finding %+v", f)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(row.pointers) || c.judged != 1 {
				t.Errorf("differences at %v after %d judged, want %v", got, c.judged, row.pointers)
			}
		})
	}
}
