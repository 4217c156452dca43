package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/loaphuong/loa/campaigns"
)

// recoveryCodes is how many codes stand in for a lost phone, each once.
const recoveryCodes = 10

// Start takes the start code that was handed over on paper and sets the account's first password, or a new one after a
// reset. The code is then used up.
func (o *Office) Start(ctx context.Context, v Visit, login, code, password string) (SignedIn, error) {
	login, _ = canonical(login)
	if err := checkPassword(password, login); err != nil {
		return SignedIn{}, err
	}
	var account Account
	err := o.hasher.turn(ctx, func() error {
		return o.try(ctx, brakes("start|"+login, v.From, nil), func() (ok bool, err error) {
			stored, ok := parseCode(code)
			if !ok {
				return false, nil
			}
			account, err = o.store.StartAccount(ctx, login, stored, hashPassword(password), Who{Kind: ByStaff, Name: login, From: v.From})
			if errors.Is(err, campaigns.ErrNotFound) {
				return false, nil
			}
			return err == nil, err
		})
	})
	if err != nil {
		return SignedIn{}, err
	}
	return o.open(ctx, v, account, o.next(account))
}

// Enrolment is what an authenticator app needs.
type Enrolment struct{ Secret, URI string }

// Enrol offers a new second factor to who sets one up, or changes it. It holds once its first code was confirmed.
func (o *Office) Enrol(ctx context.Context, c Caller) (Enrolment, error) {
	if c.StaffID == "" || c.Stage == AskSecond {
		return Enrolment{}, ErrForbidden
	}
	if err := o.canEnrol(ctx, c); err != nil {
		return Enrolment{}, err
	}
	secret, err := freshTOTP(c.Login)
	if err != nil {
		return Enrolment{}, fmt.Errorf("access: second factor: %w", err)
	}
	if err := o.store.OfferTOTP(ctx, c.StaffID, secret); err != nil {
		return Enrolment{}, err
	}
	return Enrolment{Secret: secret, URI: totpURI(c.Login, secret)}, nil
}

// canEnrol refuses a new second factor while one holds: only an administrator's reset takes it away, so that a session left
// open does not hand the account to whoever sits down at it.
func (o *Office) canEnrol(ctx context.Context, c Caller) error {
	account, err := o.store.SecretsByID(ctx, c.StaffID)
	if err == nil && account.TOTPOn {
		return ErrForbidden
	}
	return err
}

// ConfirmEnrolment takes the first code of the offered second factor. It answers with recovery codes, shown this once, and
// with a full session.
func (o *Office) ConfirmEnrolment(ctx context.Context, v Visit, code string) (in SignedIn, recovery []string, err error) {
	live, err := o.live(ctx, v.Session)
	if err != nil {
		return SignedIn{}, nil, err
	}
	if live.Stage != AskSetup {
		return SignedIn{}, nil, ErrNoSession
	}
	recovery, stored := freshRecovery()
	by := live.who(v.From)
	err = o.try(ctx, secondBrakes(live.Account.ID), func() (bool, error) {
		account, err := o.store.SecretsByID(ctx, live.Account.ID)
		if err != nil {
			return false, err
		}
		step, ok := matchTOTP(account.TOTP, code, account.Now, account.TOTPStep)
		if !ok || account.TOTP == "" || account.TOTPOn {
			return false, nil
		}
		return true, o.store.TurnOnTOTP(ctx, live.Account.ID, step, stored, by)
	})
	if err != nil {
		return SignedIn{}, nil, err
	}
	in, err = o.open(ctx, v, live.Account, Full)
	return in, recovery, err
}

// freshRecovery makes recovery codes, and the form in which they are kept.
func freshRecovery() (recovery []string, stored [][]byte) {
	stored = make([][]byte, recoveryCodes)
	for i := range stored {
		text := freshCode()
		recovery = append(recovery, text)
		stored[i], _ = parseCode(text)
	}
	return recovery, stored
}

// RenewRecovery makes new recovery codes for who has shown the second factor lately; the old ones are void.
func (o *Office) RenewRecovery(ctx context.Context, c Caller) ([]string, error) {
	if err := c.mayChangeFactors(); err != nil {
		return nil, err
	}
	recovery, stored := freshRecovery()
	return recovery, o.store.RenewRecovery(ctx, c.StaffID, stored, c.Who())
}

// RecoveryLeft counts the caller's recovery codes that have not been used.
func (o *Office) RecoveryLeft(ctx context.Context, c Caller) (int, error) {
	return o.store.RecoveryLeft(ctx, c.StaffID)
}

// ChangePassword sets a new password for who knows the old one, and ends their other sessions.
func (o *Office) ChangePassword(ctx context.Context, c Caller, old, password string) error {
	if c.StaffID == "" || c.Stage != Full {
		return ErrForbidden
	}
	if err := checkPassword(password, c.Login); err != nil {
		return err
	}
	return o.hasher.turn(ctx, func() error {
		account, err := o.store.SecretsByID(ctx, c.StaffID)
		if err != nil {
			return err
		}
		return o.try(ctx, []Brake{{Key: "change|" + c.StaffID, Limit: accountLimit, Own: true}}, func() (bool, error) {
			if len(old) > 1024 || !o.hasher.verify(old, account.Password) {
				return false, nil
			}
			return true, o.store.SetPassword(ctx, c.StaffID, hashPassword(password), c.SessionID, c.Who())
		})
	})
}

// SignOut ends the caller's session.
func (o *Office) SignOut(ctx context.Context, c Caller) error {
	return o.EndSession(ctx, c, c.SessionID)
}

// EndSession ends one of the caller's own sessions.
func (o *Office) EndSession(ctx context.Context, c Caller, id string) error {
	if c.StaffID == "" {
		return ErrForbidden
	}
	return o.store.EndSession(ctx, c.StaffID, id, c.Who())
}

// Sessions lists the caller's own sessions.
func (o *Office) Sessions(ctx context.Context, c Caller) ([]Session, error) {
	if c.StaffID == "" {
		return nil, ErrForbidden
	}
	return o.store.Sessions(ctx, c.StaffID)
}

// Mine is the caller's own account.
func (o *Office) Mine(ctx context.Context, c Caller) (Account, error) {
	if c.StaffID == "" || c.Stage != Full {
		return Account{}, ErrForbidden
	}
	return o.store.Staff(ctx, c.StaffID)
}
