package player

import (
	"net/http"

	"abdm.example/conformance/contract"
)

func init() {
	for _, role := range contract.Bridges {
		faultRegister(role, bridgeFaults)
	}
}

// bridgeFaults are the faults of a HIP or a HIU that are about no endpoint or member. A BM number names the mutant of the
// domain report, section 6.
func bridgeFaults() []Fault {
	return []Fault{
		faultRow("ack-200", "GEN-001", "acknowledges with 200 instead of 202"),
	}
}

// accept acknowledges a message.
func (b *Bridge) accept(w http.ResponseWriter) {
	if b.faults.Has("ack-200") {
		w.WriteHeader(http.StatusOK)
		return
	}
	accept(w)
}
