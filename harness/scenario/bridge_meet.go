package scenario

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// meet makes our gateway answer messages of the subject at that endpoint in this way.
func (s *Stage) meet(endpoint string, m meeting) {
	if !m.once {
		s.Answer(contract.Gateway, endpoint, m.answer)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answersOnce[endpoint] = m.answer
}

// firstAnswer is the answer that only the first message at an endpoint meets.
func (s *Stage) firstAnswer(endpoint string) *player.ScriptedAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.answersOnce[endpoint]
	if !ok {
		return nil
	}
	delete(s.answersOnce, endpoint)
	return &a
}

// earlyPatience is how long the acknowledgement of a message waits for the callback that overtakes it: a subject may
// well take in a callback only when its own request has been answered.
const earlyPatience = time.Second

// overtaken is a callback that is sent before what it answers is acknowledged.
type overtaken struct {
	once sync.Once
	done chan error // has what became of it
	send func(ctx context.Context, body []byte) error
}

// overtake makes our gateway send the callback of messages at that endpoint before it acknowledges them.
func (c *course) overtake(asks string) {
	o := &overtaken{done: make(chan error, 1)}
	o.send = func(ctx context.Context, body []byte) error {
		draft, err := c.compose(&journal.Observed{Exchange: &journal.Exchange{Endpoint: asks, Player: contract.Gateway}, Body: body})
		if err != nil {
			return err
		}
		return c.say(ctx, draft)
	}
	c.early[asks] = o
	c.mu.Lock()
	defer c.mu.Unlock()
	c.overtakes[asks] = o
}

// runAhead sends the callback of a message that has come and is not acknowledged yet, where the scenario has one overtake it.
func (s *Stage) runAhead(ctx context.Context, endpoint string, body []byte) {
	s.mu.Lock()
	o := s.overtakes[endpoint]
	s.mu.Unlock()
	if o == nil {
		return
	}
	o.once.Do(func() {
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			o.done <- o.send(context.WithoutCancel(ctx), body)
		}()
		timer := time.NewTimer(earlyPatience)
		defer timer.Stop()
		select {
		case <-sent:
		case <-timer.C:
		}
	})
}

// await waits until an overtaking callback has been sent and answered.
func (c *course) await(ctx context.Context, o *overtaken) error {
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// quoteJSON is a text as JSON.
func quoteJSON(text string) string {
	raw, _ := json.Marshal(text) // a text always marshals
	return string(raw)
}
