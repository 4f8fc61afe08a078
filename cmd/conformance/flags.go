package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/reports/messages"
)

// defaultFile is read where it is there and no other file is named.
const defaultFile = "conformance.yaml"

// configFlags are the flags of a command that needs a configuration: --config,
// and one for every key of the file.
type configFlags struct {
	file  string
	given []config.Flag // in the order of the command line
}

// addConfigFlags gives a command the flags of the configuration. --role and
// --target are listed with the command's own; those of all other keys are
// listed together at the end of its help.
func addConfigFlags(cmd *cobra.Command) *configFlags {
	f, flags := &configFlags{}, cmd.Flags()
	flags.StringVarP(&f.file, "config", "c", "", "configuration `FILE`; "+defaultFile+" where it is there")
	for _, k := range config.Keys() {
		if k.Short != "" {
			flags.Var(&keyFlag{name: k.Short, to: f}, k.Short, k.Doc)
		}
		flags.Var(&keyFlag{name: k.Flag, to: f}, k.Flag, k.Doc)
		flags.Lookup(k.Flag).Hidden = true
	}
	cmd.SetUsageTemplate(cmd.UsageTemplate() + keyUsage())
	return f
}

// keyFlag is the flag of one key. It keeps the text; config reads and checks it.
type keyFlag struct {
	name, value string
	to          *configFlags
}

var _ pflag.Value = (*keyFlag)(nil)

// String is the value that was given.
func (k *keyFlag) String() string { return k.value }

// Type is the word for the value in the help.
func (k *keyFlag) Type() string { return "string" }

// Set keeps a value; of a repeated flag the last counts.
func (k *keyFlag) Set(value string) error {
	k.value = value
	for i := range k.to.given {
		if k.to.given[i].Name == k.name {
			k.to.given[i].Value = value
			return nil
		}
	}
	k.to.given = append(k.to.given, config.Flag{Name: k.name, Value: value})
	return nil
}

// keyUsage lists the flags of all keys, a paragraph for each section of the file.
func keyUsage() string {
	const width = 100
	var b strings.Builder
	b.WriteString("\nConfiguration (--subject-url is key subject.url of the file and variable CONFORMANCE_SUBJECT_URL, and so on;\n" +
		"a flag goes before a variable, a variable before the file; give secrets as variables):\n")
	section, column := "", 0
	for _, k := range config.Keys() {
		name := "--" + k.Flag
		if top, _, _ := strings.Cut(k.Path, "."); top != section || column+1+len(name) > width {
			if section != "" {
				b.WriteString("\n")
			}
			b.WriteString(" ")
			section, column = top, 1
		}
		b.WriteString(" " + name)
		column += 1 + len(name)
	}
	b.WriteString("\n")
	return b.String()
}

// overrides are the flags that were given and the environment.
func (f *configFlags) overrides() config.Overrides {
	return config.Overrides{Flags: f.given, Environ: os.Environ()}
}

// path is the file to read: the one that --config names, else conformance.yaml where it is there, else "".
func (f *configFlags) path() (string, error) {
	if f.file != "" {
		return f.file, nil
	}
	switch _, err := os.Stat(defaultFile); {
	case err == nil:
		return defaultFile, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	default:
		return "", usageError("%s is there but cannot be read; mend its permissions, or name another file with --config", defaultFile)
	}
}

// load returns the configuration. Where there is neither a file nor a target,
// it is that of the bundled network, and the second result is true.
func (f *configFlags) load() (*config.Config, bool, error) {
	path, err := f.path()
	if err != nil {
		return nil, false, err
	}
	overrides := f.overrides()
	role, target := f.value("subject.role"), f.value("subject.url")
	if path != "" || target != "" {
		c, err := config.Load(path, overrides)
		return c, false, err
	}
	if role == "" {
		role = string(contract.Gateway)
	}
	known, err := config.ParseRole(role)
	if err != nil {
		known = contract.Gateway // the role given is checked below, where its flag or variable is known
	}
	c, err := config.BundledWith(known, overrides)
	return c, true, err
}

