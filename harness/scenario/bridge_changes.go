package scenario

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
)

// fails makes a callback an error, also where our consent manager would refuse anyway.
func fails(_ context.Context, _ *Stage, d *Draft) error {
	if err := d.omit("/auth"); err != nil {
		return err
	}
	return d.edit(edit{"/error", `{"code":1414,"message":"Patient id is invalid."}`})
}

// failsAsDeployed makes a callback the error that the deployed gateway makes of its own: without a timestamp, and addressed
// to bridge_ and the client id of the bridge.
func failsAsDeployed(_ context.Context, s *Stage, d *Draft) error {
	id := s.net.cfg.Identities.Of(s.subjectRole())
	name := id.ClientID
	if name == "" {
		name = id.ID
	}
	d.Header.Set(s.subjectRole().Header(), "bridge_"+name)
	return d.edit(edit{"/auth", ""}, edit{"/timestamp", ""}, edit{"/error", `{"code":2500,"message":"Timed out When calling target system"}`})
}

// longPast is how long ago what has expired has expired: longer than clocks may differ.
const longPast = 5 * time.Minute

// expired sets a member to a moment that has passed.
func expired(pointer string) change {
	return func(_ context.Context, _ *Stage, d *Draft) error {
		if _, there := fixtures.Value(d.Body, pointer); !there {
			return &notApplicableError{fmt.Sprintf("this %s has no %s", d.Endpoint, pointer)}
		}
		return d.edit(edit{pointer, quoteJSON(player.Timestamp(time.Now().Add(-longPast)))})
	}
}

// expiredZoneLess sets meta.expiry to a moment that has passed, as the deployed consent manager writes it.
func expiredZoneLess(_ context.Context, _ *Stage, d *Draft) error {
	return d.edit(edit{"/auth/meta/expiry", quoteJSON(fieldTime(time.Now().Add(-longPast)))})
}

// offers makes on-fetch-modes list that mode only.
func offers(mode string) change {
	return edits(edit{"/auth/modes", "[" + quoteJSON(mode) + "]"})
}

// Kinds of transaction ids that are no UUID in lower case.
const (
	TransactionUpperCase = "upper-case"
	TransactionOpaque    = "opaque"
)

// named gives the transaction another id, which is remembered as that of our consent manager's session.
func named(kind string) change {
	return func(_ context.Context, s *Stage, d *Draft) error {
		auth, err := initAuth(d.Body)
		if err != nil {
			return err
		}
		told := strings.ToUpper(auth.TransactionID)
		if kind == TransactionOpaque {
			told = "Txn." + rand.Text() + "_7f:aB/9+z~" + auth.TransactionID[:8] + "=="
		}
		s.mu.Lock()
		s.aliases[told] = auth.TransactionID
		s.mu.Unlock()
		return d.edit(edit{"/auth/transactionId", quoteJSON(told)})
	}
}

// opaqueToken puts a token that is no JWT in the place of the access token.
func opaqueToken(_ context.Context, s *Stage, d *Draft) error {
	if _, there := fixtures.Value(d.Body, "/auth/accessToken"); !there {
		return &notApplicableError{"this " + d.Endpoint + " grants no access token: subject.purposes lists none for which one is granted"}
	}
	token := "opaque+" + rand.Text() + "/" + rand.Text() + "=="
	s.net.redactor.Know("token", token)
	return d.edit(edit{"/auth/accessToken", quoteJSON(token)})
}

// denies makes a granting notify a denying one, and leaves what it grants where it is, as a sample of the document has it.
var denies = edits(edit{"/auth/status", quoteJSON(contract.Denied)})

// restart gives a message a requestId of its own.
func (d *Draft) restart() error { return d.edit(edit{"/requestId", quoteJSON(player.NewRequestID())}) }
