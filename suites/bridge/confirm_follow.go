package bridge

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// noConfirm judges that no confirm followed the first answer that the subject was given.
func noConfirm(expected, hint string) func(c *suites.C) {
	return func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			if len(f.SentTo(contract.OnInit))+len(f.SentTo(contract.OnFetchModes)) == 0 {
				c.Blocked(f, "")
				return
			}
			c.Judged(1)
			for _, x := range slices.Concat(of(f, contract.Confirm), guesses(c, f)) {
				c.Find(suites.Finding{Expected: expected, Received: "confirm (" + x.ID + ")", Exchange: x.ID, Hint: hint})
			}
		})
	}
}

// guesses are the confirms that name no transaction of any conversation and carry the code of the patient of this flow,
// where no patient of another flow has that code.
func guesses(c *suites.C, f *suites.Flow) []*journal.Exchange {
	code := entered(f, "/authCode")
	all := slices.DeleteFunc(slices.Clone(c.Orphans()), func(x *journal.Exchange) bool {
		return code == "" || x.Endpoint != contract.Confirm || suites.Text(x, "/credential/authCode") != code
	})
	if len(all) > 0 && slices.ContainsFunc(c.Others(begun), func(other *suites.Flow) bool { return other != f && entered(other, "/authCode") == code }) {
		return nil
	}
	return all
}

// details judges the demographic details of a confirm.
func details(c *suites.C, f *suites.Flow, x *journal.Exchange) {
	const hint = "Send name, gender (M, F, O or U) and dateOfBirth (YYYY-MM-DD) as the patient gave them."
	judgeBelow(c, x, "/credential/demographic", "/credential/demographic/identifier", hint)
	for _, member := range []string{"/name", "/gender", "/dateOfBirth"} {
		compareEntered(c, f, x, "/credential/demographic"+member, "/demographic"+member, hint)
	}
}

// entersFirst judges that no confirm came before the patient had entered the code.
func entersFirst(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		if len(f.SentTo(contract.OnInit)) == 0 { // perhaps a subject that begins only with a code: one of these suffices
			return
		}
		c.Judged(1)
		from := since(f)
		for _, x := range of(f, contract.Confirm) {
			if from == 0 || x.Times.RequestFirst < from {
				c.Find(suites.Finding{Expected: "no confirm before the patient has entered the code", Received: "confirm (" + x.ID + ")", Exchange: x.ID,
					Hint: "Wait for the person: on-init only says that a code is on its way to the patient."})
			}
		}
	})
}

// lately are those exchanges that began when what is judged in a flow had begun.
func lately(f *suites.Flow, all []*journal.Exchange) []*journal.Exchange {
	from := since(f)
	return slices.DeleteFunc(slices.Clone(all), func(x *journal.Exchange) bool { return x.Times.RequestFirst < from })
}

// since is the moment from which on a flow is judged, 0 for none.
func since(f *suites.Flow) time.Duration {
	from, err := time.ParseDuration(f.Note(scenario.NoteFrom))
	if err != nil {
		return 0
	}
	return from
}

// followsMode judges that the confirm carries what the mode of on-init asks for, and not what the subject had asked for.
func followsMode(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		want, other := "/credential/authCode", "/credential/demographic"
		if f.Note(scenario.NoteGiven) == contract.Demographics {
			want, other = other, want
		}
		const hint = "Look at auth.mode of on-init: it says what confirm must carry, whatever mode init had asked for."
		expected := "confirm with " + strings.TrimPrefix(want, "/credential/") + ", for on-init names " + f.Note(scenario.NoteGiven)
		for _, x := range came(c, f, contract.Confirm, expected, hint) {
			c.Judged(1)
			if !given(x, want) || given(x, other) && suites.Text(x, other) != "" {
				c.Find(suites.Finding{Pointer: "/credential", Expected: expected, Received: shown(x, "/credential"), Exchange: x.ID, Hint: hint})
			}
		}
	})
}

// confirmsOnce judges that a transaction is confirmed once though its on-init comes twice, and that the second is survived.
func confirmsOnce(c *suites.C) {
	const hint = "Take the second on-init for what it is: acknowledge it, and do nothing that the first has brought about."
	c.Each(func(f *suites.Flow) {
		all := came(c, f, contract.Confirm, "one confirm", hint)
		if len(all) > 1 {
			c.Judged(1)
			c.Find(suites.Finding{Expected: "one confirm", Received: strconv.Itoa(len(all)) + " of them", Exchange: all[1].ID, Hint: hint}, suites.Copies(all)...)
		}
		survives(c, f, scenario.StepCopy, hint)
	})
}

// survives judges that the subject answers what was sent under a step, and not with a 5xx.
func survives(c *suites.C, f *suites.Flow, step, hint string) {
	for _, x := range f.Exchanges {
		if x.Direction != journal.Sent || x.Step != step {
			continue
		}
		c.Judged(1)
		if suites.Status(x) == 0 || suites.Status(x) >= 500 {
			c.Find(suites.Finding{Expected: "an answer below 500", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
		}
	}
}

// survivesDeployed judges that the subject survives an error callback without timestamp and with a foreign id, and that the conversation ends.
func survivesDeployed(c *suites.C) {
	const hint = "Take an error callback of the gateway for an error by its error and resp.requestId, or refuse it with a 4xx; go on with nothing."
	next := map[string]string{contract.OnFetchModes: contract.Init, contract.OnInit: contract.Confirm}
	c.Each(func(f *suites.Flow) {
		endpoint := f.Note(scenario.NoteEndpoint)
		failed := first(lately(f, f.SentTo(endpoint)))
		if failed == nil {
			c.Blocked(f, "")
			return
		}
		survives(c, f, endpoint, hint)
		if next[endpoint] == "" { // what is linked then is judged by AUTH-OCONF-011
			return
		}
		for _, x := range after(failed, of(f, next[endpoint])) {
			c.Find(suites.Finding{Expected: "nothing that follows from it", Received: x.Endpoint + " (" + x.ID + ")", Exchange: x.ID, Hint: hint})
		}
	})
}
