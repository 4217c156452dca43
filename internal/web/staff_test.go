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

func (s *staff) SignIn(_ context.Context, login, password, _ string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if login == "often" {
		return "", &web.TooOften{}
	}
	if _, known := s.units[login]; !known || password != "right" {
		return "", web.ErrSignIn
	}
	return s.open(login, true), nil
}

func (s *staff) open(login string, second bool) string {
	token := login + "-" + strconv.Itoa(len(s.sessions))
	s.sessions[token] = web.Person{Login: login, Name: "Cán bộ " + login, CSRF: "csrf-" + token, Second: second, Units: s.units[login], Actor: login,
		May: func(permission, path string) bool { return permission != s.deny[login] && path != "" }}
	return token
}

func (s *staff) Second(_ context.Context, token, code, _ string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code != "123456" {
		return "", web.ErrCode
	}
	delete(s.sessions, token)
	return s.open(strings.Split(token, "-")[0], false), nil
}

func (s *staff) Who(_ context.Context, token, _ string) (web.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, ok := s.sessions[token]
	if !ok {
		return who, web.ErrNoSession
	}
	return who, nil
}

func (s *staff) SignOut(_ context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, token)
	return nil
}

func (s *staff) Sessions(context.Context, string) ([]web.SessionLine, error) {
	return []web.SessionLine{{ID: "other", From: "192.0.2.1"}}, nil
}

func (s *staff) EndSession(_ context.Context, _, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, id)
	return nil
}
