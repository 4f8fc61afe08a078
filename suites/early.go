package suites

import (
	"fmt"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Early are the callbacks of a flow whose first byte came before we had read the last byte of the 202 to the request that
// they answer, both on the monotonic clock of the run. The document leaves the order open and the network may turn it
// round, so to be early is a fact to be known and never a fault.
func Early(f *Flow) []*journal.Exchange {
	return f.all(func(callback *journal.Exchange) bool {
		return callback.Direction == journal.Received && f.overtaken(callback) != nil
	})
}

// overtaken is the accepted request whose 202 a callback has overtaken; nil where there is none.
func (f *Flow) overtaken(callback *journal.Exchange) *journal.Exchange {
	e, ok := contract.EndpointNamed(callback.Endpoint)
	if !ok || e.Answers == "" {
		return nil
	}
	return f.first(func(x *journal.Exchange) bool {
		return x.Direction == journal.Sent && x.Endpoint == e.Answers && Accepted(x) &&
			x.Times.RequestFirst <= callback.Times.RequestFirst && callback.Times.RequestFirst < x.Times.ResponseLast &&
			SameID(Text(x, "/requestId"), Text(callback, "/resp/requestId"))
	})
}

// tellEarly says in the environment of the results how many callbacks came early, and which.
func tellEarly(r *Results) {
	var all []string
	for _, s := range r.Scenarios {
		all = append(all, s.Early...)
	}
	if len(all) > 0 {
		r.Environment["early callbacks"] = fmt.Sprintf("%d (%s): before the 202 to its request, which is lawful", len(all), strings.Join(most(all, 10), ", "))
	}
}
