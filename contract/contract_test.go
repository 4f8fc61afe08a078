package contract

import (
	"path"
	"slices"
	"testing"
)

func TestEndpointsAnswerEachOther(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Endpoints {
		if seen[e.Name] || path.Base(e.Path) != e.Name || e.Path != BasePath+"/users/auth/"+e.Name || e.Schema == "" || e.Payload == "" || e.Clause == "" {
			t.Errorf("%+v", e)
		}
		seen[e.Name] = true
		if (e.Callback == "") == (e.Answers == "") {
			t.Errorf("%s must either ask or answer", e.Name)
		}
		if e.Callback != "" {
			back := MustEndpoint(e.Callback)
			if back.Answers != e.Name || !slices.Equal(back.Callers, e.Callees) || !slices.Equal(back.Callees, e.Callers) {
				t.Errorf("%s is answered by %s, which goes %v to %v", e.Name, back.Name, back.Callers, back.Callees)
			}
		}
		if e.Answers != "" && MustEndpoint(e.Answers).Callback != e.Name {
			t.Errorf("%s answers %s, which does not know it", e.Name, e.Answers)
		}
	}
}

func TestEndpointsAreFoundByNameAndByPath(t *testing.T) {
	for _, e := range Endpoints {
		byName, ok := EndpointNamed(e.Name)
		byPath, found := EndpointAt(e.Path)
		if !ok || !found || byName.Path != e.Path || byPath.Name != e.Name {
			t.Errorf("%s is not found", e.Name)
		}
	}
	for _, wrong := range []string{"", "on-nothing", "INIT", "/v0.5/users/auth/init"} {
		if _, ok := EndpointNamed(wrong); ok {
			t.Errorf("%q is an endpoint", wrong)
		}
	}
	for _, wrong := range []string{"", "/v0.5/users/auth/init/", "/users/auth/init", "//v0.5/users/auth/init"} {
		if _, ok := EndpointAt(wrong); ok {
			t.Errorf("%q is the path of an endpoint", wrong)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("MustEndpoint takes a name that is none")
		}
	}()
	MustEndpoint("on-nothing")
}

func TestWhoServesAndSendsWhat(t *testing.T) {
	serves := map[Role][]string{}
	for _, r := range Roles {
		for _, e := range Served(r) {
			serves[r] = append(serves[r], e.Name)
		}
	}
	toBridge := []string{OnFetchModes, OnInit, OnConfirm, Notify}
	for r, want := range map[Role][]string{
		Gateway: {FetchModes, OnFetchModes, Init, OnInit, Confirm, OnConfirm, Notify, OnNotify},
		HIP:     toBridge, HIU: toBridge, CM: {FetchModes, Init, Confirm, OnNotify},
	} {
		if !slices.Equal(serves[r], want) {
			t.Errorf("the %s serves %v, want %v", r, serves[r], want)
		}
	}
	for _, e := range Endpoints {
		for _, r := range Roles {
			if r != Gateway && e.SentBy(r) == e.DeliveredTo(r) {
				t.Errorf("%s: the %s must either send or get it", e.Name, r)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, e := range Endpoints {
		want := []string{HeaderCM}
		if e.DeliveredTo(HIP) {
			want = []string{HeaderHIP, HeaderHIU}
		}
		if got := e.RoutingHeaders(); !slices.Equal(got, want) {
			t.Errorf("%s is addressed by %v, want %v", e.Name, got, want)
		}
	}
	for r, want := range map[Role][2]string{Gateway: {"", ""}, HIP: {"X-HIP-ID", "HIP"}, HIU: {"X-HIU-ID", "HIU"}, CM: {"X-CM-ID", ""}} {
		if r.Header() != want[0] || r.RequesterType() != want[1] {
			t.Errorf("%s: %s, %s", r, r.Header(), r.RequesterType())
		}
	}
}
