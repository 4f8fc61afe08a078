package scenario

import (
	"context"
	"errors"
)

// decide makes the CM that is the subject, or inside it, approve or deny a DIRECT session, as hooks.decide says.
func (s *Stage) decide(ctx context.Context, transactionID, status string) error {
	h := s.net.cfg.Hooks.Decide
	if h == nil {
		return errNoDecide
	}
	_, err := CallHook(ctx, "hooks.decide", *h, Parameters{"transactionId": transactionID, "status": status})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNoTerminal):
		return &notApplicableError{err.Error()}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return harnessError(err)
}

// errNoDecide says which hook to configure.
var errNoDecide = &notApplicableError{"hooks.decide is not set: configure it (http, exec or manual) so that the subject approves or denies a DIRECT session in the place of the patient when the suite asks; it is told transactionId and status (GRANTED or DENIED)"}
