package scenario

import (
	"cmp"
	"context"
	"slices"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

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
	c.Account.OTP, c.Account.Name = cmp.Or(c.code, c.Account.OTP), cmp.Or(c.name, c.Account.Name)
	c.Hub().AddAccount(c.Account)
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
