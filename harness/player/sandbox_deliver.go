package player

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// deliveryPatience is how long a bridge may take to acknowledge a callback that was held back or is sent again.
const deliveryPatience = 5 * time.Second

// sandboxDelivery is a callback on its way to a bridge.
type sandboxDelivery struct {
	request  *http.Request
	endpoint string
	party    string
	body     []byte
}

// roundTrip takes what the gateway delivers: to the consent manager inside as it is, to a bridge as the sandbox was told.
func (s *Sandbox) roundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == s.inside.host() {
		return s.network.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	d := sandboxDelivery{request: r, endpoint: deliveredEndpoint(r.URL.Path), party: addressee(r.Header), body: body}
	if _, ordered := s.orders.take(doWithhold, d.endpoint); ordered {
		s.tell("withheld %s for %s", d.endpoint, d.party)
		return pretendTaken(r), nil
	}
	if _, ordered := s.orders.take(doField, d.endpoint); ordered {
		d.body = inFieldShape(d.endpoint, d.body, s.cm.Accounts())
	}
	copies := 1
	if _, ordered := s.orders.take(doDuplicate, d.endpoint); ordered {
		copies = 2
	}
	if b, ordered := s.orders.take(doDelay, d.endpoint); ordered {
		s.tell("holding %s for %s back for %s", d.endpoint, d.party, b.After)
		s.aside(d, b.after, copies)
		return pretendTaken(r), nil
	}
	response, err := s.deliver(r.Context(), d)
	s.aside(d, 0, copies-1)
	return response, err
}

// aside delivers some copies beside the gateway, which believes that the callback was taken.
func (s *Sandbox) aside(d sandboxDelivery, after time.Duration, copies int) {
	if copies == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(d.request.Context()))
	end, err := s.flights.begin(cancel)
	if err != nil {
		cancel()
		return
	}
	go func() {
		defer end()
		defer cancel()
		if !gwPause(ctx, after) {
			return
		}
		for range copies {
			s.deliverAside(ctx, d)
		}
	}()
}

func (s *Sandbox) deliverAside(ctx context.Context, d sandboxDelivery) {
	ctx, cancel := context.WithTimeout(ctx, deliveryPatience)
	defer cancel()
	if response, err := s.deliver(ctx, d); err == nil {
		_ = response.Body.Close()
	}
}

// deliver sends a callback once and keeps the exchange.
func (s *Sandbox) deliver(ctx context.Context, d sandboxDelivery) (*http.Response, error) {
	out := d.request.Clone(ctx)
	out.Body, out.ContentLength, out.GetBody = io.NopCloser(bytes.NewReader(d.body)), int64(len(d.body)), nil
	e := sandboxExchange{number: s.kept.begin(), at: time.Now(), direction: journal.Sent, endpoint: d.endpoint, party: d.party, method: out.Method, url: out.URL.String(),
		request: messageOf(out.Header, d.body)}
	response, err := s.network.RoundTrip(out)
	var answer []byte
	if err == nil {
		answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		_ = response.Body.Close()
	}
	if err != nil {
		e.failure = failureOf(ctx, err)
	} else {
		e.status, e.response = response.StatusCode, messageOf(response.Header, answer)
		response.Body = io.NopCloser(bytes.NewReader(answer))
	}
	e.took = time.Since(e.at)
	s.keep(e)
	s.early.delivered(d.body)
	return response, err
}

// deliveredEndpoint names a callback by the path at which it is delivered, "" where a fault has spoilt that.
func deliveredEndpoint(path string) string {
	if i := strings.Index(path, contract.BasePath+"/"); i >= 0 {
		return sandboxEndpoint(path[i:])
	}
	return ""
}

// addressee is the id in the routing header of a callback.
func addressee(h http.Header) string {
	for _, role := range contract.Bridges {
		if id := h.Get(role.Header()); id != "" {
			return id
		}
	}
	return ""
}
