package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"text/template"

	"abdm.example/conformance/suites"
)

// sign is what a badge says: what it is about, the verdict, and the colour beneath it. White text has a contrast of at
// least 4.5 on each of the colours.
type sign struct{ label, message, colour string }

// signOf is the badge of a run. A run in profile field says so, for its verdict is another promise, and so does one of the
// bundled reference, which certifies nothing.
func signOf(r *suites.Results) sign {
	s := sign{label: "ABDM v0.5 users/auth"}
	if role := line(string(r.Subject.Role), 24); role != "" {
		s.label += " " + role
	}
	switch r.Verdict {
	case suites.Conformant:
		s.message, s.colour = "conformant", "#1a7f37"
	case suites.NotConformant:
		s.message, s.colour = "not conformant", "#cf222e"
	default:
		s.message, s.colour = "incomplete", "#9a6700"
	}
	if r.Profile == suites.ProfileField {
		s.message += " (field)"
	}
	if r.Demonstration {
		s.message += " (demonstration)"
	}
	if r.Unredacted {
		s.message, s.colour = "UNREDACTED, "+s.message, "#9a6700"
	}
	return s
}

// Shield writes the badge in the form of an endpoint of shields.io: whoever
// publishes the file shows it as https://img.shields.io/endpoint?url=....
func Shield(w io.Writer, r *suites.Results) error {
	s := signOf(r)
	content, err := json.MarshalIndent(struct {
		Version int    `json:"schemaVersion"`
		Label   string `json:"label"`
		Message string `json:"message"`
		Color   string `json:"color"`
		IsError bool   `json:"isError"`
	}{1, s.label, s.message, s.colour, r.Verdict == suites.NotConformant || r.Unredacted}, "", "  ")
	if err != nil {
		return fmt.Errorf("badge.json could not be encoded: %w", err)
	}
	return write(w, append(shown(content), '\n'), ShieldFile)
}

// badgeTemplate has the proportions of the badges that people know. The text has its length told, so that it fits whatever
// font is there, and no font is loaded.
var badgeTemplate = template.Must(template.New("badge").Parse(`<svg xmlns="http://www.w3.org/2000/svg" width="{{.Width}}" height="20" viewBox="0 0 {{.Width}} 20" role="img" aria-label="{{.Label}}: {{.Message}}">
<title>{{.Label}}: {{.Message}}</title>
<clipPath id="round"><rect width="{{.Width}}" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)"><rect width="{{.LabelWidth}}" height="20" fill="#444c56"/><rect x="{{.LabelWidth}}" width="{{.MessageWidth}}" height="20" fill="{{.Colour}}"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" aria-hidden="true"><text x="{{.Margin}}" y="14" textLength="{{.LabelText}}">{{.Label}}</text><text x="{{.MessageAt}}" y="14" textLength="{{.MessageText}}">{{.Message}}</text></g>
</svg>
`))

// badgeMargin is the room on each side of a text, in pixels.
const badgeMargin = 6

// Badge writes the verdict as one small picture, which holds its own text for whoever cannot see it.
func Badge(w io.Writer, r *suites.Results) error {
	s := signOf(r)
	label, message := pixels(s.label), pixels(s.message)
	var b bytes.Buffer
	err := badgeTemplate.Execute(&b, map[string]any{
		"Label": xmlText(s.label), "Message": xmlText(s.message), "Colour": s.colour, "Margin": badgeMargin,
		"LabelText": label, "MessageText": message, "LabelWidth": label + 2*badgeMargin, "MessageWidth": message + 2*badgeMargin,
		"MessageAt": label + 3*badgeMargin, "Width": label + message + 4*badgeMargin,
	})
	if err != nil {
		return fmt.Errorf("badge.svg could not be rendered: %w", err)
	}
	return write(w, b.Bytes(), BadgeFile)
}

// xmlText is s as text or as the value of an attribute.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// advance is the width of the printable ASCII characters from the space on, in Verdana of 11 pixels, in hundredths of a pixel.
var advance = [...]int{
	387, 433, 505, 900, 699, 1184, 799, 296, 500, 500, 699, 900, 400, 500, 400, 500, // space to /
	699, 699, 699, 699, 699, 699, 699, 699, 699, 699, 500, 500, 900, 900, 900, 600, // 0 to ?
	1100, 752, 754, 768, 848, 696, 632, 853, 827, 463, 500, 762, 612, 927, 823, 866, // @ to O
	663, 866, 765, 752, 678, 805, 752, 1088, 754, 677, 754, 500, 500, 500, 900, 699, // P to _
	699, 661, 685, 573, 685, 656, 387, 685, 696, 302, 379, 651, 302, 1070, 696, 668, // ` to o
	685, 685, 469, 573, 433, 696, 651, 900, 651, 651, 578, 698, 500, 698, 900, // p to ~
}

// pixels is the width of a text in Verdana of 11 pixels, rounded up. Other characters than ASCII count as a wide one for each column.
func pixels(s string) int {
	sum := 0
	for _, c := range s {
		if i := int(c) - ' '; i >= 0 && i < len(advance) {
			sum += advance[i]
		} else {
			sum += 1100 * runeColumns(c)
		}
	}
	return (sum + 99) / 100
}
