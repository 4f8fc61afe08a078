package scenario

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// twist is a conversation in which one thing is unusual, "twist/<name>".
type twist struct {
	name, title string
	// byHand says that a person may be asked to begin it.
	byHand bool
	// endpoint and kind are notes for the judgement: where it is unusual, and how.
	endpoint, kind string
	talk
}

// bridgeTwists are all twists that are played against a bridge of that role.
func bridgeTwists(role contract.Role) []Scenario {
	var all []Scenario
	for _, t := range slices.Concat(failures(role), choices(), timings(role), expiries(), contents(), decisions(), refusalsByGateway()) {
		if t.spends && role != contract.HIP {
			continue
		}
		all = append(all, t.scenario(t.play))
	}
	return append(all, severalSessions(role)...)
}

func (t twist) scenario(play func(context.Context, *Stage) error) Scenario {
	notes := map[string]string{}
	for key, value := range map[string]string{NoteEndpoint: t.endpoint, NoteKind: t.kind, NoteMode: t.mode, NotePurpose: t.purpose} {
		if value != "" {
			notes[key] = value
		}
	}
	return Scenario{Name: "twist/" + t.name, Title: t.title, Notes: notes, Play: play,
		Needs: Needs{Start: true, ByHand: t.byHand, Mode: t.mode, Purpose: t.purpose, Links: t.spends}}
}

// saysAt is one unusual message of ours.
func saysAt(endpoint string, how saying) map[string]saying { return map[string]saying{endpoint: how} }

// callbacks are our messages that answer one of the subject's.
var callbacks = []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm}

// choices are conversations in which the consent manager has another mode in mind than the subject.
func choices() []twist {
	all := []twist{{name: "not-offered", title: "on-fetch-modes does not list the mode that the subject is told to use", endpoint: contract.OnFetchModes,
		talk: talk{mode: contract.MobileOTP, says: saysAt(contract.OnFetchModes, saying{change: offers(contract.Demographics)}), last: contract.OnFetchModes}}}
	for _, pair := range [][2]string{{contract.MobileOTP, contract.Demographics}, {contract.Demographics, contract.MobileOTP},
		{contract.MobileOTP, contract.Direct}, {contract.Direct, contract.MobileOTP}, {contract.Demographics, contract.Direct}} {
		asked, given := pair[0], pair[1]
		all = append(all, twist{name: "other-mode/" + kebab(asked) + "/" + kebab(given), title: "on-init names " + given + " where the subject asks for " + asked, talk: talk{mode: asked, given: given}})
	}
	return all
}

// timings are conversations in which our messages come at an unusual time, or more than once.
func timings(role contract.Role) []twist {
	all := []twist{
		{name: "late/on-init", title: "on-init is held back", endpoint: contract.OnInit, talk: talk{code: waitingCode, says: saysAt(contract.OnInit, saying{after: lateness, refusable: true})}},
		{name: "overtaken/on-init", title: "notify overtakes the on-init of its transaction", endpoint: contract.Notify,
			talk: talk{mode: contract.Direct, says: saysAt(contract.OnInit, saying{unsent: true}), last: contract.OnInit, then: notifyFirst}},
	}
	for _, e := range callbacks {
		all = append(all,
			twist{name: "early/" + e, title: e + " comes before the 202 to what it answers", endpoint: e, talk: talk{says: saysAt(e, saying{early: true})}},
			twist{name: "withheld/" + e, title: e + " does not come; the patient begins again, and then it comes", endpoint: e,
				talk: talk{says: saysAt(e, saying{unsent: true}), last: e, then: beginAgain}})
	}
	for _, kind := range []string{CopySame, CopyNew} {
		again := func(e string) map[string]saying { return saysAt(e, saying{again: []string{kind}}) }
		all = append(all,
			twist{name: "again/on-init/" + kind, title: "on-init comes twice: " + kind, endpoint: contract.OnInit, kind: kind, talk: talk{says: again(contract.OnInit)}},
			twist{name: "again/on-confirm/" + kind, title: "on-confirm comes twice: " + kind, endpoint: contract.OnConfirm, kind: kind, talk: talk{spends: role == contract.HIP, says: again(contract.OnConfirm)}},
			twist{name: "again/notify/" + kind, title: "notify comes twice: " + kind, endpoint: contract.Notify, kind: kind, talk: talk{mode: contract.Direct, says: again(contract.Notify)}})
	}
	return all
}

// lateness is how long a callback that is late is held back.
func lateness(t config.Timing) time.Duration { return t.Callback / 2 }

// notifyFirst sends the notify of a transaction, and then its on-init.
func notifyFirst(ctx context.Context, c *course) error {
	onInit := c.draft
	notify, err := c.decision()
	if err != nil {
		return err
	}
	if _, err := c.Send(ctx, contract.Notify, notify.From, notify.Outgoing); err != nil {
		return err
	}
	_, err = c.Send(ctx, contract.OnInit, onInit.From, onInit.Outgoing)
	return err
}

