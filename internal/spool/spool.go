// Package spool keeps the results of wire tries on this machine's disk while the database is away: what a provider has
// answered must not be forgotten because nobody could write it down. A line holds no personal data: the delivery, its
// generation, the outcome and the provider's id. Replaying is harmless at any time and any number of times, since a
// result counts only for the generation that made it.
package spool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loaphuong/loa/internal/store"
)

// MaxBytes is how much a folder may hold unless the options say otherwise: about a quarter of a million results.
const MaxBytes = 64 << 20

// replayAtOnce is how many results are recorded in one transaction.
const replayAtOnce = 500

// ErrFull means that the spool holds as much as it may: the sweeper will make these deliveries unknown, which is what is
// left to say.
var ErrFull = errors.New("spool: it is full")

// Spool is a folder of results. Several processes may share the folder; each writes a file of its own, and what a dead
// process left is replayed by whoever finds it.
type Spool struct {
	dir  string
	max  int64
	open func(path string) (file, error)

	mu      sync.Mutex
	now     *segment   // being written, nil while there is nothing to keep
	done    []*segment // written to their end, waiting to be replayed
	made    int
	held    atomic.Int64 // bytes in segments of this process
	replays sync.Mutex   // one replay at a time
}

// segment is a file of this process. It stays locked as long as this process lives and needs it.
type segment struct {
	path string
	f    file
	size int64
}

// file is what the spool needs of a file; tests put one in that fails.
type file interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// New returns the spool of a folder, which is made when there is something to keep; maxBytes 0 is MaxBytes.
func New(dir string, maxBytes int64) *Spool {
	if maxBytes == 0 {
		maxBytes = MaxBytes
	}
	return &Spool{dir: dir, max: maxBytes, open: create}
}

// create makes a file that only this process may replay. The folder is synced too: a file whose name is lost is lost.
func create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if locked, err := lock(f); err != nil || !locked {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return f, nil
}

