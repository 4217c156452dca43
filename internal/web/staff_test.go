package web_test

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/web"
)

// staff is who may sign in to the tests: everybody's password is "right", the code is "123456".
type staff struct {
	mu       sync.Mutex
	units    map[string][]campaigns.Unit // by login
	deny     map[string]string           // permission that a login lacks
	sessions map[string]web.Person
	ended    []string
}

var _ web.Staff = (*staff)(nil)

func (s *staff) SignIn(_ context.Context, _ web.Visit, login, password string) (web.Signed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if login == "often" {
		return web.Signed{}, &web.TooOften{}
	}
	if _, known := s.units[login]; !known || password != "right" {
		return web.Signed{}, web.ErrSignIn
	}
	if login == "fresh" {
		return s.open(login, web.AskSetup), nil
	}
	return s.open(login, web.AskSecond), nil
}

func (s *staff) open(login string, stage web.Stage) web.Signed {
	token := login + "-" + strconv.Itoa(len(s.sessions))
	s.sessions[token] = web.Person{Login: login, Name: "Cán bộ " + login, CSRF: "csrf-" + token, Stage: stage, Units: s.units[login], Actor: login,
		May: func(permission, path string) bool { return permission != s.deny[login] && path != "" },
		See: func(context.Context, campaigns.UnitID, []campaigns.PersonID) error {
			if s.deny[login] == "to see more" {
				return web.ErrViewBudget
			}
			return nil
		}}
	return web.Signed{Session: token, Device: "d", Stage: stage}
}

func (s *staff) Second(_ context.Context, v web.Visit, code string) (web.Signed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code != "123456" {
		return web.Signed{}, web.ErrSignIn
	}
	delete(s.sessions, v.Session)
	return s.open(strings.Split(v.Session, "-")[0], web.Full), nil
}

func (s *staff) Who(_ context.Context, v web.Visit) (web.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, ok := s.sessions[v.Session]
	if !ok {
		return who, web.ErrNoSession
	}
	return who, nil
}

func (s *staff) SignOut(_ context.Context, v web.Visit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, v.Session)
	return nil
}

func (s *staff) Sessions(context.Context, web.Visit) ([]web.SessionLine, error) {
	return []web.SessionLine{{ID: "other", From: "192.0.2.1"}}, nil
}

func (s *staff) EndSession(_ context.Context, _ web.Visit, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, id)
	return nil
}

func (s *staff) Start(_ context.Context, _ web.Visit, login, code, password string) (web.Signed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(password) < 12:
		return web.Signed{}, web.ErrPassword
	case code != "start":
		return web.Signed{}, web.ErrSignIn
	}
	return s.open(login, web.AskSetup), nil
}

func (s *staff) Enrol(context.Context, web.Visit) (string, error) { return "ABCDEFGHIJKL", nil }

func (s *staff) ConfirmEnrolment(ctx context.Context, v web.Visit, code string) (web.Signed, []string, error) {
	in, err := s.Second(ctx, v, code)
	return in, []string{"aaaa-bbbb", "cccc-dddd"}, err
}
