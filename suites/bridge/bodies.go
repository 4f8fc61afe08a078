package bridge

import (
	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/suites"
)

func (s specs) bodies() {
	Describe("A wrong body", func() {
		s.It("is refused where it is no JSON object", "AUTH-GEN-006", "body/...", func(c *suites.C) {
			c.Each(func(f *suites.Flow) { c.Refusal(f, "Parse the body strictly and answer 400 where it is no JSON object.") })
		})
	})
}
