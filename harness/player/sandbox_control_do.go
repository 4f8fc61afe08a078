package player

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"abdm.example/conformance/contract"
)

func (s *Sandbox) listPatients(*http.Request) (int, any, error) {
	patients := []SandboxPatient{}
	for _, a := range s.cm.Accounts() {
		patients = append(patients, patientOf(a))
	}
	return http.StatusOK, map[string]any{"patients": patients}, nil
}

func (s *Sandbox) addPatient(r *http.Request) (int, any, error) {
	var p SandboxPatient
	if err := readControl(r, &p); err != nil {
		return 0, nil, err
	}
	a, err := p.account(s.options.CMID)
	if err != nil {
		return 0, nil, controlRefuse(http.StatusBadRequest, "%w", err)
	}
	s.cm.AddAccount(a)
	return http.StatusCreated, patientOf(a), nil
}

func (s *Sandbox) removePatient(r *http.Request) (int, any, error) {
	if id := r.PathValue("id"); !s.cm.RemoveAccount(id) {
		return 0, nil, controlRefuse(http.StatusNotFound, "there is no patient %s; GET %s/patients lists all", id, PathControl)
	}
	return http.StatusNoContent, nil, nil
}

func (s *Sandbox) listSessions(r *http.Request) (int, any, error) {
	n, err := lastOf(r)
	if err != nil {
		return 0, nil, err
	}
	all := s.cm.Sessions()
	return http.StatusOK, map[string]any{"sessions": all[max(0, len(all)-n):]}, nil
}

func (s *Sandbox) showSession(r *http.Request) (int, any, error) {
	session, ok := s.cm.Session(r.PathValue("id"))
	if !ok {
		return 0, nil, controlRefuse(http.StatusNotFound, "there is no session of transaction %s; GET %s/sessions lists the last", r.PathValue("id"), PathControl)
	}
	return http.StatusOK, session, nil
}

// decideSession is the patient's decision on a DIRECT session.
func decideSession(status string) func(*Sandbox, *http.Request) (int, any, error) {
	return func(s *Sandbox, r *http.Request) (int, any, error) {
		if _, _, err := s.showSession(r); err != nil {
			return 0, nil, err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), sendPatience) // who asked may go: the decision stands
		defer cancel()
		answer, err := s.cm.Decide(ctx, r.PathValue("id"), status)
		if err != nil {
			return 0, nil, controlRefuse(http.StatusConflict, "%w", err)
		}
		if answer.Status/100 != 2 {
			return 0, nil, controlRefuse(http.StatusBadGateway, "the decision was taken, but the gateway, with the faults that are on, answered notify with %d", answer.Status)
		}
		return s.showSession(r)
	}
}

func (s *Sandbox) expireSession(r *http.Request) (int, any, error) {
	if _, _, err := s.showSession(r); err != nil {
		return 0, nil, err
	}
	if err := s.cm.Expire(r.PathValue("id")); err != nil {
		return 0, nil, controlRefuse(http.StatusConflict, "%w", err)
	}
	return s.showSession(r)
}

// faultView is a fault in the words of the control API.
type faultView struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	On      bool   `json:"on"`
}

func (s *Sandbox) listFaults(r *http.Request) (int, any, error) {
	on, part, only := s.present.Load().faults, r.URL.Query().Get("name"), r.URL.Query().Get("on") == "true"
	faults := []faultView{}
	for _, f := range append(Registry(contract.Gateway), Unforbidden(contract.Gateway)...) {
		if is := on.Has(f.Short()); strings.Contains(f.Name, part) && (is || !only) {
			faults = append(faults, faultView{f.Name, f.Summary, is})
		}
	}
	return http.StatusOK, map[string]any{"on": on.Names(), "faults": faults}, nil
}

func (s *Sandbox) changeFaults(r *http.Request) (int, any, error) {
	var change struct{ On, Off []string }
	if err := readControl(r, &change); err != nil {
		return 0, nil, err
	}
	if len(change.On)+len(change.Off) == 0 {
		return 0, nil, controlRefuse(http.StatusBadRequest, "name the faults to switch in on or off, such as {\"on\": [\"resp-not-mapped\"]}")
	}
	faults, err := s.switchFaults(change.On, change.Off)
	if err != nil {
		return 0, nil, controlRefuse(http.StatusBadRequest, "%w", err)
	}
	return http.StatusOK, map[string]any{"on": faults.Names()}, nil
}

func (s *Sandbox) clearFaults(*http.Request) (int, any, error) {
	s.switches.Lock()
	defer s.switches.Unlock()
	if err := s.commit(Faults{}); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"on": []string{}}, nil
}

func (s *Sandbox) listBehaviours(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"behaviours": s.orders.list()}, nil
}

func (s *Sandbox) addBehaviour(r *http.Request) (int, any, error) {
	var b Behaviour
	if err := readControl(r, &b); err != nil {
		return 0, nil, err
	}
	ordered, err := s.orders.add(b)
	if err != nil {
		return 0, nil, controlRefuse(http.StatusBadRequest, "%w", err)
	}
	return http.StatusCreated, ordered, nil
}

func (s *Sandbox) clearBehaviours(*http.Request) (int, any, error) {
	s.orders.clear()
	return http.StatusNoContent, nil, nil
}

func (s *Sandbox) removeBehaviour(r *http.Request) (int, any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || !s.orders.remove(id) {
		return 0, nil, controlRefuse(http.StatusNotFound, "no behaviour %s waits; GET %s/behaviours lists those that do", r.PathValue("id"), PathControl)
	}
	return http.StatusNoContent, nil, nil
}

func (s *Sandbox) listExchanges(r *http.Request) (int, any, error) {
	n, err := lastOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"exchanges": s.kept.views(n, s.secrets())}, nil
}

// secrets are the kinds of the values that no exchange may show, wherever they stand.
func (s *Sandbox) secrets() map[string]string {
	known := map[string]string{}
	for _, a := range s.cm.Accounts() {
		known[a.ID], known[a.Name], known[a.OTP], known[a.Mobile] = "patient", "name", "otp", "phone"
	}
	for _, p := range s.gateway.Parties {
		known[p.ClientSecret] = "secret"
	}
	return known
}
