package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A secret is shown where it is made and nowhere else; while it is changed two sign.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, e *engine) {
		ward := e.ward()
		in := m{"unit": ward, "url": "https://example.org/loa", "kinds": []any{"campaign.moved", "campaign.moved", "outcome.verified"}}
		made := e.do("POST", "/api/v1/webhooks", in).is(201)
		id, secret := made.text("id"), made.text("secret")
		require.Regexp(t, "^whsec_", secret)
		require.Len(t, made.get("kinds"), 2)
		shown := e.do("GET", "/api/v1/webhooks/"+id, nil).is(200)
		require.NotContains(t, shown.body, "whsec_")
		require.EqualValues(t, 1, shown.get("secrets"))
		rotated := e.do("POST", "/api/v1/webhooks/"+id+"/rotate", nil).is(200)
		require.NotEqual(t, secret, rotated.text("secret"))
		require.EqualValues(t, 2, rotated.get("secrets"))
		require.EqualValues(t, 2, e.do("POST", "/api/v1/webhooks/"+id+"/rotate", nil).is(200).get("secrets"))
		require.EqualValues(t, 1, e.do("POST", "/api/v1/webhooks/"+id+"/drop-secret", nil).is(200).get("secrets"))
		e.do("POST", "/api/v1/webhooks/"+id+"/test", nil).is(202)
		untold := e.do("GET", "/api/v1/webhooks/"+id+"/untold", nil).is(200)
		require.Equal(t, "webhook.test", untold.text("items.0.kind"))
		require.EqualValues(t, 0, e.do("POST", "/api/v1/webhooks/"+id+"/retell", nil).is(200).get("events"))
		require.Equal(t, "by staff", e.do("POST", "/api/v1/webhooks/"+id+"/disable", nil).is(200).text("disabled"))
		require.Len(t, e.do("GET", "/api/v1/webhooks?unit="+string(ward), nil).is(200).get("items"), 1)
		again := m{"unit": ward, "url": "https://example.org/twice", "kinds": []any{"campaign.moved"}}
		e.do("POST", "/api/v1/webhooks", again, "Idempotency-Key", "hook").is(201)
		e.do("POST", "/api/v1/webhooks", again, "Idempotency-Key", "hook").problem(409, "answer_lost") // a secret is shown once
		require.Len(t, e.do("GET", "/api/v1/webhooks?unit="+string(ward), nil).is(200).get("items"), 2)
		in["url"] = "https://10.0.0.1/"
		e.do("POST", "/api/v1/webhooks", in).problem(422, "webhook_invalid")
		require.NotContains(t, e.log.String(), secret)
	})
}
