package broker

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// Question asks whether a version can be deployed.
type Question struct {
	Pacticipant, Version string
	// Environment is where it shall go, or Tag what marks the versions that it must work with there; at most one of them.
	Environment, Tag string
	// Branch stands for its latest version where no version is given.
	Branch string
}

// Decision is the broker's answer.
type Decision struct {
	Deployable bool
	// Reason is the broker's own sentence.
	Reason string
	// Rows are the pacts that it looked at.
	Rows []Row
}

// Row is one pact in the broker's matrix.
type Row struct {
	Consumer, ConsumerVersion, Provider, ProviderVersion string
	// Verified says how its verification ended: "passed", "failed" or "never verified".
	Verified string
}

// CanIDeploy asks the broker's matrix (GET /matrix). The error says what is missing in the question, or is a *Problem.
func (c *Client) CanIDeploy(ctx context.Context, q Question) (Decision, error) {
	switch {
	case q.Pacticipant == "":
		return Decision{}, errors.New("say which pacticipant is to be deployed")
	case (q.Version == "") == (q.Branch == ""):
		return Decision{}, errors.New("say which version is to be deployed: give either a version, or a branch whose latest version is meant")
	case q.Environment != "" && q.Tag != "":
		return Decision{}, errors.New("give either an environment or a tag, not both")
	}
	ask := url.Values{}
	ask.Set("q[][pacticipant]", q.Pacticipant)
	if q.Version != "" {
		ask.Set("q[][version]", q.Version)
	} else {
		ask.Set("q[][branch]", q.Branch)
		ask.Set("q[][latest]", "true")
	}
	ask.Set("latestby", "cvp") // the latest result of each pair; in an environment, of each pair of versions
	switch {
	case q.Environment != "":
		ask.Set("latestby", "cvpv")
		ask.Set("environment", q.Environment)
	case q.Tag != "":
		ask.Set("latest", "true")
		ask.Set("tag", q.Tag)
	default:
		ask.Set("latest", "true")
	}
	var answer struct {
		Summary struct {
			Deployable *bool  `json:"deployable"`
			Reason     string `json:"reason"`
		} `json:"summary"`
		Matrix []struct {
			Consumer           side `json:"consumer"`
			Provider           side `json:"provider"`
			VerificationResult *struct {
				Success bool `json:"success"`
			} `json:"verificationResult"`
		} `json:"matrix"`
	}
	if err := c.call(ctx, "GET", c.at("matrix")+"?"+encoded(ask), nil, &answer); err != nil {
		return Decision{}, err
	}
	d := Decision{Deployable: answer.Summary.Deployable != nil && *answer.Summary.Deployable, Reason: answer.Summary.Reason}
	for _, row := range answer.Matrix {
		verified := "never verified"
		if row.VerificationResult != nil {
			verified = "failed"
			if row.VerificationResult.Success {
				verified = "passed"
			}
		}
		d.Rows = append(d.Rows, Row{row.Consumer.Name, row.Consumer.Version.Number, row.Provider.Name, row.Provider.Version.Number, verified})
	}
	return d, nil
}

// side is the consumer or the provider in a row of the matrix.
type side struct {
	Name    string `json:"name"`
	Version struct {
		Number string `json:"number"`
	} `json:"version"`
}

// encoded writes a query as the official command line does: the brackets of a list stay as they are, and what belongs to
// one selector stands together.
func encoded(v url.Values) string {
	var parts []string
	for _, name := range []string{"q[][pacticipant]", "q[][version]", "q[][branch]", "q[][latest]", "latestby", "latest", "tag", "environment"} {
		if value := v.Get(name); value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(parts, "&")
}
