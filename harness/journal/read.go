package journal

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Read reads an evidence file back. A last line that was cut off is passed
// over, and Ended is nil then, as in any run that was cut off; every other bad
// line is an error that names the file, the line and the problem. The digest is
// of all bytes, also of those of a last line that is passed over.
func Read(path string) (*Evidence, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("evidence cannot be read: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	digest := sha256.New()
	e, err := readFrom(io.TeeReader(file, digest), path)
	if err != nil {
		return nil, err
	}
	e.File, e.Digest = filepath.Base(path), hex.EncodeToString(digest.Sum(nil))
	return e, nil
}

// readFrom reads evidence; name is the file's name for errors.
func readFrom(from io.Reader, name string) (*Evidence, error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	read := reading{numbers: map[string]int{}}
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s:%d: cannot be read: %w", name, n, err)
		}
		last := err != nil
		if last && len(line) == 0 {
			break
		}
		if problem := read.line(line); problem != nil && !last {
			return nil, fmt.Errorf("%s:%d: %w; restore the file, or run again", name, n, problem)
		}
		if last {
			break
		}
	}
	if !read.opened {
		return nil, fmt.Errorf("%s:1: holds no record of a run, so there is nothing to judge; run again", name)
	}
	return read.inOrder(), nil
}

// reading is a file half read.
type reading struct {
	evidence Evidence
	opened   bool
	numbers  map[string]int // of exchanges, by id
}

// inOrder is what was read, sorted.
func (r *reading) inOrder() *Evidence {
	e := &r.evidence
	slices.SortFunc(e.Exchanges, func(a, b *Exchange) int { return cmp.Compare(r.numbers[a.ID], r.numbers[b.ID]) })
	slices.SortStableFunc(e.Scenarios, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) })
	return e
}

func (r *reading) line(line []byte) error {
	var rec record
	if err := json.Unmarshal(line, &rec); err != nil {
		return fmt.Errorf("is no record of evidence (%w)", err)
	}
	switch {
	case rec.Record == "":
		return errors.New(`is no record of evidence (it has no member "record")`)
	case !slices.Contains([]string{"run", "exchange", "scenario", "conditions", "end"}, rec.Record):
		return fmt.Errorf("is a record of the unknown kind %q, perhaps of a later version of the suite", rec.Record)
	case !r.opened && rec.Record != "run":
		return fmt.Errorf("is a record of kind %s before that of the run", rec.Record)
	case r.opened && rec.Record == "run":
		return errors.New("is a second record of a run; one file holds one run")
	case r.evidence.Ended != nil:
		return fmt.Errorf("is a record of kind %s after the end of the run", rec.Record)
	}
	return r.add(rec)
}

func (r *reading) add(rec record) error {
	empty := fmt.Errorf("is a record of kind %s without its content", rec.Record)
	switch rec.Record {
	case "run":
		if rec.Run == nil {
			return empty
		}
		r.evidence.Run, r.opened = *rec.Run, true
	case "exchange":
		if rec.Exchange == nil {
			return empty
		}
		number, err := exchangeNumber(rec.Exchange.ID)
		if err != nil {
			return err
		}
		if _, twice := r.numbers[rec.Exchange.ID]; twice {
			return fmt.Errorf("is a second exchange with the id %s", rec.Exchange.ID)
		}
		r.numbers[rec.Exchange.ID] = number
		r.evidence.Exchanges = append(r.evidence.Exchanges, rec.Exchange)
	case "scenario":
		if rec.Scenario == nil || rec.Scenario.Name == "" {
			return empty
		}
		r.evidence.Scenarios = append(r.evidence.Scenarios, *rec.Scenario)
	case "conditions":
		if rec.Conditions == nil {
			return empty
		}
		r.evidence.Conditions = rec.Conditions
	case "end":
		if rec.End == nil {
			return empty
		}
		r.evidence.Ended = rec.End
	}
	return nil
}

// exchangeNumber is the number in an exchange's id.
func exchangeNumber(id string) (int, error) {
	digits, found := strings.CutPrefix(id, "e")
	number, err := strconv.Atoi(digits)
	if !found || err != nil || number < 1 || "e"+strconv.Itoa(number) != id {
		return 0, fmt.Errorf("is an exchange with the id %q, which is not e and a number", id)
	}
	return number, nil
}
