package apptest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
)

// AddPerson records one person of a ward with this mobile, "" for none, and returns the id.
func AddPerson(t testing.TB, s *store.Store, ward campaigns.Unit, name, phone string) campaigns.PersonID {
	t.Helper()
	d := store.Draft{Name: name, Born: "2008-01-01", Guardian: "G " + name}
	if phone != "" {
		d.Contacts = []store.ContactDraft{{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: phone}}
	}
	saved, err := s.SavePeople(context.Background(), ward.ID, []store.Draft{d})
	require.NoError(t, err)
	require.Len(t, saved, 1)
	return saved[0].ID
}
