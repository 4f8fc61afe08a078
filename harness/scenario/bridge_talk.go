package scenario

import (
	"context"
	"slices"
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

// settle chooses what the talk leaves open, and prepares our side.
func (c *course) settle() error {
	if c.action == "" {
		c.action = player.ActionFlow
	}
	switch purposes := c.net.cfg.Subject.Purposes; {
	case c.purpose != "":
	case c.spends && !slices.Contains(purposes, contract.KYCAndLink):
		c.purpose = contract.Link
	default:
		c.purpose = richest(purposes, c.subjectRole())
	}
	if c.mode == "" {
		mode, ok := c.declaredMode(contract.Confirm)
		if !ok {
			return &notApplicableError{"subject.modes lists no mode in which confirm is sent"}
		}
		c.mode = mode
	}
	if c.given == "" {
		c.given = c.mode
	}
	if !slices.Contains(c.net.cfg.Subject.Modes, c.given) {
		return &notApplicableError{"subject.modes does not list " + c.given}
	}
	c.Note(NoteGiven, c.given)
	if c.code != "" {
		c.Account.OTP = c.code
		c.Hub().AddAccount(c.Account)
	}
	for _, asks := range []string{contract.FetchModes, contract.Init, contract.Confirm} {
		c.Hold(asks)
		if c.says[contract.MustEndpoint(asks).Callback].early {
			c.overtake(asks)
		}
	}
	for endpoint, m := range c.meets {
		c.meet(endpoint, m)
	}
	return nil
}

// told is what the start hook is told.
func (c *course) told() action {
	a := action{name: c.action, purpose: c.purpose, mode: c.mode, credential: credentialOf(c.Account, c.mode)}
	switch {
	case c.enters != nil:
		a.credential = c.enters(c.Account)
	case c.given != c.mode: // it has what either needs
		a.credential = contract.Credential{AuthCode: c.Account.OTP, Demographic: demographic(c.Account).Demographic}
	}
	if c.stranger {
		a.patient = c.UnknownPatient()
	}
	return a
}

// converse plays the messages of the conversation, up to the last.
func (c *course) converse(ctx context.Context) error {
	a := c.told()
	first, err := c.begin(ctx, a)
	if err != nil {
		return err
	}
	questions, err := c.questions(first)
	if err != nil {
		return err
	}
	for _, asks := range questions {
		if c.over(asks) {
			c.asked, err = c.met(ctx, asks)
			return err
		}
		if err := c.answer(ctx, asks); err != nil {
			return err
		}
		if c.over(contract.MustEndpoint(asks).Callback) || c.over(lastFirst) {
			return nil
		}
		if asks == contract.Init && c.given != contract.Direct {
			if err := c.hesitate(ctx); err != nil {
				return err
			}
			if err := c.give(ctx, c.transaction(), a.credential); err != nil {
				return err
			}
		}
	}
	switch {
	case c.auth == nil: // it was asked for the modes only
		return nil
	case c.given == contract.Direct:
		if err := c.decide(ctx); err != nil {
			return err
		}
	}
	if c.last != "" || c.denied || c.unlinked || !c.links(c.noted(NotePurpose)) {
		return nil
	}
	return c.awaitLink(ctx)
}

// hesitate lets the quiet window pass before the patient enters anything, where the talk has it so.
func (c *course) hesitate(ctx context.Context) error {
	if !c.hesitates {
		return nil
	}
	if err := c.pause(ctx, c.Timing().Quiet); err != nil {
		return err
	}
	c.NoteNow(NoteFrom)
	return nil
}

// questions are the messages of the subject that a callback answers, in their order.
func (c *course) questions(first *journal.Observed) ([]string, error) {
	var all []string
	if first.Exchange.Endpoint == contract.FetchModes {
		all = append(all, contract.FetchModes)
	} else if c.aboutModes() {
		return nil, &notApplicableError{"the subject opens a session without asking for the modes: it sends no fetch-modes when it is told action " + c.action}
	}
	if c.action == player.ActionFetchModes {
		return all, nil
	}
	all = append(all, contract.Init)
	if c.given != contract.Direct && c.action != player.ActionInit {
		all = append(all, contract.Confirm)
	}
	return all, nil
}

// aboutModes says whether the talk is about fetch-modes or on-fetch-modes.
func (c *course) aboutModes() bool {
	_, said := c.says[contract.OnFetchModes]
	_, met := c.meets[contract.FetchModes]
	return said || met || c.action == player.ActionFetchModes
}

// over says whether the talk ends with that message.
func (c *course) over(endpoint string) bool { return c.last == endpoint }

// answer waits for a message of the subject and sends what answers it.
func (c *course) answer(ctx context.Context, asks string) error {
	var err error
	if c.asked, err = c.next(ctx, asks); err != nil {
		return err
	}
	if o := c.early[asks]; o != nil { // it was answered before it was acknowledged
		return c.await(ctx, o)
	}
	draft, err := c.compose(c.asked)
	if err != nil {
		return err
	}
	return c.say(ctx, draft)
}

// compose makes what answers a message of the subject, and remembers the session that an on-init opens.
func (c *course) compose(asked *journal.Observed) (Draft, error) {
	draft, err := c.reply(asked, c.given)
	if err == nil && draft.Endpoint == contract.OnInit && !c.stranger {
		c.auth, err = initAuth(draft.Body)
	}
	return draft, err
}

// say sends a message as the talk has it.
func (c *course) say(ctx context.Context, draft Draft) error {
	how := c.says[draft.Endpoint]
	c.canon = draft
	if how.after != nil {
		if err := c.pause(ctx, how.after(c.Timing())); err != nil {
			return err
		}
	}
	if how.change != nil {
		if err := how.change(ctx, c.Stage, &draft); err != nil {
			return err
		}
	}
	c.draft = draft
	switch {
	case how.unsent:
		return nil
	case how.refusable:
		_, err := c.Send(ctx, draft.Endpoint, draft.From, draft.Outgoing)
		return err
	}
	if err := c.Request(ctx, draft.From, draft.Outgoing); err != nil {
		return err
	}
	for _, kind := range how.again {
		if err := c.repeat(ctx, kind); err != nil {
			return err
		}
	}
	return nil
}

// repeat sends the last message of ours once more.
func (c *course) repeat(ctx context.Context, kind string) error {
	copied := c.draft
	if kind == CopyNew {
		if err := copied.restart(); err != nil {
			return err
		}
	}
	_, err := c.Send(ctx, StepCopy, copied.From, copied.Outgoing)
	return err
}

// decide notifies the subject of the patient's decision, and waits for its acknowledgement.
func (c *course) decide(ctx context.Context) error {
	notify, err := c.decision()
	if err != nil {
		return err
	}
	if err := c.say(ctx, notify); err != nil {
		return err
	}
	if c.over(contract.Notify) || c.says[contract.Notify].unsent {
		return nil
	}
	if c.over(contract.OnNotify) {
		_, err = c.met(ctx, contract.OnNotify)
	} else {
		_, err = c.next(ctx, contract.OnNotify)
	}
	return err
}

// decision composes the notify of the patient's decision.
func (c *course) decision() (Draft, error) {
	status := contract.Granted
	if c.denied {
		status = contract.Denied
	}
	out, err := c.Hub().Decision(c.auth.TransactionID, status)
	if err != nil {
		return Draft{}, harnessError(err)
	}
	draft := c.Stage.draft(out)
	if told := c.transaction(); told != c.auth.TransactionID {
		err = draft.edit(edit{"/auth/transactionId", quoteJSON(told)})
	}
	return draft, err
}

// transaction is the id under which the subject knows the session.
func (c *course) transaction() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for told, own := range c.aliases {
		if own == c.auth.TransactionID {
			return told
		}
	}
	return c.auth.TransactionID
}
