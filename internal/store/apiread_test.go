package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
)

func TestHandleInbox(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		_, err := s.HearText(ctx, "sms.test", "k", s.AddressIndex("phone", "+84900000001"), "", "unclear", "DUNG")
		require.NoError(t, err)
		list, err := s.Inbox(ctx, []string{"/"}, "", 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NoError(t, s.HandleInbox(ctx, list[0].ID, "Lan"))
		require.NoError(t, s.HandleInbox(ctx, list[0].ID, "Hùng"))
		list, err = s.Inbox(ctx, []string{"/"}, "", 10)
		require.NoError(t, err)
		require.Empty(t, list)
		require.ErrorIs(t, s.HandleInbox(ctx, "none", "Lan"), campaigns.ErrNotFound)
	})
}

func TestReadsOfNothing(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		list, err := s.Deliveries(ctx, "none", "", 0, 10)
		require.NoError(t, err)
		require.Empty(t, list)
		has, err := s.HasTask(ctx, "none")
		require.NoError(t, err)
		require.False(t, has)
		n, err := s.CountAnswers(ctx, "none", "none")
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	s := apptest.SQLite(t)
	_, err := s.Campaign(context.Background(), "none")
	require.False(t, store.Unavailable(err))
	for _, away := range []error{driver.ErrBadConn, &pgconn.PgError{Code: "57P01"}, &pgconn.PgError{Code: "53300"}, &pgconn.PgError{Code: "55P03"},
		// what a restart, a failover and a server that stands still look like
		&pgconn.PgError{Code: "57P02"}, &pgconn.PgError{Code: "57P03"}, &pgconn.PgError{Code: "57014"}, &pgconn.PgError{Code: "25006"}, &pgconn.PgError{Code: "58030"},
		io.ErrUnexpectedEOF, context.DeadlineExceeded, net.ErrClosed} {
		require.True(t, store.Unavailable(fmt.Errorf("read: %w", away)))
	}
	for _, ours := range []error{nil, errors.New("odd"), &pgconn.PgError{Code: "23505"}, campaigns.ErrConflict} {
		require.False(t, store.Unavailable(ours))
	}
	_, err = store.Open(context.Background(), "postgres://loa@127.0.0.1:1/none?connect_timeout=1", nil)
	require.True(t, store.Unavailable(err))
}
