package bench

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/keys"
)

// crowd invents people, the same ones each time. Their numbers begin where the invented ones of a demonstration lie
// (090 0000 xxx) and go on beyond; such a database is marked as a test and refuses every channel that leaves the
// machine, for ever (rulings.md 13).
type crowd struct {
	ring *keys.Ring
	unit func(i int) campaigns.Unit // whose people they are, by number
	now  int64
}

var (
	surnames = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"}
	middles  = []string{"Văn", "Thị", "Minh", "Ngọc", "Đức", "Thu", "Quang", "Thanh", "Hữu", "Kim", "Xuân"}
	givens   = []string{"An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hùng", "Khánh", "Lan", "Mai", "Nam", "Oanh", "Phúc", "Quân", "Sơn", "Thảo", "Uyên", "Việt", "Yến"}
)

func nameOf(i int) string {
	return surnames[i%len(surnames)] + " " + middles[i/7%len(middles)] + " " + givens[i/3%len(givens)]
}

// phoneOf is the number of person i, as E.164; below 10,000,000 all differ.
func phoneOf(i int) string { return fmt.Sprintf("+8490%07d", i) }

// bornOf is a day between 1946 and 2010.
func bornOf(i int) string {
	return time.Date(1946, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*37%23700).Format(time.DateOnly)
}

var personColumns = []string{"id", "unit_id", "unit_path", "name", "name_key", "born", "birth_year", "sex", "country", "card_verified", "eid_verified", "locale", "reach", "created_at", "updated_at"}

func (c crowd) person(i int, id string) []any {
	u, name, born := c.unit(i), nameOf(i), bornOf(i)
	var year int64
	_, _ = fmt.Sscan(born[:4], &year)
	sex, eid := "male", int64(i%2)
	if i%2 == 0 {
		sex = "female"
	}
	country := ""
	if i%50 == 49 {
		country = "JP"
	}
	return []any{id, string(u.ID), u.Path, name, vn.Fold(name), born, year, sex, country, int64(1), eid, "vi", int64(campaigns.ReachSMS | campaigns.ReachZalo | campaigns.ReachPhone), c.now, c.now}
}

var contactColumns = []string{"id", "person_id", "medium", "kind", "owner", "sealed", "addr_index", "tail", "created_at"}

func (c crowd) contact(i int, person string) []any {
	id, phone := newID(), phoneOf(i)
	return []any{id, person, "phone", "mobile", "self", c.ring.Seal("contact|"+id, phone), c.ring.Index("phone", phone), phone[len(phone)-3:], c.now}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// crowdAtOnce is how many people one round of inserts takes, so that no crowd is ever held in memory.
const crowdAtOnce = 20_000

// insert writes people from to to-1 straight into the tables.
func (c crowd) insert(ctx context.Context, db *sql.DB, pg bool, from, to int) error {
	for ; from < to; from += crowdAtOnce {
		n := min(crowdAtOnce, to-from)
		people, contacts := make([][]any, n), make([][]any, n)
		for k := range n {
			id := newID()
			people[k], contacts[k] = c.person(from+k, id), c.contact(from+k, id)
		}
		if err := bulk(ctx, db, pg, "person", personColumns, people); err != nil {
			return err
		}
		if err := bulk(ctx, db, pg, "contact", contactColumns, contacts); err != nil {
			return err
		}
	}
	return nil
}

// bulk writes rows as fast as each database takes them: COPY, or one prepared insert in one transaction.
func bulk(ctx context.Context, db *sql.DB, pg bool, table string, columns []string, rows [][]any) error {
	if pg {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		return conn.Raw(func(driver any) error {
			_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
			return err
		})
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	marks := strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",")
	insert, err := tx.PrepareContext(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ",")+`) VALUES (`+marks+`)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, row := range rows {
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
