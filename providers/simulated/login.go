package simulated

import (
	"errors"
	"fmt"

	"rechargebot/providers"
)

// checkLogin refuses an account that no client could be told apart by.
func (s *Server) checkLogin(a Account, d dialect) error {
	nameless := d.manners().nameless
	switch {
	case a.Secret == "" || a.Login == "" && !nameless:
		return errors.New("login or secret is empty")
	case nameless && a.Login != "":
		return fmt.Errorf("a login is of no use to kind %q: its secret says who it is", a.Kind)
	}
	for _, other := range s.accounts {
		if other.Kind == a.Kind && other.Name != a.Name && other.Login == a.Login && (!nameless || other.Secret == a.Secret) {
			return fmt.Errorf("shares its login with %q", other.Name)
		}
	}
	return nil
}

// SetSecret gives an account another password or token; the one before is a stranger's from now on, as a
// token is that has expired. A simulator that starts anew starts with the configured one.
func (s *Server) SetSecret(account string, secret providers.Secret) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[account]
	if a == nil {
		return fmt.Errorf("set secret: unknown account %q", account)
	}
	changed := a.Account
	changed.Secret = secret
	if err := s.checkLogin(changed, a.dialect); err != nil {
		return fmt.Errorf("set secret of %q: %w", account, err)
	}
	a.Secret = secret // alone: the rest is read without the lock
	return nil
}

// login finds the account of a kind by what a client says about itself; "" when it is nobody.
func (s *Server) login(kind, login, secret string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.names {
		if a := s.accounts[name].Account; a.Kind == kind && a.Login == login && a.Secret.Reveal() == secret {
			return name
		}
	}
	return ""
}
