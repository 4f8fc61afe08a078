package bridge

import (
	"fmt"
	"slices"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

func (s specs) addressing() {
	for _, one := range []struct{ id, endpoint string }{
		{"AUTH-OFM-017", contract.OnFetchModes}, {"AUTH-OINIT-016", contract.OnInit}, {"AUTH-OCONF-020", contract.OnConfirm}, {"AUTH-NTF-023", contract.Notify},
	} {
		own := s.role.Header()
		for _, kind := range []struct{ name, text string }{{"other-id", "for another " + s.role.RequesterType()}, {"other-kind", "that is not for a " + s.role.RequesterType()}, {"missing", "for nobody"}} {
			s.It("does not process "+a(one.endpoint)+" "+kind.text+" as its own", one.id, "address/"+kind.name+"/"+one.endpoint, elsewhere(
				fmt.Sprintf("Compare %s with your own id, and answer 400 where it is missing or another.", own)))
		}
		s.It("survives "+a(one.endpoint)+" for a HIP and a HIU at once", one.id, "address/both/"+one.endpoint,
			unharmed("Only one of X-HIP-ID and X-HIU-ID is ever sent: answer 400 to both."))
	}
}

// elsewhere judges that a valid message for somebody else is refused, or has no effect where that can be seen.
func elsewhere(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			if alike(c, f, x) {
				return
			}
			effects := slices.Concat(effects(c, f, x), acknowledgements(f, x))
			if suites.Accepted(x) && len(effects) == 0 && !shows(c, x) {
				c.Lacking(needsStart + ", and goes on with by itself after the canonical " + x.Endpoint)
				return
			}
			survived(c, f, x, hint)
			for _, e := range effects {
				c.Find(suites.Finding{Expected: "nothing that follows from it", Received: fmt.Sprintf("%s, and was taken for its own: %s (%s) followed", suites.Answered(x), name(e), e.ID), Exchange: x.ID, Hint: hint})
			}
		})
	}
}

// shows says whether it can be seen that the subject takes a message of that endpoint in: it then sends what follows from the canonical one.
func shows(c *suites.C, x *journal.Exchange) bool {
	base, like := canonical(c, x.Endpoint)
	if like == nil || base.Note(scenario.NoteFollows) == "" {
		return false
	}
	return len(sent(base, like, base.Note(scenario.NoteFollows))) > 0
}
