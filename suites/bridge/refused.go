package bridge

import (
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// alike says, and notes, that a message is answered as the canonical one is, by a status that blames something else: then
// nothing shows what the subject makes of what is unusual about it.
func alike(c *suites.C, f *suites.Flow, x *journal.Exchange) bool {
	base, like := canonical(c, x.Endpoint)
	if like == nil || base == f || suites.Accepted(like) || suites.Refused(like) || suites.Status(like) != suites.Status(x) {
		return false
	}
	c.Blocked(f, canonicalNot(like))
	return true
}

// refused judges that a wrong message is refused with a 4xx and has no effect. The contract leaves open which hop validates,
// but a bridge is the last one: an error that it tells later does not do.
func refused(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			if !alike(c, f, x) {
				refusal(c, f, x, hint)
			}
		})
	}
}

func refusal(c *suites.C, f *suites.Flow, x *journal.Exchange, hint string) {
	c.Judged(1)
	pointer := f.Note(scenario.NotePointer)
	uncaring := func(suites.Finding) bool { // of an answer the deployed network looks at neither
		return suites.Accepted(x) && x.Endpoint != contract.Notify && (pointer == "/requestId" || pointer == "/timestamp")
	}
	c.Tolerating("D19", uncaring, func() {
		if !suites.Refused(x) {
			c.Find(suites.Finding{Pointer: pointer, Expected: "400", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
		}
	})
	ineffective(c, f, x, hint)
}

// survived judges that the subject answers a message at all, and not with a 5xx.
func survived(c *suites.C, f *suites.Flow, x *journal.Exchange, hint string) {
	c.Judged(1)
	if suites.Status(x) == 0 || suites.Status(x) >= 500 {
		c.Find(suites.Finding{Pointer: f.Note(scenario.NotePointer), Expected: "an answer below 500", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
	}
}

// unharmed judges that a strange message does not break the subject.
func unharmed(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			if !alike(c, f, x) {
				survived(c, f, x, hint)
			}
		})
	}
}

// harmless judges that a message that answers nothing, or says nothing, neither breaks the subject nor has an effect. Any
// status below 500 is right. Unasked, the canonical message answers nothing either.
func harmless(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			if f.Name == withoutAnswer { // it is for comparison
				return
			}
			x := c.Sent(f, scenario.StepProbe)
			if x == nil || solicited(f) && alike(c, f, x) {
				return
			}
			survived(c, f, x, hint)
			ineffective(c, f, x, hint)
		})
	}
}
