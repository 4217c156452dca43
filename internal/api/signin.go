package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/internal/access"
)

// Signed is what a step of signing in answers with. The session itself stands in a cookie that scripts cannot read.
type Signed struct {
	Stage string `json:"stage" enum:"second,setup,full" doc:"second: send the code of the authenticator app. setup: set the second factor up. full: signed in."`
	CSRF  string `json:"csrf" doc:"Send it back in the header Loa-CSRF with whatever changes something."`
}

// SignInBody is a name and a password.
type SignInBody struct {
	Login    string `json:"login" maxLength:"64"`
	Password string `json:"password" maxLength:"1024"`
}

// StartBody is what stands on the paper that was handed over, and a password of one's own.
type StartBody struct {
	Login    string `json:"login" maxLength:"64"`
	Code     string `json:"code" maxLength:"64" doc:"The start code; case, blanks and dashes do not count."`
	Password string `json:"password" maxLength:"1024"`
}

// CodeBody is a code of the authenticator app, or a recovery code.
type CodeBody struct {
	Code string `json:"code" minLength:"1" maxLength:"64"`
}

// Enrolled answers to the first code of a new second factor.
type Enrolled struct {
	Signed
	RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Each stands in for the second factor once. Shown only now."`
}

// Offer is what an authenticator app needs.
type Offer struct {
	Secret string `json:"secret" doc:"To be typed where a picture cannot be read."`
	URI    string `json:"uri" doc:"otpauth://, to be shown as a QR code."`
}

// PasswordBody changes a password.
type PasswordBody struct {
	Old      string `json:"old" maxLength:"1024"`
	Password string `json:"password" maxLength:"1024"`
}

// MySession is one of the caller's sign-ins.
type MySession struct {
	ID        string    `json:"id"`
	Current   bool      `json:"current"`
	From      string    `json:"from"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
}

func (a *API) signIn(h huma.API) {
	if a.Office == nil {
		return
	}
	register(a, h, route{method: http.MethodPost, path: "/signin", id: "sign-in", slow: true, body: 8 << 10, tag: "signin", summary: "Sign in with name and password"},
		func(ctx context.Context, in *struct{ Body SignInBody }) (*Body[Signed], error) {
			v := visitOf(ctx)
			out, err := a.Office.SignIn(ctx, v.Visit, in.Body.Login, in.Body.Password)
			return v.signed(out, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/signin/start", id: "sign-in-start", slow: true, body: 8 << 10, tag: "signin",
		summary: "Begin an account with the start code that was handed over on paper"},
		func(ctx context.Context, in *struct{ Body StartBody }) (*Body[Signed], error) {
			v := visitOf(ctx)
			out, err := a.Office.Start(ctx, v.Visit, in.Body.Login, in.Body.Code, in.Body.Password)
			return v.signed(out, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/signin/second", id: "sign-in-second", body: 8 << 10, tag: "signin", summary: "Complete a sign-in with the second factor"},
		func(ctx context.Context, in *struct{ Body CodeBody }) (*Body[Signed], error) {
			v := visitOf(ctx)
			out, err := a.Office.Second(ctx, v.Visit, in.Body.Code)
			return v.signed(out, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/signin/second-factor", id: "confirm-second-factor", body: 8 << 10, tag: "signin",
		summary: "Confirm a new second factor with its first code, and be signed in"},
		func(ctx context.Context, in *struct{ Body CodeBody }) (*Body[Enrolled], error) {
			v := visitOf(ctx)
			out, codes, err := a.Office.ConfirmEnrolment(ctx, v.Visit, in.Body.Code)
			if err != nil {
				return nil, err
			}
			v.keep(out)
			return body(Enrolled{Signed: signedOf(out), RecoveryCodes: codes}, nil)
		})
	a.ownAccount(h)
}

// ownAccount are the operations of who has signed in on what is their own.
func (a *API) ownAccount(h huma.API) {
	register(a, h, route{method: http.MethodPost, path: "/me/second-factor", id: "offer-second-factor", tag: "me", summary: "Ask for a new second factor"},
		func(ctx context.Context, _ *struct{}) (*Body[Offer], error) {
			e, err := a.Office.Enrol(ctx, callerOf(ctx))
			return body(Offer(e), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/signout", id: "sign-out", tag: "me", status: http.StatusNoContent, summary: "End this session"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			if err := a.Office.SignOut(ctx, callerOf(ctx)); err != nil {
				return nil, err
			}
			visitOf(ctx).forget()
			return nil, nil
		})
	register(a, h, route{method: http.MethodPut, path: "/me/password", id: "change-password", slow: true, body: 8 << 10, tag: "me", status: http.StatusNoContent,
		summary: "Change one's password; one's other sessions end"},
		func(ctx context.Context, in *struct{ Body PasswordBody }) (*struct{}, error) {
			return nil, a.Office.ChangePassword(ctx, callerOf(ctx), in.Body.Old, in.Body.Password)
		})
	register(a, h, route{method: http.MethodGet, path: "/me/sessions", id: "list-my-sessions", tag: "me", summary: "Where one is signed in"},
		func(ctx context.Context, _ *struct{}) (*Body[Page[MySession]], error) {
			c := callerOf(ctx)
			list, err := a.Office.Sessions(ctx, c)
			return body(Page[MySession]{Items: mapped(list, func(s access.Session) MySession {
				return MySession{ID: s.ID, Current: s.ID == c.SessionID, From: s.From, Agent: s.Agent, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt}
			})}, err)
		})
	register(a, h, route{method: http.MethodPost, path: "/me/sessions/{id}/end", id: "end-my-session", tag: "me", status: http.StatusNoContent, summary: "End one of one's sessions"},
		func(ctx context.Context, in *ByID) (*struct{}, error) {
			return nil, a.Office.EndSession(ctx, callerOf(ctx), in.ID)
		})
}

func signedOf(in access.SignedIn) Signed { return Signed{Stage: string(in.Stage), CSRF: in.CSRF} }

// signed answers to a step of signing in.
func (v *visit) signed(in access.SignedIn, err error) (*Body[Signed], error) {
	if err != nil {
		return nil, err
	}
	v.keep(in)
	return body(signedOf(in), nil)
}