// line is a result as it is kept.
type line struct {
	store.Result
	NextAt   int64
	IntentAt int64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode writes one line: a checksum, which also tells a line that was cut short, and the result.
func encode(b *bytes.Buffer, r store.Result) error {
	raw, err := json.Marshal(line{Result: r, NextAt: r.NextAt.UnixMilli(), IntentAt: r.IntentAt.UnixMilli()})
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	fmt.Fprintf(b, "%08x %s\n", crc32.Checksum(raw, castagnoli), raw)
	return nil
}

func decode(raw []byte) (store.Result, bool) {
	sum, body, ok := bytes.Cut(bytes.TrimSuffix(raw, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || crc32.Checksum(body, castagnoli) != uint32(want) {
		return store.Result{}, false
	}
	var l line
	if json.Unmarshal(body, &l) != nil {
		return store.Result{}, false
	}
	r := l.Result
	r.NextAt, r.IntentAt = time.UnixMilli(l.NextAt).UTC(), time.UnixMilli(l.IntentAt).UTC()
	return r, true
}

// Put keeps results; they are on the disk when it returns nil. After an error none of them is kept.
func (s *Spool) Put(results []store.Result) error {
	if len(results) == 0 {
		return nil
	}
	var b bytes.Buffer
	for _, r := range results {
		if err := encode(&b, r); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.Load()+int64(b.Len()) > s.max {
		return ErrFull
	}
	if err := s.segment(); err != nil {
		return err
	}
	if _, err := s.now.f.Write(b.Bytes()); err != nil {
		return s.undo(err)
	}
	if err := s.now.f.Sync(); err != nil {
		return s.undo(err)
	}
	s.now.size += int64(b.Len())
	s.held.Add(int64(b.Len()))
	return nil
}

// segment makes sure that there is a file to write to. The caller holds the lock.
func (s *Spool) segment() error {
	if s.now != nil {
		return nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.made++
	path := filepath.Join(s.dir, fmt.Sprintf("%d-%d-%d.jsonl", time.Now().UnixNano(), os.Getpid(), s.made))
	f, err := s.open(path)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.now = &segment{path: path, f: f}
	return nil
}

// undo takes a line back that could not be written whole, so that the next one does not stick to its end. A file that
// cannot even be cut is not written to again; its last line is known by its checksum.
func (s *Spool) undo(err error) error {
	if terr := s.now.f.Truncate(s.now.size); terr != nil {
		s.done, s.now = append(s.done, s.now), nil
	}
	return fmt.Errorf("spool: %w", err)
}

// Waiting is how many bytes wait to be replayed in files of this process; 0 means that there is nothing to do.
func (s *Spool) Waiting() int64 { return s.held.Load() }

// Replay hands everything that is kept to record, in batches, and forgets each file when it was recorded to its end. It
// also takes what dead processes left. It stops at the first error, and the rest stays.
func (s *Spool) Replay(ctx context.Context, record func(ctx context.Context, results []store.Result) error) (replayed int, err error) {
	s.replays.Lock()
	defer s.replays.Unlock()
	s.mu.Lock()
	if s.now != nil {
		s.done, s.now = append(s.done, s.now), nil
	}
	own := slices.Clone(s.done)
	s.mu.Unlock()
	for _, g := range own {
		n, err := replayOwn(ctx, g.path, record)
		replayed += n
		if err != nil {
			return replayed, err
		}
		if err := s.forget(g); err != nil {
			return replayed, err
		}
	}
	n, err := s.replayOrphans(ctx, record)
	return replayed + n, err
}

func (s *Spool) forget(g *segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = slices.DeleteFunc(s.done, func(o *segment) bool { return o == g })
	s.held.Add(-g.size)
	return errors.Join(os.Remove(g.path), g.f.Close())
}

// replayOrphans replays files whose process is gone: nobody holds their lock.
func (s *Spool) replayOrphans(ctx context.Context, record func(context.Context, []store.Result) error) (replayed int, err error) {
	paths, err := filepath.Glob(filepath.Join(s.dir, "*.jsonl"))
	if err != nil {
		return 0, fmt.Errorf("spool: %w", err)
	}
	slices.Sort(paths) // the oldest first
	for _, path := range paths {
		n, err := s.replayOrphan(ctx, path, record)
		replayed += n
		if err != nil {
			return replayed, err
		}
	}
	return replayed, nil
}

func (s *Spool) replayOrphan(ctx context.Context, path string, record func(context.Context, []store.Result) error) (int, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) { // another process was quicker
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("spool: %w", err)
	}
	defer f.Close()
	if free, err := lock(f); err != nil || !free {
		return 0, err
	}
	n, err := replayFile(ctx, f, record) // of a file that its owner has just replayed and removed: harmless
	if err != nil {
		return n, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return n, fmt.Errorf("spool: %w", err)
	}
	return n, nil
}

func replayOwn(ctx context.Context, path string, record func(context.Context, []store.Result) error) (replayed int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("spool: %w", err)
	}
	defer f.Close()
	return replayFile(ctx, f, record)
}

// replayFile records the lines of a file. A line that a crash or a full disk cut short was never promised to anybody.
func replayFile(ctx context.Context, f io.Reader, record func(context.Context, []store.Result) error) (replayed int, err error) {
	lines := bufio.NewReaderSize(f, 64<<10)
	var batch []store.Result
	for {
		raw, rerr := lines.ReadBytes('\n')
		if rerr != nil && !errors.Is(rerr, io.EOF) {
			return replayed, fmt.Errorf("spool: %w", rerr)
		}
		if r, ok := decode(raw); ok && rerr == nil {
			batch = append(batch, r)
		}
		if len(batch) > 0 && (rerr != nil || len(batch) == replayAtOnce) {
			if err := record(ctx, batch); err != nil {
				return replayed, err
			}
			replayed, batch = replayed+len(batch), batch[:0]
		}
		if rerr != nil {
			return replayed, nil
		}
	}
}

// Close gives the files back; what is in them stays for the next start.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, g := range append(s.done, s.now) {
		if g != nil {
			errs = append(errs, g.f.Close())
		}
	}
	s.done, s.now = nil, nil
	return errors.Join(errs...)
}
