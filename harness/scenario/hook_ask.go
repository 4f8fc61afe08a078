package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"abdm.example/conformance/config"
)

// maxAnswer is the longest answer of a hook that is read as JSON, in bytes.
const maxAnswer = 64 << 10

// AskHook calls a hook that answers with a JSON object: an HTTP hook in its response, a command in what it prints. An empty
// answer is an empty object; a manual hook answers nothing. The errors are those of CallHook, or say that the answer is no
// JSON object.
func AskHook(ctx context.Context, name string, h config.Hook, p Parameters) (map[string]any, error) {
	answer := &excerpt{limit: maxAnswer}
	if err := callHook(ctx, name, h, p, answer); err != nil {
		return nil, err
	}
	values := map[string]any{}
	if len(bytes.TrimSpace(answer.text)) == 0 {
		return values, nil
	}
	if err := json.Unmarshal(answer.text, &values); err != nil {
		return nil, fmt.Errorf("%s answered something else than a JSON object", name)
	}
	return values, nil
}