// StepLate is the step of a message that was withheld and comes after all.
const StepLate = "late"

// beginAgain plays a whole conversation about the same patient, and then sends what was withheld of the first.
func beginAgain(ctx context.Context, c *course) error {
	withheld := c.draft
	c.startAfresh()
	c.NoteNow(NoteFrom)
	c.Note(NoteStarted, "") // of the second conversation from here on
	began := c.net.journal.Now()
	if err := (talk{}).hold(ctx, c.Stage); err != nil {
		return err
	}
	if err := c.pause(ctx, max(0, began+lateness(c.Timing())-c.net.journal.Now())); err != nil {
		return err
	}
	_, err := c.Send(ctx, StepLate, withheld.From, withheld.Outgoing)
	return err
}

// expiries are conversations in which something has expired.
func expiries() []twist {
	past := saysAt(contract.OnInit, saying{change: expired("/auth/meta/expiry")})
	var all []twist
	for _, mode := range []string{contract.MobileOTP, contract.Demographics} {
		all = append(all, twist{name: "expired/session/" + kebab(mode), title: "The session has expired when the patient proves who they are by " + mode, endpoint: contract.OnInit,
			talk: talk{mode: mode, says: past, last: contract.OnInit, then: enterAfterAll}})
	}
	return append(all,
		twist{name: "expired/session/zone-less", title: "The session has expired, and its expiry has no zone", endpoint: contract.OnInit,
			talk: talk{says: saysAt(contract.OnInit, saying{change: expiredZoneLess}), last: contract.OnInit, then: enterAfterAll}},
		twist{name: "expired/session/direct", title: "notify grants in a session that has expired", endpoint: contract.Notify,
			talk: talk{spends: true, mode: contract.Direct, says: map[string]saying{contract.OnInit: past[contract.OnInit], contract.Notify: {refusable: true}}, last: contract.Notify}},
		twist{name: "expired/token/on-confirm", title: "The access token that on-confirm brings has expired", endpoint: contract.OnConfirm,
			talk: talk{spends: true, says: saysAt(contract.OnConfirm, saying{change: expired("/auth/validity/expiry")}), last: contract.OnConfirm}},
		twist{name: "expired/token/notify", title: "The access token that notify brings has expired", endpoint: contract.Notify,
			talk: talk{spends: true, mode: contract.Direct, says: saysAt(contract.Notify, saying{change: expired("/auth/validity/expiry")}), unlinked: true}})
}

// enterAfterAll makes the patient enter the credential though the conversation should be over.
func enterAfterAll(ctx context.Context, c *course) error {
	return c.give(ctx, c.transaction(), c.told().credential)
}

// contents are conversations in which a member of ours is unusual and lawful.
func contents() []twist {
	var all []twist
	for _, mode := range []string{contract.MobileOTP, contract.AadhaarOTP} {
		all = append(all, twist{name: "leading-zero/" + kebab(mode), title: "The code of the patient begins with a zero, by " + mode, talk: talk{mode: mode, code: "012345"}})
	}
	all = append(all, twist{name: "devanagari/demographics", title: "The name of the patient is in Devanagari, by DEMOGRAPHICS", talk: talk{mode: contract.Demographics, name: "आशा उदाहरण"}})
	for _, kind := range []string{TransactionUpperCase, TransactionOpaque} {
		for _, mode := range []string{contract.MobileOTP, contract.Direct} {
			all = append(all, twist{name: "transaction/" + kind + "/" + kebab(mode), title: "The transaction id is no UUID in lower case: " + kind + ", by " + mode, kind: kind,
				talk: talk{mode: mode, says: saysAt(contract.OnInit, saying{change: named(kind)})}})
		}
	}
	all = append(all,
		twist{name: "opaque-token/on-confirm", title: "The access token is no JWT, in on-confirm", endpoint: contract.OnConfirm, talk: talk{spends: true, says: saysAt(contract.OnConfirm, saying{change: opaqueToken})}},
		twist{name: "opaque-token/notify", title: "The access token is no JWT, in notify", endpoint: contract.Notify,
			talk: talk{spends: true, mode: contract.Direct, says: saysAt(contract.Notify, saying{change: opaqueToken})}})
	for _, mode := range []string{contract.MobileOTP, contract.Demographics, contract.Direct} {
		shaped := map[string]saying{}
		for _, e := range append(slices.Clone(callbacks), contract.Notify) {
			shaped[e] = saying{change: fieldShaped}
		}
		for _, purpose := range contract.Purposes {
			all = append(all, twist{name: strings.Join([]string{"field", kebab(mode), kebab(purpose)}, "/"), title: "Every message of ours has the shape of the deployed consent manager's, by " + mode + " for " + purpose,
				talk: talk{mode: mode, purpose: purpose, says: shaped}})
		}
	}
	return all
}

