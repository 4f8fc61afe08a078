package selftest

import (
	"net/http"

	"abdm.example/conformance/harness/player"
)

// variant is a conforming subject that does something in another lawful way than the reference.
type variant struct {
	name, summary string
	change        func(*player.GatewayOptions)
}

// gatewayVariants are the lawful variants of a gateway.
var gatewayVariants = []variant{
	{"pass-through", "keeps the caller's requestId on the second hop", func(o *player.GatewayOptions) { o.PassThrough = true }},
	{"wrong-role-403", "answers 403 to a good token of a wrong role", func(o *player.GatewayOptions) { o.WrongRole = http.StatusForbidden }},
}
