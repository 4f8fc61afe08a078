package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/reports/messages"
)

// frame shows the report in a frame of a given width, opens every fold, and
// writes what a reader would stumble over into its own document: content that
// is wider than the frame, and text with less contrast than WCAG 2.2 AA asks.
const frame = `<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><body>
<iframe src="/report" width="%d" height="800" style="border:0"></iframe><pre id="seen"></pre>
<script>
function rgb(c) { const m = c.match(/[\d.]+/g).map(Number); return m.length == 4 ? m : [...m, 1] }
function light(c) {
  const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
addEventListener("load", () => {
  const frame = document.querySelector("iframe"), doc = frame.contentDocument, win = frame.contentWindow
  const seen = {dark: win.matchMedia("(prefers-color-scheme:dark)").matches, elements: 0, wide: [], faint: []}
  for (const open of [false, true]) {
    for (const d of doc.querySelectorAll("details")) d.open = open
    if (doc.documentElement.scrollWidth > win.innerWidth) seen.wide.push("page: " + doc.documentElement.scrollWidth)
    for (const e of doc.body.querySelectorAll("*")) {
      const box = e.getBoundingClientRect()
      if (box.right > win.innerWidth + 1) seen.wide.push(e.tagName + " " + e.textContent.slice(0, 60) + ": " + box.right)
    }
  }
  const walk = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    if (!walk.currentNode.data.trim()) continue
    const e = walk.currentNode.parentElement
    let under = e
    while (under && rgb(win.getComputedStyle(under).backgroundColor)[3] == 0) under = under.parentElement
    const a = light(rgb(win.getComputedStyle(e).color)), b = light(rgb(win.getComputedStyle(under).backgroundColor))
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    seen.elements++
    if (contrast < 4.5) seen.faint.push(e.className + " " + e.textContent.slice(0, 60) + ": " + contrast.toFixed(2))
  }
  seen.wide = seen.wide.slice(0, 10), seen.faint = seen.faint.slice(0, 10)
  document.getElementById("seen").textContent = JSON.stringify(seen)
})
</script>`

func TestHTMLInABrowser(t *testing.T) {
	chromium := program(t, "chromium", "chromium")
	manyResults, manyEvidence := large(30, 60, 3)
	for name, report := range map[string]string{
		"sample":  htmlOf(t, sample(), sampleEvidence()),
		"many":    htmlOf(t, manyResults, manyEvidence),
		"diff":    diffHTMLOf(t, sampleDiff(t), messages.Hindi),
		"hostile": htmlOf(t, hostileResults(strings.Repeat("W", 3_000)+hostile["script"]), hostileEvidence(strings.Repeat("W", 3_000)+hostile["attribute"])),
	} {
		for _, width := range []int{360, 1280} {
			for _, dark := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/dark=%v", name, width, dark), func(t *testing.T) {
					looksRight(t, chromium, report, width, dark)
				})
			}
		}
	}
}

func looksRight(t *testing.T, chromium, report string, width int, dark bool) {
	mux := http.NewServeMux()
	serve := func(path, content string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, content)
		})
	}
	serve("/report", report)
	serve("/frame", fmt.Sprintf(frame, width))
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	scheme := "preferredColorScheme=1"
	if dark {
		scheme = "preferredColorScheme=0"
	}
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--blink-settings="+scheme, "--window-size=1400,1000", "--dump-dom", server.URL+"/frame")
	var log strings.Builder
	cmd.Stderr = &log
	cmd.WaitDelay = 5 * time.Second
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, log.String())
	}
	_, rest, _ := strings.Cut(string(dom), `<pre id="seen">`)
	found, _, _ := strings.Cut(rest, "</pre>")
	var seen struct {
		Dark        bool
		Elements    int
		Wide, Faint []string
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(found)), &seen); err != nil {
		t.Fatalf("the frame measured nothing: %v\n%s\n%s", err, dom, log.String())
	}
	if seen.Dark != dark || seen.Elements < 50 {
		t.Errorf("measured in the wrong scheme (dark=%v) or only %d texts", seen.Dark, seen.Elements)
	}
	if len(seen.Wide) > 0 {
		t.Errorf("wider than %d px:\n%s", width, strings.Join(seen.Wide, "\n"))
	}
	if len(seen.Faint) > 0 {
		t.Errorf("contrast below 4.5:\n%s", strings.Join(seen.Faint, "\n"))
	}
	for l := range strings.Lines(log.String()) {
		if strings.Contains(l, "CONSOLE") {
			t.Errorf("the browser's console says: %s", l)
		}
	}
}
