package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/bundle"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// maxKey is the largest file that a key is read from, in bytes.
const maxKey = 64 << 10

// keyText reads what names a key: a file, or a variable as ${NAME}. The error never holds what was read.
func keyText(flag, value string) ([]byte, error) {
	if name, isVariable := strings.CutPrefix(value, "${"); isVariable && strings.HasSuffix(name, "}") {
		name = strings.TrimSuffix(name, "}")
		text := os.Getenv(name)
		if text == "" {
			return nil, usageError("%s: the variable %s is not set or empty", flag, name)
		}
		return []byte(text), nil
	}
	if strings.Contains(value, "-----BEGIN") {
		return nil, usageError("%s holds a key itself, which everybody can read in the list of processes: name a file, or a variable as '${NAME}'", flag)
	}
	info, err := os.Stat(value)
	switch {
	case err != nil:
		return nil, usageError("%s: the key cannot be read: %w", flag, err)
	case !info.Mode().IsRegular() || info.Size() > maxKey:
		return nil, usageError("%s: %s is not a regular file of at most %d bytes", flag, value, maxKey)
	}
	text, err := os.ReadFile(value)
	if err != nil {
		return nil, usageError("%s: the key cannot be read: %w", flag, err)
	}
	return text, nil
}

// signingKey reads the private key that a flag names; nil where it names none.
func signingKey(flag, value string) (*bundle.Key, error) {
	if value == "" {
		return nil, nil
	}
	text, err := keyText(flag, value)
	if err != nil {
		return nil, err
	}
	key, err := bundle.ParsePrivate(text)
	if err != nil {
		return nil, usageError("%s is not usable: %w", flag, err)
	}
	return key, nil
}

// newSignCmd is `conformance sign DIR`: sign a run that is there.
func newSignCmd() *cobra.Command {
	var named string
	cmd := &cobra.Command{
		Use:   "sign DIR",
		Short: "Sign the directory of a run, so that others can verify it",
		Long: `sign writes ` + bundle.EnvelopeFile + ` into the directory of a run: an in-toto statement (predicate
test-result) with the SHA-256 of every file, in a DSSE envelope, signed with ed25519.`,
		Example: `  conformance keygen --out key
  conformance sign results --key key.pem
  conformance verify results --key key.pub`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&named, "key", "", "`KEY`: the file of a private key (ed25519, PEM, PKCS#8), or '${NAME}' of a variable with it")
	_ = cmd.MarkFlagRequired("key") // the flag is there
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		key, err := signingKey("--key", named)
		if err != nil {
			return err
		}
		if key == nil {
			return usageError("--key names no key")
		}
		if _, err := readEvidence(args[0]); err != nil {
			return err
		}
		release, err := claim(args[0])
		if err != nil {
			return err
		}
		defer func() { _ = release() }() // it ends with the process at the latest
		if err := bundle.Sign(cmd.Context(), args[0], key); err != nil {
			return usageError("the run was not signed: %w", err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s is signed by the key %s\n", filepath.Join(args[0], bundle.EnvelopeFile), key)
		return nil
	}
	return cmd
}

// newKeygenCmd is `conformance keygen`: a key of a signer.
func newKeygenCmd() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "Make a key for signing runs",
		Long: `keygen writes a private key (NAME.pem, ed25519 in PEM and PKCS#8, without a password) and its
public key (NAME.pub). It is the same as
  openssl genpkey -algorithm ed25519 -out NAME.pem
  openssl pkey -in NAME.pem -pubout -out NAME.pub`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&out, "out", "conformance-key", "`NAME` of the files; those that are there are kept")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		key, err := bundle.NewKey()
		if err != nil {
			return internalError("no key can be made: %w", err)
		}
		private, err := key.PrivatePEM()
		if err != nil {
			return internalError("no key can be made: %w", err)
		}
		public, err := key.PublicPEM()
		if err != nil {
			return internalError("no key can be made: %w", err)
		}
		for _, file := range []struct {
			name    string
			content []byte
			mode    os.FileMode
		}{{out + ".pem", private, 0o600}, {out + ".pub", public, 0o644}} {
			f, err := os.OpenFile(file.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, file.mode)
			if err != nil {
				return usageError("--out: %s cannot be made: %w", file.name, err)
			}
			_, err = f.Write(file.content)
			if err = errors.Join(err, f.Close()); err != nil {
				return internalError("%s cannot be written: %w", file.name, err)
			}
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s.pem signs: keep it secret. %s.pub verifies: give it to whoever shall trust you.\nThe key is %s\n", out, out, key)
		return nil
	}
	return cmd
}

// newVerifyCmd is `conformance verify DIR`: is a bundle what was signed, and does its evidence give its verdict?
func newVerifyCmd() *cobra.Command {
	var named, output string
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Verify a signed run: the signature, every file, and the verdict, judged again",
		Long: `verify looks whether every file of a run is what was signed, says which is not and where it
differs, and judges the evidence again with this build. It needs no network.

Exit codes: 0 good, 1 tampered, not signed by this key, or another verdict, 2 usage.`,
		Example: `  conformance verify results --key signer.pub`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&named, "key", "", "`PUB`: the file of the signer's public key (PEM), or '${NAME}' of a variable with it")
	cmd.Flags().StringVar(&output, "output", "text", "how it is told: text or json")
	_ = cmd.MarkFlagRequired("key") // the flag is there
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if output != "text" && output != "json" {
			return usageError("--output %q is neither text nor json", output)
		}
		text, err := keyText("--key", named)
		if err != nil {
			return err
		}
		key, err := bundle.ParsePublic(text)
		if err != nil {
			return usageError("--key is not usable: %w", err)
		}
		if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
			return usageError("%s is no directory: name that of a signed run", args[0])
		}
		v, err := bundle.Verify(cmd.Context(), args[0], key, judgeAgain(cmd.Context()))
		if err != nil {
			return usageError("the bundle cannot be read: %w", err)
		}
		if output == "json" {
			err = v.JSON(cmd.OutOrStdout())
		} else {
			err = v.Text(cmd.OutOrStdout(), time.Now())
		}
		if err != nil {
			return internalError("what was found cannot be printed: %w", err)
		}
		if !v.Good {
			return notConformant()
		}
		return nil
	}
	return cmd
}

// judgeAgain judges evidence as a run was judged.
func judgeAgain(ctx context.Context) bundle.Judge {
	return func(ev *journal.Evidence, as *suites.Results) (*suites.Results, error) {
		specs, err := specsFor(ev.Run.Subject.Role)
		if err != nil {
			return nil, err
		}
		r, err := suites.Judge(ctx, ev, suites.Options{Profile: as.Profile, Version: version, Baseline: as.Baseline}, specs)
		if err != nil {
			return nil, err
		}
		r.AddPacts(as.Pacts)
		return r, nil
	}
}

// unsigned refuses to change the directory of a run that is signed.
func unsigned(dir string) error {
	path := filepath.Join(dir, bundle.EnvelopeFile)
	if _, err := os.Lstat(path); err != nil {
		return nil
	}
	return usageError("%s is signed, and writing there would make its signature worthless: work on a copy without %s, or remove that file and sign again with 'conformance sign'", dir, bundle.EnvelopeFile)
}
