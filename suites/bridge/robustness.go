package bridge

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

func (s specs) robustness() {
	Describe("The subject guards", func() {
		s.It("its paths: POST only, at exactly those of the contract", "AUTH-GEN-003", "method/*/*|path/*/*", func(c *suites.C) {
			const hint = "Serve POST only, at exactly the paths of the contract below the base URL; answer 405 with Allow: POST to any other method, and 404 at any other path."
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				if _, like := canonical(c, f.Note(scenario.NoteEndpoint)); like != nil && suites.Status(like) == http.StatusNotFound {
					c.Blocked(f, canonicalNot(like))
					return
				}
				c.Judged(1)
				if status := suites.Status(x); (status < 400 || status >= 500) && status != http.StatusNotImplemented { // 501: RFC 9110, 15.6.2
					c.Find(suites.Finding{Expected: "404 or 405 for any method but POST, and for any other path", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
				}
				if x.Endpoint != "" {
					ineffective(c, f, x, hint)
				}
			})
		})
		s.It("against big, deep and foreign bodies", "AUTH-GEN-027", "content/1-mib/*|content/deep/*|content/xml/*",
			unharmed("Answer 413, 415 or 400 to a body that is too large, too deep or no JSON, or accept it; a 5xx says that the subject is broken."))
	})
}
