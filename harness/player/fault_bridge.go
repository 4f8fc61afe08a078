package player

import (
	"strings"

	"abdm.example/conformance/contract"
)

func init() {
	for _, role := range contract.Bridges {
		faultRegister(role, func() []Fault { return bridgeFaults(role) })
	}
}

// bridgeFaults are the faults of a HIP or of a HIU: the rows of all tables. A BM number names the mutant of the domain
// report, section 6.
func bridgeFaults(role contract.Role) []Fault {
	var all []Fault
	for _, row := range misreceptions() {
		all = append(all, row.faults(role)...)
	}
	for _, row := range missendings() {
		all = append(all, row.faults(role)...)
	}
	for _, row := range misconducts() {
		all = append(all, row.faults(role)...)
	}
	return all
}

// bridgeRow is what the rows of all tables have in common: it names one fault, or one for each of several endpoints.
type bridgeRow struct {
	name string
	// requirements are ids without "AUTH-", separated by spaces; none for what no requirement forbids. One that is for a
	// single endpoint or role is written "on-init=OINIT-006".
	requirements string
	// summary is what the bridge then does; {} stands for the name of the endpoint.
	summary   string
	endpoints []string      // of several a HIP has one fault each, named "name:endpoint"; a HIU, whose code is the same, one for all
	whole     bool          // a HIP has also the one for all
	together  bool          // a HIP has only the one for all
	role      contract.Role // the only role that commits it; "" for both
}

// faults are the row's entries in the registry of a role.
func (row bridgeRow) faults(role contract.Role) []Fault {
	if row.role != "" && row.role != role {
		return nil
	}
	var all []Fault
	each := role == contract.HIP && len(row.endpoints) > 1 && !row.together
	if !each || row.whole {
		about := "every message"
		if len(row.endpoints) == 1 {
			about = row.endpoints[0]
		}
		all = append(all, faultRow(row.name, row.binding(role, row.endpoints...), strings.ReplaceAll(row.summary, "{}", about)))
	}
	if each {
		for _, e := range row.endpoints {
			all = append(all, faultRow(row.name+":"+e, row.binding(role, e), strings.ReplaceAll(row.summary, "{}", e)))
		}
	}
	return all
}

// binding are the requirements of the row for a role and endpoints.
func (row bridgeRow) binding(role contract.Role, endpoints ...string) string {
	var ids []string
	for _, word := range strings.Fields(row.requirements) {
		only, id, limited := strings.Cut(word, "=")
		switch {
		case !limited:
			ids = append(ids, word)
		case only == string(role):
			ids = append(ids, id)
		default:
			for _, e := range endpoints {
				if only == e {
					ids = append(ids, id)
				}
			}
		}
	}
	return strings.Join(ids, " ")
}

// at says whether a message of that endpoint is one of the row's.
func (row bridgeRow) at(endpoint string) bool {
	if row.endpoints == nil {
		return true
	}
	for _, e := range row.endpoints {
		if e == endpoint {
			return true
		}
	}
	return false
}

// in says whether the set holds the row's fault for that endpoint.
func (row bridgeRow) in(set Faults, endpoint string) bool {
	return row.at(endpoint) && (set.Has(row.name) || set.Has(row.name, endpoint))
}

// callbacks are the endpoints that a bridge serves, and answers those of them that answer a question of its own.
var (
	callbacks = []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.Notify}
	answers   = callbacks[:3]
	// messages are those that a bridge sends.
	messages = []string{contract.FetchModes, contract.Init, contract.Confirm, contract.OnNotify}
)
