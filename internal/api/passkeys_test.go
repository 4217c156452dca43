package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

const pages = "https://loa.example"

// eachWithPasskeys runs f on an API that takes passkeys.
func eachWithPasskeys(t *testing.T, f func(t *testing.T, e *engine, key *apptest.Authenticator)) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := start(t, s, func(o *api.Options) {
			a, err := access.WebAuthn(pages, "Loa")
			require.NoError(t, err)
			o.Office.UsePasskeys(a)
		})
		f(t, e, apptest.NewAuthenticator(t, "loa.example", pages))
	})
}

// asked returns the step and the options of an answer.
func (a answer) asked() (step string, options []byte) {
	var out struct {
		Step    string
		Options json.RawMessage
	}
	a.into(&out)
	return out.Step, out.Options
}

func TestPasskeysOverTheAPI(t *testing.T) {
	t.Parallel()
	eachWithPasskeys(t, func(t *testing.T, e *engine, key *apptest.Authenticator) {
		units := e.tree()
		b := e.signedIn("mai", string(units["90001"].ID), "officer")
		step, options := b.ask("POST", "/me/passkeys/options", nil).is(200).asked()
		made := b.ask("POST", "/me/passkeys", m{"step": step, "name": "Máy cơ quan", "answer": json.RawMessage(key.Register(options))}).is(201)
		require.Empty(t, made.get("recovery_codes"))
		b.ask("PUT", "/me/passkeys/"+made.text("id"), m{"name": "Khóa"}).is(204)
		require.Contains(t, b.ask("GET", "/me/passkeys", nil).is(200).body, "Khóa")

		other := e.browser()
		step, options = other.ask("POST", "/signin/passkey/options", nil).is(200).asked()
		answered := m{"step": step, "answer": json.RawMessage(key.SignIn(options))}
		other.ask("POST", "/signin/passkey", answered, "Sec-Fetch-Site", "cross-site").problem(403, "cross_site")
		in := other.ask("POST", "/signin/passkey", answered).is(200)
		require.Equal(t, "full", in.text("stage"))
		other.csrf = in.text("csrf")
		require.Equal(t, "mai", other.ask("GET", "/me", nil).is(200).text("login"))
		other.ask("POST", "/signin/passkey", answered).problem(401, "passkey_refused")
		old := other.cookies["loa"]
		codes := other.ask("POST", "/me/recovery-codes", nil).is(200).get("recovery_codes").([]any)
		proved := other.ask("POST", "/me/prove", m{"code": codes[0]}).is(200)
		require.NotEqual(t, old, other.cookies["loa"], "the id is another after a second factor (T36)")
		other.csrf = proved.text("csrf")
		other.ask("POST", "/me/passkeys/"+made.text("id")+"/remove", nil).is(204)

		admin := e.signedIn("tinh", string(units["90"].ID), "province_admin")
		e.do("POST", "/api/v1/staff/"+b.id+"/sessions/end", nil).is(204)
		b.ask("GET", "/me", nil).problem(http.StatusUnauthorized, "no_session")
		admin.ask("GET", "/me", nil).is(200)
		require.NotContains(t, e.log.String(), "mai", "no names in the log")
	})
}
