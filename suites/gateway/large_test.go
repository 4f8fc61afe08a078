package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// hangingUp makes a gateway that reads nothing of a body above 64 KiB: it says its last words, if any, and closes.
func hangingUp(lastWords string) func(http.Handler) (http.Handler, *http.Client) {
	return func(next http.Handler) (http.Handler, *http.Client) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength <= 64<<10 {
				next.ServeHTTP(w, r)
				return
			}
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, lastWords)
			_ = conn.Close()
		}), nil
	}
}

func TestAGatewayThatHangsUpOnALargeBodyIsJudged(t *testing.T) {
	const refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 43\r\n\r\n" +
		`{"error":{"code":1000,"message":"too much"}}`
	for name, row := range map[string]struct {
		last    string
		verdict suites.Verdict
		says    string
	}{
		"after a refusal": {refusal, suites.Pass, ""},
		"after a 500":     {strings.Replace(refusal, "413 Content Too Large", "500 Oops", 1), suites.Warning, "was answered 500"},
		"without a word":  {"", suites.Warning, "was not answered: the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			ev := record(t, []string{"content/1-mib/*", "fetch-modes/hip"}, hangingUp(row.last))
			results, err := suites.Judge(t.Context(), ev, suites.Options{Version: "test"}, gateway.Specs)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range results.Requirements {
				if q.ID != "AUTH-GEN-027" {
					continue
				}
				if q.Verdict != row.verdict {
					t.Errorf("%s: %+v", q.Verdict, q.Checks)
				}
				for _, f := range q.Checks[0].Findings {
					if !strings.Contains(f.Received, row.says) || !strings.HasPrefix(f.Scenario, "content/1-mib/") {
						t.Errorf("finding %+v", f)
					}
				}
				if row.verdict == suites.Warning && len(q.Checks[0].Findings) != 2 { // init and on-init
					t.Errorf("%d findings: %+v", len(q.Checks[0].Findings), q.Checks[0].Findings)
				}
			}
			for _, x := range ev.Exchanges {
				if x.Scenario == "fetch-modes/hip" && x.Endpoint == contract.FetchModes && !suites.Accepted(x) {
					t.Errorf("the message of another conversation was lost: %+v", x.Failure)
				}
			}
		})
	}
}
