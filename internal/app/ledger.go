package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// ledgerEvery is how often the file of the ledger is brought up to date. What was erased less than this before a crash that
// takes the database with it must be erased again by hand.
const ledgerEvery = 5 * time.Second

// erasureRecord is what a ledger needs of the store.
type erasureRecord interface {
	Erasures(ctx context.Context, after campaigns.Erasure, limit int) ([]campaigns.Erasure, error)
	EraseAgain(ctx context.Context, list []campaigns.Erasure) (again int, err error)
}

// Ledger keeps who was erased in a file outside the database, so that a database that was restored from a time before
// forgets them again. The file holds ids and nothing personal. Every process keeps one, in its own data folder.
type Ledger struct {
	record erasureRecord
	path   string
	log    *slog.Logger

	mu   sync.Mutex
	last campaigns.Erasure // the newest line of the database that the file has
}

func newLedger(record erasureRecord, path string, log *slog.Logger) *Ledger {
	return &Ledger{record: record, path: path, log: log}
}

// ledgerPage is how many lines are read or erased at once.
const ledgerPage = 200

// Apply erases whom the file knows as erased and the database does not, and brings the file up to date. It returns how many
// were erased again.
func (l *Ledger) Apply(ctx context.Context) (again int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines, err := l.read()
	if err != nil {
		return 0, err
	}
	known := make(map[campaigns.PersonID]bool, len(lines))
	for _, e := range lines {
		known[e.Person] = true
	}
	for from := 0; from < len(lines); from += ledgerPage {
		n, err := l.record.EraseAgain(ctx, lines[from:min(from+ledgerPage, len(lines))])
		if err != nil {
			return again, err
		}
		again += n
	}
	if again > 0 {
		l.log.Warn("people who were erased before were in the database again, as after a restore; they are erased", "people", again)
	}
	l.last = campaigns.Erasure{}
	return again, l.catchUp(ctx, known)
}

// Follow writes down what was erased since the last time.
func (l *Ledger) Follow(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.catchUp(ctx, nil)
}

// catchUp appends the lines of the database that the file does not have.
func (l *Ledger) catchUp(ctx context.Context, known map[campaigns.PersonID]bool) error {
	for {
		list, err := l.record.Erasures(ctx, l.last, ledgerPage)
		if err != nil || len(list) == 0 {
			return err
		}
		var out bytes.Buffer
		for _, e := range list {
			if known[e.Person] {
				continue
			}
			raw, err := json.Marshal(e)
			if err != nil {
				return err
			}
			out.Write(append(raw, '\n'))
		}
		if err := l.append(out.Bytes()); err != nil {
			return err
		}
		l.last = list[len(list)-1]
	}
}

// Run follows until ctx ends.
func (l *Ledger) Run(ctx context.Context) {
	for {
		if err := l.Follow(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("the erasure ledger could not be written; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(ledgerEvery):
		}
	}
}

// read returns the lines of the file; one that was cut off by a crash is left out: the database has it.
func (l *Ledger) read() ([]campaigns.Erasure, error) {
	f, err := os.Open(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the erasure ledger: %w", err)
	}
	defer f.Close()
	var out []campaigns.Erasure
	in := bufio.NewScanner(f)
	for in.Scan() {
		var e campaigns.Erasure
		if json.Unmarshal(in.Bytes(), &e) == nil && e.Person != "" {
			out = append(out, e)
		}
	}
	return out, in.Err()
}

// append writes lines and waits for the disk. A line that was cut off before gets an end first.
func (l *Ledger) append(lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("write the erasure ledger: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("write the erasure ledger: %w", err)
	}
	if end := make([]byte, 1); info.Size() > 0 {
		if _, err := f.ReadAt(end, info.Size()-1); err == nil && end[0] != '\n' {
			lines = append([]byte{'\n'}, lines...)
		}
	}
	if _, err := f.Write(lines); err != nil {
		return fmt.Errorf("write the erasure ledger: %w", err)
	}
	return f.Sync()
}
