package scenario

import (
	"context"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// talk is a conversation that the subject is made to begin, as data: what it is asked, and in what our side is unusual.
type talk struct {
	action        string // "" for player.ActionFlow
	stranger      bool   // about a patient whom nobody knows
	purpose, mode string // purpose "" for the declared one with the most members, mode "" for the first mediated one that is declared
	// given is the mode that on-init names, "" for the one asked for.
	given string
	// code is the right code of the patient, "" for the plain one.
	code string
	// name is the name of the patient, "" for the plain one.
	name string
	// enters is what the patient enters; nil for the right credential of the mode.
	enters func(player.Account) contract.Credential
	// says is how a message of ours differs from what the hub would send, by its endpoint.
	says map[string]saying
	// meets is what our gateway answers to a message of the subject, by its endpoint.
	meets map[string]meeting
	// last is the endpoint of the last message that is played, ours or the subject's: what may follow it comes in the
	// quiet window. "" for a whole conversation, lastFirst for the answer to whatever the subject begins with.
	last string
	// regrants says that an authentication of the same patient has been granted before. What comes before NoteFrom belongs to that.
	regrants bool
	// spends says that it is about the access token, which only a HIP is given and spends.
	spends bool
	// hesitates says that the patient enters nothing for the length of a quiet window (needs hooks.enter).
	hesitates bool
	// denied says that the patient denies; unlinked that nothing may be linked at the end.
	denied, unlinked bool
	// then is played between the last message and the quiet window.
	then func(ctx context.Context, c *course) error
}

// saying is how we send a message.
type saying struct {
	change change                            // what is different about it; nil for nothing
	after  func(config.Timing) time.Duration // how long it is held back; nil for not at all
	// early sends it before our gateway has answered what it answers.
	early bool
	// again are copies that follow it: CopySame or CopyNew.
	again []string
	// unsent leaves it out, and refusable says that the subject may as well refuse it.
	unsent, refusable bool
}

// lastFirst ends a talk with the answer to whatever the subject begins with.
const lastFirst = "first"

// Copies of a message.
const (
	CopySame = "same-id" // the message as it was
	CopyNew  = "new-id"  // the same with a fresh requestId
)

// StepCopy is the step of a message that is sent once more.
const StepCopy = "copy"

// meeting is what our gateway answers to a message of the subject.
type meeting struct {
	answer player.ScriptedAnswer
	// once gives this answer to the first message only.
	once bool
}

// course is a talk while it is played.
type course struct {
	talk
	*Stage
	auth  *contract.InitAuth // what our on-init says, or would say
	early map[string]*overtaken
	// asked is the last message of the subject that was waited for. canon is the last message of ours as the hub composed
	// it, and draft as it was sent or would have been.
	asked        *journal.Observed
	canon, draft Draft
}

// play makes the subject begin, goes with it through the conversation, and watches what follows.
func (t talk) play(ctx context.Context, s *Stage) error {
	defer func() { // a subject that tries again and again comes to an end
		for endpoint := range t.meets {
			s.answerAgain(contract.Gateway, endpoint)
		}
	}()
	if err := t.hold(ctx, s); err != nil {
		return err
	}
	return s.Quiet(ctx)
}

// hold is play without the quiet window.
func (t talk) hold(ctx context.Context, s *Stage) error {
	if t.regrants {
		if err := (talk{mode: t.mode, purpose: t.purpose, spends: t.spends}).hold(ctx, s); err != nil {
			return err
		}
		s.startAfresh()
		s.NoteNow(NoteFrom)
	}
	c := &course{talk: t, Stage: s, early: map[string]*overtaken{}}
	if err := c.settle(); err != nil {
		return err
	}
	if err := c.converse(ctx); err != nil {
		return err
	}
	if t.then != nil {
		return t.then(ctx, c)
	}
	return nil
}
