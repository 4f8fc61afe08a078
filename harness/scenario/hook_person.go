package scenario

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// errNoTerminal says that there is nobody whom a manual hook could be shown to.
var errNoTerminal = errors.New("it is manual and there is no terminal: run the suite in one, or configure http or exec")

// atTerminal lets one conversation at a time speak at the terminal.
var atTerminal = make(chan struct{}, 1)

// columns is how wide a line at the terminal may be.
const columns = 80

// terminal is the place where a person is, while one conversation has it.
type terminal struct{ io.ReadWriteCloser }

// openTerminal waits until nobody else speaks at the terminal, and opens it. The error is errNoTerminal or the end of the context.
func openTerminal(ctx context.Context) (*terminal, error) {
	select {
	case atTerminal <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	file, err := openTTY()
	if err != nil {
		<-atTerminal
		return nil, errNoTerminal
	}
	return &terminal{file}, nil
}

// openTTY opens the terminal of the process, where it has one.
func openTTY() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }

// leave lets the next conversation speak.
func (t *terminal) leave() {
	_ = t.Close() // nothing is lost
	<-atTerminal
}

// askPerson shows an instruction at the terminal and waits for the return key.
func askPerson(ctx context.Context, instruction string, p Parameters) error {
	text, err := p.fill(instruction)
	if err != nil {
		return err
	}
	t, err := openTerminal(ctx)
	if err != nil {
		return err
	}
	defer t.leave()
	if _, err := io.WriteString(t, page(text, p)+"Press return when it is done. "); err != nil {
		return errNoTerminal
	}
	pressed := make(chan error, 1)
	go func() {
		_, err := bufio.NewReader(t).ReadString('\n')
		pressed <- err
	}()
	select {
	case err := <-pressed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// show shows an instruction and counts the time down until the message has come that tells that the person has followed
// it. awaited says which. It returns false where the time passed.
func (t *terminal) show(ctx context.Context, text, awaited string, patience time.Duration, came <-chan struct{}) (bool, error) {
	if _, err := io.WriteString(t, text); err != nil {
		return false, errNoTerminal
	}
	end := time.Now().Add(patience)
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		left := time.Until(end).Round(time.Second)
		if left <= 0 {
			_, _ = fmt.Fprintf(t, "\rNo %s came within %s.%s\n", awaited, patience, strings.Repeat(" ", 20))
			return false, nil
		}
		_, _ = fmt.Fprintf(t, "\rWaiting for %s: %d:%02d ", awaited, int(left.Minutes()), int(left.Seconds())%60)
		select {
		case <-came:
			_, _ = fmt.Fprintf(t, "\rThank you: %s has come.%s\n", awaited, strings.Repeat(" ", 20))
			return true, nil
		case <-every.C:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// page is an instruction and what it needs to know, in lines of at most 80 columns.
func page(instruction string, p Parameters) string {
	var b strings.Builder
	b.WriteString("\n" + wrap(instruction, "") + "\n")
	facts := map[string]string{}
	for name, value := range p.told() {
		flatten(facts, name, value)
	}
	longest := 0
	for name := range facts {
		longest = max(longest, len(name))
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		lead := fmt.Sprintf("  %-*s  ", longest, name)
		b.WriteString(lead + wrap(facts[name], strings.Repeat(" ", len(lead))) + "\n")
	}
	return b.String()
}

// flatten names the texts of a value by their path.
func flatten(facts map[string]string, name string, value any) {
	if text, ok := value.(string); ok {
		facts[name] = text
		return
	}
	raw, _ := json.Marshal(value) // of what our own code makes
	var members map[string]any
	if json.Unmarshal(raw, &members) != nil {
		facts[name] = string(raw)
		return
	}
	for member, value := range members {
		flatten(facts, name+"."+member, value)
	}
}

// wrap breaks a text at spaces so that no line is wider than the terminal; lines after the first begin with indent, and so much is taken from the first too.
func wrap(text, indent string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > columns-len(indent) {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n"+indent)
}
