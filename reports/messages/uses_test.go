package messages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"golang.org/x/net/html"
)

// use is one place where a message is asked for.
type use struct {
	at   string
	key  string
	args []string // names of placeholders; nil where they are handed on and cannot be read
	part bool     // key is only the beginning of the keys that are meant
	all  bool     // args are known
}

// TestMessagesAndTheirUsesAgree reads every template and every Go file of the project: what they ask for must be in the
// catalogue with those placeholders, and what is in the catalogue must be asked for.
func TestMessagesAndTheirUsesAgree(t *testing.T) {
	english, used := fileOf(t, English), map[string]bool{}
	uses := append(usesInTemplates(t), usesInGo(t)...)
	if len(uses) < 80 {
		t.Fatalf("only %d uses were found: the test looks at the wrong place", len(uses))
	}
	for _, u := range uses {
		known := false
		for key, m := range english {
			if key != u.key && !(u.part && strings.HasPrefix(key, u.key)) {
				continue
			}
			known, used[key] = true, true
			wants := placeholders(m.One + m.Other)
			if m.One != "" && !slices.Contains(wants, "N") {
				wants = append(wants, "N")
			}
			slices.Sort(u.args)
			if u.all && !u.part && !slices.Equal(u.args, wants) && len(u.args)+len(wants) > 0 {
				t.Errorf("%s gives %s the placeholders %v, it asks for %v", u.at, u.key, u.args, wants)
			}
		}
		if !known {
			t.Errorf("%s asks for %q, which the catalogue lacks", u.at, u.key)
		}
	}
	for key := range english {
		if !used[key] {
			t.Errorf("nothing asks for %s", key)
		}
	}
}

// TestNoSentenceStandsInATemplate looks for letters that a reader would see and that do not come from the catalogue.
func TestNoSentenceStandsInATemplate(t *testing.T) {
	letters := regexp.MustCompile(`\p{L}[\p{L}0-9]+`)
	spoken := []string{"aria-label", "aria-description", "title", "alt", "data-label", "placeholder"}
	names := []string{"sha256"} // the same in every language
	for path, trees := range templates(t) {
		for _, tree := range trees {
			var b strings.Builder
			walk(tree.Root, func(n parse.Node) {
				switch n := n.(type) {
				case *parse.TextNode:
					b.Write(n.Text)
				case *parse.ActionNode, *parse.TemplateNode:
					b.WriteString("·")
				}
			})
			code := 0 // elements open around the text that hold what is no prose
			for tokens := html.NewTokenizer(strings.NewReader(b.String())); ; {
				kind := tokens.Next()
				if kind == html.ErrorToken {
					break
				}
				token := tokens.Token()
				switch {
				case token.Data == "code" && kind == html.StartTagToken:
					code++
				case token.Data == "code" && kind == html.EndTagToken:
					code--
				}
				said := ""
				if kind == html.TextToken && code == 0 {
					said = token.Data
				}
				for _, a := range token.Attr {
					if slices.Contains(spoken, a.Key) {
						said += a.Val
					}
				}
				for _, word := range letters.FindAllString(said, -1) {
					if !slices.Contains(names, word) {
						t.Errorf("%s: template %q says %q in %q; put it into the catalogue", path, tree.Name, word, said)
						break
					}
				}
			}
		}
	}
}

// root is the directory of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
	}
	t.Fatal(err)
	return ""
}

// sources are the files below a directory whose names end so, tests left out.
func sources(t *testing.T, dir, suffix string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != dir && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) && !strings.HasSuffix(path, "_test.go") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// templates are the parsed templates of the reports by file; pages for whoever develops the suite are English.
func templates(t *testing.T) map[string][]*parse.Tree {
	t.Helper()
	all := map[string][]*parse.Tree{}
	for _, path := range sources(t, filepath.Join(root(t), "reports"), ".tmpl") {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse.New(filepath.Base(path))
		tree.Mode = parse.SkipFuncCheck
		set := map[string]*parse.Tree{}
		if _, err := tree.Parse(string(content), "{{", "}}", set); err != nil {
			t.Fatal(err)
		}
		for _, tree := range set {
			all[filepath.Base(path)] = append(all[filepath.Base(path)], tree)
		}
	}
	return all
}

func usesInTemplates(t *testing.T) []use {
	var uses []use
	for path, trees := range templates(t) {
		for _, tree := range trees {
			walk(tree.Root, func(n parse.Node) {
				c, ok := n.(*parse.CommandNode)
				if !ok || len(c.Args) < 2 || c.Args[0].String() != "t" {
					return
				}
				key, ok := c.Args[1].(*parse.StringNode)
				if !ok {
					t.Errorf("%s: %s: the key must be written out", path, c)
					return
				}
				u := use{at: path, key: key.Text, all: true}
				for i := 2; i < len(c.Args); i += 2 {
					name, ok := c.Args[i].(*parse.StringNode)
					if !ok {
						t.Errorf("%s: %s: the name of a placeholder must be written out", path, c)
						return
					}
					u.args = append(u.args, name.Text)
				}
				uses = append(uses, u)
			})
		}
	}
	return uses
}

// walk visits every node below n, in the order of the text.
func walk(n parse.Node, visit func(parse.Node)) {
	list := func(l *parse.ListNode) {
		if l != nil {
			walk(l, visit)
		}
	}
	visit(n)
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			walk(child, visit)
		}
	case *parse.IfNode:
		walk(n.Pipe, visit)
		list(n.List)
		list(n.ElseList)
	case *parse.RangeNode:
		walk(n.Pipe, visit)
		list(n.List)
		list(n.ElseList)
	case *parse.WithNode:
		walk(n.Pipe, visit)
		list(n.List)
		list(n.ElseList)
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, visit)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walk(c, visit)
		}
	case *parse.CommandNode:
		for _, a := range n.Args {
			walk(a, visit)
		}
	}
}

// usesInGo finds the calls of a method T with a key: "key", or "beginning." + what follows.
func usesInGo(t *testing.T) []use {
	var uses []use
	for _, path := range sources(t, root(t), ".go") {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), ".T(") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, content, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "T" {
				return true
			}
			u := use{at: filepath.Base(path), all: !call.Ellipsis.IsValid()}
			u.key, u.part = literal(call.Args[0])
			if u.key == "" {
				t.Errorf("%s: a key must begin with what is written out", u.at)
			}
			for i := 1; u.all && i < len(call.Args); i += 2 {
				name, part := literal(call.Args[i])
				if name == "" || part {
					t.Errorf("%s: %s: the name of a placeholder must be written out", u.at, u.key)
				}
				u.args = append(u.args, name)
			}
			uses = append(uses, u)
			return true
		})
	}
	return uses
}

// literal is a string as the source spells it; part says that more is added to its end.
func literal(e ast.Expr) (text string, part bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ = strconv.Unquote(e.Value)
	case *ast.BinaryExpr:
		text, _ = literal(e.X)
		part = true
	}
	return text, part
}
