package scenario

import "strings"

// StartLacking reads the reason why a scenario was not applicable. It returns what the start hook lacks and what to
// configure, "" and "" where the reason is another.
func StartLacking(reason string) (lacks, remedy string) {
	switch {
	case reason == noStart:
		return atStart + " is not set", "configure it as http, exec or manual"
	case reason == notByHand:
		return atStart + " is manual, and a person is asked for few conversations only", "configure it as http or exec"
	case strings.HasPrefix(reason, atStart) && strings.HasSuffix(reason, errNoTerminal.Error()):
		return atStart + " is manual, and there is no terminal", "run the suite in one, or configure it as http or exec"
	}
	return "", ""
}
