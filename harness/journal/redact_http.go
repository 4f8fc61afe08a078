package journal

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// Header redacts a header. Authorization keeps its scheme word, cookies keep
// their names, and every other value is redacted as text.
func (r *Redactor) Header(h http.Header) map[string][]string {
	r.learnHeader(h)
	return r.header(h)
}

// header is Header for what has been learnt already.
func (r *Redactor) header(h http.Header) map[string][]string {
	switch {
	case len(h) == 0:
		return nil
	case r.off.Load():
		return h.Clone()
	}
	redacted := make(map[string][]string, len(h))
	for name, values := range h {
		list := make([]string, len(values))
		for i, value := range values {
			list[i] = r.headerValue(name, value)
		}
		redacted[name] = list
	}
	return redacted
}

func (r *Redactor) headerValue(name, value string) string {
	switch http.CanonicalHeaderKey(name) { // a name may have been written in lower case on purpose
	case "Authorization", "Proxy-Authorization":
		scheme, credentials := splitAuthorization(value)
		switch {
		case credentials == "":
			return r.replaceKnown(scheme)
		case scheme == "":
			return r.replace(kindToken, credentials)
		}
		return r.replaceKnown(scheme) + " " + r.replace(kindToken, credentials)
	case "Cookie":
		return r.cookies(value, false)
	case "Set-Cookie":
		return r.cookies(value, true)
	}
	if kind := headerKind(name); kind != "" && value != "" {
		return r.replace(kind, value)
	}
	return r.text(value, 0)
}

// learnHeader makes the values known that the names of the headers tell.
func (r *Redactor) learnHeader(h http.Header) {
	for name, values := range h {
		kind := headerKind(name)
		authorization := name == "Authorization" || name == "Proxy-Authorization"
		for _, value := range values {
			switch {
			case authorization:
				scheme, credentials := splitAuthorization(value)
				r.learn(kindToken, credentials)
				if strings.EqualFold(scheme, "Basic") {
					if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil {
						_, password, _ := strings.Cut(string(plain), ":")
						r.learn(kindSecret, password)
					}
				}
			case kind != "":
				r.learn(kind, value)
			}
		}
	}
}

// plainHeaders are common headers that headerKind need not look at.
var plainHeaders = map[string]bool{"Accept": true, "Accept-Encoding": true, "Connection": true, "Content-Length": true, "Content-Type": true,
	"Date": true, "User-Agent": true, "X-Cm-Id": true, "X-Hip-Id": true, "X-Hiu-Id": true}

// headerKind is the kind of value of a header that is nothing but a secret, "" for any other header.
func headerKind(name string) string {
	if plainHeaders[name] {
		return ""
	}
	n := normal(name)
	switch {
	case strings.HasSuffix(n, "token"), strings.HasSuffix(n, "apikey"), strings.HasSuffix(n, "jwt"):
		return kindToken
	case strings.HasSuffix(n, "secret"), strings.HasSuffix(n, "password"):
		return kindSecret
	case strings.HasSuffix(n, "otp"), strings.HasSuffix(n, "authcode"):
		return kindOTP
	}
	return ""
}

// splitAuthorization parts a header into its scheme word and its credentials. One word alone is a credential,
// unless it is a well-known scheme.
func splitAuthorization(value string) (scheme, credentials string) {
	value = strings.TrimSpace(value)
	word, rest, both := strings.Cut(value, " ")
	switch {
	case both && len(word) <= 12 && strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz-") == "":
		return word, strings.TrimSpace(rest)
	case !both && (strings.EqualFold(word, "bearer") || strings.EqualFold(word, "basic")):
		return word, ""
	}
	return "", value
}

// cookies redacts the values of cookies: of every pair, or of the first where the others are attributes.
func (r *Redactor) cookies(value string, attributes bool) string {
	pairs := strings.Split(value, ";")
	for i, pair := range pairs {
		name, secret, valued := strings.Cut(pair, "=")
		switch {
		case attributes && i > 0:
			pairs[i] = r.text(pair, 0)
		case valued && secret != "":
			r.learn(kindCookie, secret)
			pairs[i] = name + "=" + r.replace(kindCookie, secret)
		case !valued && strings.TrimSpace(pair) != "":
			pairs[i] = r.replace(kindCookie, pair)
		}
	}
	return strings.Join(pairs, ";")
}

// URL redacts a URL or a path with a query: passwords, the values of query
// parameters with telling names, and what Text finds in the rest.
func (r *Redactor) URL(s string) string {
	if r.off.Load() {
		return s
	}
	head, query, queried := strings.Cut(s, "?")
	if scheme, rest, ok := strings.Cut(head, "://"); ok {
		end := strings.IndexByte(rest+"/", '/')
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			user, password, _ := strings.Cut(rest[:at], ":")
			if password != "" {
				r.learn(kindSecret, password)
				user += ":" + r.replace(kindSecret, password)
			}
			head = scheme + "://" + user + rest[at:]
		}
	}
	head = r.text(head, 0)
	if !queried {
		return head
	}
	parameters := strings.Split(query, "&")
	for i, parameter := range parameters {
		name, value, valued := strings.Cut(parameter, "=")
		plain, err := url.QueryUnescape(value)
		if err != nil {
			plain = value
		}
		kind := memberKind(normal(name), place{patient: true, parent: "patient"})
		switch {
		case !valued:
			parameters[i] = r.text(parameter, 0)
		case kind != "" && !r.kept(kind, plain):
			r.learn(kind, plain)
			parameters[i] = name + "=" + r.replace(kind, plain)
		default:
			if redacted := r.text(plain, 0); redacted != plain {
				value = redacted
			}
			parameters[i] = r.replaceKnown(name) + "=" + value
		}
	}
	return head + "?" + strings.Join(parameters, "&")
}
