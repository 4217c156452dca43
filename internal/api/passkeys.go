package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/internal/access"
)

// PasskeyAsk is what a browser needs to ask an authenticator.
type PasskeyAsk struct {
	Step    string          `json:"step" doc:"Bring it back with the authenticator's answer, within five minutes; it serves once."`
	Options json.RawMessage `json:"options" doc:"For navigator.credentials: PublicKeyCredentialCreationOptionsJSON or PublicKeyCredentialRequestOptionsJSON."`
}

// PasskeyAnswer is what an authenticator answered.
type PasskeyAnswer struct {
	Step   string         `json:"step" minLength:"1" maxLength:"64" doc:"The step that came with the options."`
	Answer map[string]any `json:"answer" doc:"PublicKeyCredential.toJSON()."`
}

// PasskeyIn is a new passkey.
type PasskeyIn struct {
	PasskeyAnswer
	Name string `json:"name" minLength:"1" maxLength:"200" doc:"What the owner calls it, such as the device it is on."`
}

// PasskeyName is another name for a passkey.
type PasskeyName struct {
	Name string `json:"name" minLength:"1" maxLength:"200" doc:"What the owner calls it."`
}

// Passkey is one of the caller's passkeys.
type Passkey struct {
	ID        string     `json:"id" doc:"Its id; not the authenticator's."`
	Name      string     `json:"name" doc:"What its owner calls it."`
	CreatedAt time.Time  `json:"created_at" doc:"When it was added."`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"When it was last used."`
}

// PasskeyMade answers to a new passkey.
type PasskeyMade struct {
	Passkey
	Stage         string   `json:"stage" enum:"full" doc:"Who was setting up the second factor is now signed in."`
	CSRF          string   `json:"csrf" doc:"Send it back in the header Loa-CSRF with whatever changes something."`
	RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Only for the first second factor. Shown only now."`
}

// RecoveryCodes are codes that stand in for the second factor.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Each stands in for the second factor once. Shown only now; older ones are void."`
}

func passkeyOut(k access.Passkey) Passkey {
	return Passkey{ID: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, UsedAt: given(k.UsedAt)}
}

// raw is the answer as JSON again, for the library that reads it.
func (p PasskeyAnswer) raw() []byte {
	out, err := json.Marshal(p.Answer)
	if err != nil {
		return nil // no answer of an authenticator
	}
	return out
}

func asked(out access.Asked, err error) (*Body[PasskeyAsk], error) {
	return body(PasskeyAsk{Step: out.Step, Options: out.Options}, err)
}

// passkeyBody bounds an answer: certificates are not asked for.
const passkeyBody = 16 << 10

func (a *API) passkeys(h huma.API) {
	if a.Office == nil {
		return
	}
	register(a, h, route{method: http.MethodPost, path: "/signin/passkey/options", id: "ask-passkey", tag: "signin",
		summary: "Ask for a passkey: of the account whose password was right before, else any"},
		func(ctx context.Context, _ *struct{}) (*Body[PasskeyAsk], error) {
			return asked(a.Office.BeginPasskeySignIn(ctx, visitOf(ctx).Visit))
		})
	register(a, h, route{method: http.MethodPost, path: "/signin/passkey", id: "sign-in-passkey", body: passkeyBody, tag: "signin",
		summary: "Sign in with a passkey; it is both factors"},
		func(ctx context.Context, in *struct{ Body PasskeyAnswer }) (*Body[Signed], error) {
			v := visitOf(ctx)
			out, err := a.Office.SignInWithPasskey(ctx, v.Visit, in.Body.Step, in.Body.raw())
			return v.signed(out, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/me/passkeys/options", id: "ask-new-passkey", tag: "me",
		summary: "Ask for a new passkey; the second factor must have been shown in the last ten minutes"},
		func(ctx context.Context, _ *struct{}) (*Body[PasskeyAsk], error) {
			v, err := ownVisit(ctx)
			if err != nil {
				return nil, err
			}
			return asked(a.Office.BeginPasskey(ctx, v.Visit))
		})
	register(a, h, route{method: http.MethodPost, path: "/me/passkeys", id: "add-passkey", body: passkeyBody, tag: "me", status: http.StatusCreated,
		summary: "Add the new passkey"}, a.addPasskey)
	register(a, h, route{method: http.MethodGet, path: "/me/passkeys", id: "list-passkeys", tag: "me", summary: "One's passkeys"},
		func(ctx context.Context, _ *struct{}) (*Body[Page[Passkey]], error) {
			list, err := a.Office.Passkeys(ctx, callerOf(ctx))
			return body(Page[Passkey]{Items: mapped(list, passkeyOut)}, err)
		})
	register(a, h, route{method: http.MethodPut, path: "/me/passkeys/{id}", id: "name-passkey", tag: "me", status: http.StatusNoContent, summary: "Give a passkey another name"},
		func(ctx context.Context, in *struct {
			ByID
			Body PasskeyName
		}) (*struct{}, error) {
			return nil, a.Office.NamePasskey(ctx, callerOf(ctx), in.ID, in.Body.Name)
		})
	register(a, h, route{method: http.MethodPost, path: "/me/passkeys/{id}/remove", id: "remove-passkey", tag: "me", status: http.StatusNoContent,
		summary: "Take a passkey away; the last one stays while there is no other second factor"},
		func(ctx context.Context, in *ByID) (*struct{}, error) {
			return nil, a.Office.RemovePasskey(ctx, callerOf(ctx), in.ID)
		})
	a.freshness(h)
}

// freshness are the operations of who shows the second factor again.
func (a *API) freshness(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/me/prove", id: "prove-second-factor", body: 8 << 10, tag: "me",
		summary: "Show the second factor again, before what asks for a fresh one; the session goes on under another id"},
		func(ctx context.Context, in *struct{ Body CodeBody }) (*Body[Signed], error) {
			v, err := ownVisit(ctx)
			if err != nil {
				return nil, err
			}
			out, err := a.Office.Prove(ctx, v.Visit, in.Body.Code)
			return v.signed(out, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/me/recovery-codes", id: "renew-recovery-codes", tag: "me", summary: "Make new recovery codes; the old ones are void"},
		func(ctx context.Context, _ *struct{}) (*Body[RecoveryCodes], error) {
			codes, err := a.Office.RenewRecovery(ctx, callerOf(ctx))
			return body(RecoveryCodes{RecoveryCodes: codes}, err)
		})
}

func (a *API) addPasskey(ctx context.Context, in *struct{ Body PasskeyIn }) (*Body[PasskeyMade], error) {
	v, err := ownVisit(ctx)
	if err != nil {
		return nil, err
	}
	made, full, recovery, err := a.Office.AddPasskey(ctx, v.Visit, in.Body.Step, in.Body.Name, in.Body.raw())
	if err != nil {
		return nil, err
	}
	out := PasskeyMade{Passkey: passkeyOut(made), Stage: string(access.Full), CSRF: callerOf(ctx).CSRF, RecoveryCodes: recovery}
	if recovery == nil {
		out.RecoveryCodes = []string{}
	}
	if full.Session != "" {
		v.keep(full)
		out.CSRF = full.CSRF
	}
	return body(out, nil)
}

// ownVisit is the visit of a person who has a session; a key has none.
func ownVisit(ctx context.Context) (*visit, error) {
	if callerOf(ctx).StaffID == "" {
		return nil, access.ErrForbidden
	}
	return visitOf(ctx), nil
}
