package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
)

// mostHelpNotes bounds what the holder of one token can write.
const mostHelpNotes = 3

// HelpByToken puts what the holder of a token needs into the inbox of their unit. text must be masked already where it held
// a secret. The same text again changes nothing, and after the third nothing more is kept: the office calls.
func (s *Store) HelpByToken(ctx context.Context, hash []byte, text string) error {
	return s.write(ctx, "keep a call for help", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		who, _, err := s.holder(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		holder := "help|" + base64.RawURLEncoding.EncodeToString(hash[:16]) + "|"
		var before int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM inbox WHERE channel = 'page' AND event_key >= $1 AND event_key < $2`, holder, holder+"~").Scan(&before); err != nil {
			return err
		}
		if before >= mostHelpNotes {
			return nil
		}
		sum := sha256.Sum256([]byte(text))
		event := holder + base64.RawURLEncoding.EncodeToString(sum[:9])
		return s.toInbox(ctx, tx, "page", event, []byte{}, []openNotice{{person: who.person, launch: who.launch}}, "help", text, now)
	})
}
