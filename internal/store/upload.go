package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"strconv"

	"github.com/loaphuong/loa/campaigns"
)

// Upload is a file that waits until somebody has said what its columns mean. It is kept sealed, and for a day at most.
type Upload struct {
	ID            string
	UnitID        campaigns.UnitID
	Owner         string // sign-in name
	Name          string
	Size          int64
	Authoritative bool
	ConsentRef    string
}

const (
	uploadPart  = 1 << 20
	uploadKept  = 24 * 3600 * 1000 // milliseconds of raw time
	uploadsMost = 5                // of one owner: more than these push out the oldest
)

// SaveUpload keeps a file, and forgets those that nobody came back for.
func (s *Store) SaveUpload(ctx context.Context, u Upload, from io.ReadSeeker) (Upload, error) {
	err := s.write(ctx, "save an upload", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if err := dropUploads(ctx, tx, `u.at < $1 OR u.owner = $2 AND u.id NOT IN (SELECT x.id FROM upload x WHERE x.owner = $2 ORDER BY x.id DESC LIMIT $3)`,
			now.Raw.UnixMilli()-uploadKept, u.Owner, uploadsMost-1); err != nil {
			return err
		}
		if _, err := from.Seek(0, io.SeekStart); err != nil {
			return err
		}
		u.ID = newID()
		if _, err := tx.ExecContext(ctx, `INSERT INTO upload (id, unit_id, owner, file_name, size, authoritative, consent_ref, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
			u.ID, u.UnitID, u.Owner, u.Name, u.Size, bit(u.Authoritative), u.ConsentRef, now.Raw.UnixMilli()); err != nil {
			return err
		}
		return s.putParts(ctx, tx, u.ID, from)
	})
	return u, err
}

func (s *Store) putParts(ctx context.Context, tx *sql.Tx, id string, from io.Reader) error {
	buf := make([]byte, uploadPart)
	for n := 0; ; n++ {
		size, err := io.ReadFull(from, buf)
		if size > 0 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO upload_part (upload_id, n, sealed) VALUES ($1,$2,$3)`, id, n, s.ring.Seal(partPlace(id, n), string(buf[:size]))); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func partPlace(id string, n int) string { return "upload|" + id + "|" + strconv.Itoa(n) }

// Upload finds a file of its owner; for others it is not there.
func (s *Store) Upload(ctx context.Context, id, owner string) (Upload, error) {
	u := Upload{ID: id, Owner: owner}
	err := s.r.QueryRowContext(ctx, `SELECT unit_id, file_name, size, authoritative, consent_ref FROM upload WHERE id = $1 AND owner = $2`, id, owner).
		Scan(&u.UnitID, &u.Name, &u.Size, &u.Authoritative, &u.ConsentRef)
	return u, wrap("upload", err)
}

// ReadUpload writes the bytes of a file to w.
func (s *Store) ReadUpload(ctx context.Context, id string, w io.Writer) error {
	for n := 0; ; n++ {
		var sealed []byte
		err := s.r.QueryRowContext(ctx, `SELECT sealed FROM upload_part WHERE upload_id = $1 AND n = $2`, id, n).Scan(&sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return wrap("read an upload", err)
		}
		part, err := s.ring.Open(partPlace(id, n), sealed)
		if err != nil {
			return wrap("read an upload", err)
		}
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
}

// DropUpload forgets a file: it was imported, or its owner thought better of it.
func (s *Store) DropUpload(ctx context.Context, id, owner string) error {
	return s.write(ctx, "drop an upload", func(tx *sql.Tx) error { return dropUploads(ctx, tx, `u.id = $1 AND u.owner = $2`, id, owner) })
}

func dropUploads(ctx context.Context, tx *sql.Tx, which string, args ...any) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM upload_part WHERE upload_id IN (SELECT u.id FROM upload u WHERE `+which+`)`, args...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM upload WHERE id IN (SELECT u.id FROM upload u WHERE `+which+`)`, args...)
	return err
}

// RememberColumns keeps what the columns of a file meant, for the next file of the unit with the same headings.
func (s *Store) RememberColumns(ctx context.Context, unit campaigns.UnitID, print string, fields map[int]string) error {
	return s.write(ctx, "remember columns", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO column_map (unit_id, print, fields, at) VALUES ($1,$2,$3,$4)
			ON CONFLICT (unit_id, print) DO UPDATE SET fields = excluded.fields, at = excluded.at`, unit, print, asJSON(fields), now.Policy.UnixMilli())
		return err
	})
}

// Columns returns what the columns of a file with these headings meant the last time; none is no error.
func (s *Store) Columns(ctx context.Context, unit campaigns.UnitID, print string) (map[int]string, error) {
	var raw string
	err := s.r.QueryRowContext(ctx, `SELECT fields FROM column_map WHERE unit_id = $1 AND print = $2`, unit, print).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var out map[int]string
	if err == nil {
		err = decodeJSON(raw, &out)
	}
	return out, wrap("remembered columns", err)
}
