package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
)

// Publication is what is published of one version of the consumers.
type Publication struct {
	// Version is the version of every consumer whose pacts are published.
	Version string
	// Branch, Tags and BuildURL are told to the broker where they are given.
	Branch   string
	Tags     []string
	BuildURL string
	// Pacts are the Pact files, as they are.
	Pacts [][]byte
}

// contracts is the body of POST /contracts/publish.
type contracts struct {
	Pacticipant string         `json:"pacticipantName"`
	Version     string         `json:"pacticipantVersionNumber"`
	Branch      string         `json:"branch,omitempty"`
	Tags        []string       `json:"tags,omitempty"`
	BuildURL    string         `json:"buildUrl,omitempty"`
	Contracts   []contractFile `json:"contracts"`
}

type contractFile struct {
	Consumer      string `json:"consumerName"`
	Provider      string `json:"providerName"`
	Specification string `json:"specification"`
	ContentType   string `json:"contentType"`
	Content       string `json:"content"` // base64
	OnConflict    string `json:"onConflict"`
}

// parties reads who is who in a Pact file.
func parties(pact []byte) (consumer, provider string, err error) {
	var file struct {
		Consumer struct{ Name string } `json:"consumer"`
		Provider struct{ Name string } `json:"provider"`
	}
	if err := json.Unmarshal(pact, &file); err != nil || file.Consumer.Name == "" || file.Provider.Name == "" {
		return "", "", fmt.Errorf("a Pact file is no JSON object with consumer.name and provider.name")
	}
	return file.Consumer.Name, file.Provider.Name, nil
}

// Publish publishes the Pact files, with one request for each consumer among them, and returns the broker's notices. A
// pact of the same version that is there already is overwritten. The error is a *Problem where the broker refused.
func (c *Client) Publish(ctx context.Context, p Publication) ([]Notice, error) {
	byConsumer := map[string]*contracts{}
	var order []string
	for _, pact := range p.Pacts {
		consumer, provider, err := parties(pact)
		if err != nil {
			return nil, err
		}
		if byConsumer[consumer] == nil {
			byConsumer[consumer] = &contracts{Pacticipant: consumer, Version: p.Version, Branch: p.Branch, Tags: p.Tags, BuildURL: p.BuildURL}
			order = append(order, consumer)
		}
		body := byConsumer[consumer]
		body.Contracts = append(body.Contracts, contractFile{Consumer: consumer, Provider: provider, Specification: "pact",
			ContentType: "application/json", Content: base64.StdEncoding.EncodeToString(pact), OnConflict: "overwrite"})
	}
	slices.Sort(order)
	var notices []Notice
	for _, consumer := range order {
		var answer struct {
			Notices []Notice `json:"notices"`
		}
		if err := c.call(ctx, "POST", c.at("contracts", "publish"), byConsumer[consumer], &answer); err != nil {
			return notices, err
		}
		notices = append(notices, answer.Notices...)
	}
	return notices, nil
}

// Verification is the result of verifying one pact.
type Verification struct {
	Consumer, Provider string
	// ConsumerVersion is the version whose pact was verified; "" for the latest.
	ConsumerVersion string
	// ProviderVersion, ProviderBranch and ProviderTags are of the provider that was verified.
	ProviderVersion, ProviderBranch string
	ProviderTags                    []string
	BuildURL                        string
	Success                         bool
	Tests                           []TestResult
	// Suite is the version of the suite that verified.
	Suite string
}

// TestResult is the result of one interaction.
type TestResult struct {
	InteractionDescription string     `json:"interactionDescription"`
	InteractionID          string     `json:"interactionId,omitempty"` // the broker's own, which PublishVerification knows
	Success                bool       `json:"success"`
	Mismatches             []Mismatch `json:"mismatches,omitempty"`
}

// Mismatch is one difference, in the words of a broker.
type Mismatch struct {
	Attribute   string `json:"attribute"` // status, header, body, or error
	Identifier  string `json:"identifier,omitempty"`
	Description string `json:"description"`
}

// PublishVerification tells the broker how the verification of a pact ended, and to which branch and tags the provider's
// version belongs. The error is a *Problem where the broker refused, or says that the pact there is another than the one
// that was verified.
func (c *Client) PublishVerification(ctx context.Context, v Verification) error {
	path := []string{"pacts", "provider", v.Provider, "consumer", v.Consumer, "latest"}
	if v.ConsumerVersion != "" {
		path = append(path[:5], "version", v.ConsumerVersion)
	}
	var pact struct {
		Links map[string]struct {
			Href string `json:"href"`
		} `json:"_links"`
		Interactions []struct {
			ID          string `json:"_id"`
			Description string `json:"description"`
		} `json:"interactions"`
	}
	if err := c.call(ctx, "GET", c.at(path...), nil, &pact); err != nil {
		return err
	}
	target := pact.Links["pb:publish-verification-results"].Href
	if target == "" {
		return fmt.Errorf("the Pact Broker's pact of %s and %s tells no link pb:publish-verification-results: the result is not published", v.Consumer, v.Provider)
	}
	if !c.own(target) {
		return fmt.Errorf("the Pact Broker's link to publish the result leads to another host than its URL, %s: nothing is sent there; mend the broker's base URL", c.URL)
	}
	tested := map[string]int{}
	for n, t := range v.Tests {
		tested[t.InteractionDescription] = n
	}
	for _, i := range pact.Interactions {
		n, ok := tested[i.Description]
		if !ok {
			return fmt.Errorf("the Pact Broker's pact of %s and %s has an interaction %q that was not verified: publish the pact that was verified, or verify the one that is there", v.Consumer, v.Provider, i.Description)
		}
		v.Tests[n].InteractionID = i.ID
	}
	if v.ProviderBranch != "" {
		if err := c.call(ctx, "PUT", c.at("pacticipants", v.Provider, "branches", v.ProviderBranch, "versions", v.ProviderVersion), struct{}{}, nil); err != nil {
			return err
		}
	}
	for _, tag := range v.ProviderTags {
		if err := c.call(ctx, "PUT", c.at("pacticipants", v.Provider, "versions", v.ProviderVersion, "tags", tag), struct{}{}, nil); err != nil {
			return err
		}
	}
	body := map[string]any{"success": v.Success, "providerApplicationVersion": v.ProviderVersion,
		"testResults": v.Tests, "verifiedBy": map[string]any{"implementation": "abdm-conformance", "version": v.Suite}}
	if v.BuildURL != "" {
		body["buildUrl"] = v.BuildURL
	}
	return c.call(ctx, "POST", target, body, nil)
}