// value is what flags or else a variable say of a key; "" where neither does.
func (f *configFlags) value(path string) string {
	value := ""
	for _, k := range config.Keys() {
		if k.Path != path {
			continue
		}
		value = os.Getenv(k.Env)
		for _, given := range f.given {
			if given.Value != "" && (given.Name == k.Flag || given.Name == k.Short) {
				value = given.Value
			}
		}
	}
	return value
}

// runFlags are the flags that say how a run goes and where its results are written.
type runFlags struct {
	profile     string
	out         string
	filter      string
	concurrency int
	unredacted  bool
	rate        float64 // requests begun in a second; 0 for no limit
	baseline    string  // "" for none
	sign        string  // the key, "" for none
	lang        string
	language    messages.Language // what lang names, once it was checked
}

// Profiles of judgement.
const (
	profileStrict = "strict"
	profileField  = "field"
)

// addRunFlags gives a command the flags of a run.
func addRunFlags(cmd *cobra.Command) *runFlags {
	r, flags := &runFlags{}, cmd.Flags()
	flags.StringVar(&r.profile, "profile", profileStrict, "strict (the contract as written) or field (known, listed tolerances become warnings)")
	flags.StringVar(&r.out, "out", "conformance-out", "`DIR` for results.json, evidence.jsonl and the reports")
	flags.StringVar(&r.filter, "filter", "", "judge only the requirements that `EXPR` names; the verdict is then incomplete")
	addBaselineFlag(cmd, &r.baseline)
	flags.StringVar(&r.sign, "sign", "", "sign the run with `KEY`: the file of an ed25519 private key (PEM), or '${NAME}' of a variable with it")
	flags.IntVar(&r.concurrency, "concurrency", 32, "requests in flight at a time")
	flags.Float64Var(&r.rate, "rate", 0, "requests begun in a second; 0 for no limit")
	flags.BoolVar(&r.unredacted, "unredacted", false, "keep secrets and patient data in the evidence, to debug on your own machine; every output says so")
	addLanguageFlag(cmd, &r.lang)
	return r
}

// check says what is wrong with the flags of a run.
func (r *runFlags) check() error {
	var wrong []string
	if r.profile != profileStrict && r.profile != profileField {
		wrong = append(wrong, fmt.Sprintf("--profile %q is neither strict nor field", r.profile))
	}
	if r.out == "" {
		wrong = append(wrong, "--out names no directory")
	}
	if r.sign != "" && r.unredacted {
		wrong = append(wrong, "--sign and --unredacted exclude each other: a run that holds secrets is not for others")
	}
	if r.concurrency < 1 {
		wrong = append(wrong, fmt.Sprintf("--concurrency %d must be at least 1", r.concurrency))
	}
	if !(r.rate >= 0) { // not a number is no rate either
		wrong = append(wrong, "--rate must be 0 or more")
	}
	var err error
	if r.language, err = messages.Parse(r.lang); err != nil {
		wrong = append(wrong, "--lang: "+err.Error())
	}
	if wrong != nil {
		return usageError("%s; see conformance run --help", strings.Join(wrong, "; "))
	}
	return nil
}

// addLanguageFlag gives a command that writes report.html the flag for its language.
func addLanguageFlag(cmd *cobra.Command, lang *string) {
	var known []string
	for _, l := range messages.Languages {
		known = append(known, string(l))
	}
	cmd.Flags().StringVar(lang, "lang", string(messages.English), "the language of report.html: "+strings.Join(known, " or "))
}

// languageNamed reads what --lang says.
func languageNamed(lang string) (messages.Language, error) {
	l, err := messages.Parse(lang)
	if err != nil {
		return "", usageError("--lang: %w", err)
	}
	return l, nil
}