// decisions are conversations about what the patient decides.
func decisions() []twist {
	return []twist{
		{name: "denied/with-token", title: "A notify denies and brings an access token all the same", endpoint: contract.Notify,
			talk: talk{spends: true, mode: contract.Direct, says: saysAt(contract.Notify, saying{change: denies}), unlinked: true}},
		{name: "denied/then-granted", title: "A notify grants after one that denied", endpoint: contract.Notify,
			talk: talk{spends: true, mode: contract.Direct, says: saysAt(contract.Notify, saying{change: denies}), unlinked: true, then: grantAfterAll}},
		{name: "notify/mediated", title: "A notify grants in a session that waits for confirm", endpoint: contract.Notify,
			talk: talk{spends: true, mode: contract.MobileOTP, last: contract.Confirm, then: notifyInstead}},
	}
}

// grantAfterAll sends the decision as our consent manager made it, after another.
func grantAfterAll(ctx context.Context, c *course) error {
	granted := c.canon
	if err := granted.restart(); err != nil {
		return err
	}
	_, err := c.Send(ctx, StepLate, granted.From, granted.Outgoing)
	return err
}

// notifyInstead sends a notify with what on-confirm would bring.
func notifyInstead(ctx context.Context, c *course) error {
	onConfirm, err := c.compose(c.asked)
	if err != nil {
		return err
	}
	notify, err := c.notifyOf(onConfirm)
	if err != nil {
		return err
	}
	_, err = c.Send(ctx, contract.Notify, notify.From, notify.Outgoing)
	return err
}

// Kinds of answers of our gateway (NoteKind).
const (
	GatewayRefuses      = "400"
	GatewayUnauthorized = "401"
	GatewayBars         = "401-always"
	GatewayLimits       = "429"
	GatewayBreaks       = "500"
	GatewayDrops        = "dropped"
	GatewaySlow         = "slow"
)

// refusalsByGateway are conversations in which our gateway does not take a message of the subject as it should.
func refusalsByGateway() []twist {
	always := func(status int, header http.Header) meeting {
		return meeting{answer: player.ScriptedAnswer{Status: status, Header: header, Body: []byte(`{"error":{"code":2500,"message":"as the scenario asks"}}`)}}
	}
	unauthorized := always(http.StatusUnauthorized, nil)
	once := unauthorized
	once.once = true
	kinds := []struct {
		name string
		meeting
	}{
		{GatewayRefuses, always(http.StatusBadRequest, nil)}, {GatewayUnauthorized, once}, {GatewayBars, unauthorized},
		{GatewayLimits, always(http.StatusTooManyRequests, http.Header{"Retry-After": {"30"}})},
		{GatewayBreaks, always(http.StatusInternalServerError, nil)}, {GatewayDrops, meeting{answer: player.ScriptedAnswer{Drop: true}}},
		{GatewaySlow, meeting{answer: player.ScriptedAnswer{Delay: slowAnswer}, once: true}},
	}
	var all []twist
	for _, e := range []string{contract.FetchModes, contract.Init, contract.Confirm, contract.OnNotify} {
		for _, kind := range kinds {
			t := twist{name: "gateway/" + e + "/" + kind.name, title: "Our gateway answers " + e + ": " + kind.name, endpoint: e, kind: kind.name,
				talk: talk{meets: map[string]meeting{e: kind.meeting}, last: e, then: watchLonger}}
			if e == contract.OnNotify {
				t.mode = contract.Direct
			}
			switch {
			case kind.once:
				t.last, t.then = "", nil
			case e == contract.Confirm && kind.name == GatewayRefuses:
				t.then, t.regrants = confirmAfterAll, true
			}
			all = append(all, t)
		}
	}
	return all
}

// slowAnswer is how long a slow gateway takes to acknowledge.
const slowAnswer = 2 * time.Second

// watchLonger gives a subject time to try again.
func watchLonger(ctx context.Context, c *course) error { return c.pause(ctx, 2*c.Timing().Quiet) }

// refusalRead is how long a subject has to read that its confirm was refused, before anything else about it comes.
const refusalRead = time.Second

// confirmAfterAll sends the on-confirm of a confirm that our gateway has refused: the conversation was over.
func confirmAfterAll(ctx context.Context, c *course) error {
	if err := c.pause(ctx, refusalRead); err != nil {
		return err
	}
	onConfirm, err := c.compose(c.asked)
	if err != nil {
		return err
	}
	_, err = c.Send(ctx, StepLate, onConfirm.From, onConfirm.Outgoing)
	return err
}
