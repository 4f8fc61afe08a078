package journal

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

func TestCanariesNeverReachTheFile(t *testing.T) {
	const token, refresh, otp, secret, name, phone, dob = "canary-token-5519", "canary-refresh-77", "918273", "canary secret/&ü", "Asha Canary", "9812345670", "1971-03-04"
	j, path := create(t)
	j.redactor.KnowToken(token, contract.HIU)
	j.redactor.Know("otp", otp)
	j.redactor.Know("secret", secret)
	quote := func(s string) string { return string(quoted(s)) }
	login := `{"clientId":"c","clientSecret":` + quote(secret) + `}`
	confirm := `{"requestId":"` + exampleUUID + `","timestamp":"2026-10-01T10:00:00.000Z","transactionId":"t","credential":{"authCode":"` + otp + `","demographic":{"name":"` + name + `","dateOfBirth":"` + dob + `","identifier":{"type":"MOBILE","value":"+91` + phone + `"}}}}`
	told := fmt.Sprintf("%s %s %s %s %s %s", token, otp, secret, name, phone, dob)
	subject := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Debug", token+" "+otp)
		w.Header().Set("Set-Cookie", "s="+token)
		switch r.URL.Path {
		case "/v0.5/sessions":
			_, _ = io.WriteString(w, `{"accessToken":"`+token+`","refreshToken":"`+refresh+`"}`)
		case "/text":
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "failed: "+told+" "+refresh)
		default:
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"error":{"code":1405,"message":`+quote(told)+`,"`+token+`":`+otp+`}}`)
		}
	}))
	client := &http.Client{Transport: j.Transport(contract.HIU, nil)}
	ctx := WithScenario(soon(t), "a", "s")
	header := http.Header{"Authorization": {"Bearer " + token}, "X-Note": {told}}
	post(t, ctx, client, subject+"/v0.5/sessions", login, nil)
	post(t, ctx, client, subject+"/v0.5/users/auth/confirm", confirm, header)
	post(t, ctx, client, subject+"/v0.5/users/auth/confirm", confirm[:len(confirm)-4], header) // malformed
	post(t, ctx, client, subject+"/text?access_token="+token+"&q="+otp, "<authCode>"+otp+"</authCode>", header)
	if _, err := client.Do(request(t, ctx, "http://127.0.0.1:1/"+token+"?otp="+otp, confirm, header)); err == nil {
		t.Fatal("port 1 answers")
	}
	player := serve(t, j.Handler(contract.HIU, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, told, 400) })))
	post(t, ctx, http.DefaultClient, player+"/v0.5/users/auth/on-confirm?t="+token, `{"error":{"code":1,"message":`+quote(told)+`},"auth":{"accessToken":"`+token+`","patient":{"id":"asha@sbx","name":"`+name+`"}}}`, header)
	if _, err := j.Wait(ctx, any1); err != nil {
		t.Fatal(err)
	}
	if err := j.EndScenario(Scenario{Name: "a", Status: Failed, Reason: told, Notes: map[string]string{"x": told}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(End{Error: told}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{token, refresh, otp, secret, "canary secret", name, phone, dob, b64(otp)} {
		if i := strings.Index(string(raw), canary); i >= 0 {
			t.Errorf("%q is in the evidence: …%s…", canary, raw[max(0, i-120):min(len(raw), i+60)])
		}
	}
	e, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var sent, delivered struct {
		Auth struct {
			AccessToken string `json:"accessToken"`
		} `json:"auth"`
		AccessToken string `json:"accessToken"`
	}
	last := e.Exchanges[len(e.Exchanges)-1]
	if json.Unmarshal(e.Exchanges[0].Response.Body.JSON, &sent) != nil || json.Unmarshal(last.Request.Body.JSON, &delivered) != nil {
		t.Fatal("the redacted bodies are no JSON")
	}
	if sent.AccessToken == "" || sent.AccessToken != delivered.Auth.AccessToken || last.Request.Header["Authorization"][0] != "Bearer "+sent.AccessToken {
		t.Errorf("equal tokens look different: %q, %q, %q", sent.AccessToken, delivered.Auth.AccessToken, last.Request.Header["Authorization"])
	}
	if leaks := fmt.Sprint(e.Exchanges[1].Facts.Leaks, last.Facts.Leaks, e.Exchanges[0].Facts.Leaks); leaks != "[secret] [secret] []" {
		t.Errorf("leaks are %s", leaks)
	}
}
