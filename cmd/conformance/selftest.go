package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
)

// newSelftestCmd is `conformance selftest`: every fault against the suite.
func newSelftestCmd() *cobra.Command {
	var role, out, figures, matrix string
	var only []string
	var parallel int
	var verbose, list, whole bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that the suite sees: play it against every fault and every lawful variant",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known, err := config.ParseRole(role)
			if err != nil {
				return usageError("--role: %w", err)
			}
			specs, err := specsFor(known)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if list {
				return listSubjects(w, known, only)
			}
			switch {
			case figures != "" && len(only) > 0:
				return usageError("--figures are those of a whole role: leave --only out")
			case matrix != "" && figures == "":
				return usageError("--matrix is for --figures, into which its numbers go")
			case matrix != "":
				return writeFigures(w, known, matrix, figures)
			}
			m, err := selftest.Run(cmd.Context(), selftest.Options{Role: known, Specs: specs, Only: only, Whole: whole, Parallel: parallel, Version: version,
				Ended: func(o selftest.Outcome) {
					if verbose || !o.Right {
						fmt.Fprint(w, outcomeText(o))
					}
				}})
			if err != nil {
				return err
			}
			if out != "" {
				if err := m.Write(out); err != nil {
					return internalError("%w", err)
				}
			}
			if figures != "" {
				if err := m.WriteFigures(figures); err != nil {
					return usageError("%w", err)
				}
			}
			for _, name := range m.Unproven {
				if len(only) == 0 || verbose {
					fmt.Fprint(w, wrapped("UNPROVEN  ", name))
				}
			}
			fmt.Fprintln(w, m.Summary())
			if len(m.Missed()) > 0 || len(only) == 0 && len(m.Unproven) > 0 {
				return notConformant()
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&role, "role", string(contract.Gateway), "`ROLE` whose faults are played")
	cmd.Flags().StringArrayVar(&only, "only", nil, "only faults and variants whose name contains this; may be repeated")
	cmd.Flags().BoolVar(&whole, "whole", false, "play all scenarios against every fault, not only those in which it must show")
	cmd.Flags().StringVar(&out, "out", "", "write kill-matrix.json and kill-matrix.html into this `DIR`")
	cmd.Flags().StringVar(&figures, "figures", "", "put the numbers of faults caught and checks proven into this `FILE`, from which reports have them (suites/proof.json)")
	cmd.Flags().StringVar(&matrix, "matrix", "", "take the numbers for --figures from this kill-matrix.json `FILE`, and play nothing")
	cmd.Flags().IntVar(&parallel, "parallel", 0, "subjects at a time; 0 for a number that suits the machine")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "print every subject, not only those that are not as they must be")
	cmd.Flags().BoolVar(&list, "list", false, "list the faults and the lawful variants, and how many they are, and play nothing")
	return cmd
}

// writeFigures takes the numbers of a matrix that was measured before.
func writeFigures(w io.Writer, role contract.Role, matrix, figures string) error {
	m, err := selftest.ReadMatrix(matrix)
	if err != nil {
		return usageError("%w", err)
	}
	if m.Role != role || m.Whole {
		return usageError("%s is of role %s, with all scenarios against every fault: %v; the figures in reports are those that make test measures for %s", matrix, m.Role, m.Whole, role)
	}
	if err := m.WriteFigures(figures); err != nil {
		return usageError("%w", err)
	}
	_, err = fmt.Fprintf(w, "%s: %s\n", role, m.Summary())
	return err
}

// listSubjects prints what the selftest plays against, and how much that is.
func listSubjects(w io.Writer, role contract.Role, only []string) error {
	faults, variants := 0, 0
	for _, s := range selftest.Subjects(role, only) {
		if s.Variant {
			variants++
		} else {
			faults++
		}
		if _, err := fmt.Fprintf(w, "%-44s %s\n", s.Name, s.Summary); err != nil {
			return internalError("the list cannot be printed: %w", err)
		}
	}
	_, err := fmt.Fprintf(w, "%s: %d faults and %d lawful variants\n", role, faults, variants)
	return err
}

// outcomeText is one subject of the kill matrix, in lines of 80 columns at the most.
func outcomeText(o selftest.Outcome) string {
	text := wrapped(fmt.Sprintf("%-11s ", strings.ToUpper(o.Word())), o.Name)
	add := func(name string, words ...string) {
		if len(words) > 0 {
			text += wrapped("            "+name+" ", strings.Join(words, " "))
		}
	}
	if o.Error != "" {
		add("because", o.Error)
	}
	add("expected", o.Expected...)
	add("found by", o.Found()...)
	if best := o.Best(); best != nil {
		add("received", best.Finding.Received)
	}
	if !o.Right {
		add("undecided", strings.Join(o.Undecided, ", "))
	}
	return text
}

// columns is the width of a terminal that everybody has.
const columns = 80

// wrapped is a text after a label, broken at spaces and indented below it, with a line break at the end. A word that is
// longer than a line is cut.
func wrapped(label, text string) string {
	var out strings.Builder
	line, indent := label, strings.Repeat(" ", utf8.RuneCountInString(label))
	fresh := true
	for _, word := range strings.Fields(text) {
		for word != "" {
			room := columns - utf8.RuneCountInString(line)
			if !fresh {
				room--
			}
			size := utf8.RuneCountInString(word)
			if size > room && !fresh {
				out.WriteString(line + "\n")
				line, fresh = indent, true
				continue
			}
			if !fresh {
				line += " "
			}
			runes := []rune(word)
			take := min(len(runes), max(room, 1))
			line += string(runes[:take])
			word, fresh = string(runes[take:]), false
		}
	}
	out.WriteString(line + "\n")
	return out.String()
}
