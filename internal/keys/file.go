package keys

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// source is the file that a ring came from; a ring without one lives in memory only.
type source struct {
	mu    sync.Mutex
	path  string
	stamp stamp
}

// stamp tells one state of a file from another.
type stamp struct {
	at   time.Time
	size int64
}

func stampOf(info os.FileInfo) stamp { return stamp{info.ModTime(), info.Size()} }

func readFile(path string) (f file, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("keys: %w", err)
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("keys: %s is not a key file: %w", path, err)
	}
	return f, nil
}

// writeBeside writes a key file under another name in the same folder, for its owner only, and waits for the disk.
func writeBeside(path string, f file) (name string, err error) {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-*")
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	if _, err = tmp.Write(raw); err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		_ = os.Remove(tmp.Name())
		return "", fmt.Errorf("keys: %w", err)
	}
	return tmp.Name(), nil
}

// Reload takes up the sealing keys of the file where it has changed, and says whether it did. The other keys never change.
func (r *Ring) Reload() (changed bool, err error) {
	r.source.mu.Lock()
	defer r.source.mu.Unlock()
	if r.source.path == "" {
		return false, nil
	}
	info, err := os.Stat(r.source.path)
	if err != nil || stampOf(info) == r.source.stamp {
		return false, err
	}
	f, err := readFile(r.source.path)
	if err != nil {
		return false, err
	}
	fresh, err := f.ring()
	if err != nil {
		return false, err
	}
	if string(fresh.index) != string(r.index) || string(fresh.token) != string(r.token) {
		return false, ErrOther
	}
	r.sealing.Store(fresh.sealing.Load())
	r.source.stamp = stampOf(info)
	return true, nil
}

// Errors of changing a key file.
var (
	ErrOther  = errors.New("keys: the file holds another ring")
	ErrNoKey  = errors.New("keys: there is no such key in the file")
	ErrActive = errors.New("keys: this key is the one that seals; another must take its place first")
	ErrFresh  = errors.New("keys: another key took its place only just now: a process that has not read the file yet may still seal with it; try again in a minute")
)

// settle is how long after a change of keys every process has read the file.
const settle = time.Minute

// AddKey adds a sealing key to a file and returns its id. Active keys seal from the next reading of the file on; one that is
// not waits until the file has been copied to all machines.
func AddKey(path string, active bool, now time.Time) (id uint32, err error) {
	return id, change(path, func(f *file) error {
		for k := range f.Seal {
			id = max(id, k)
		}
		id++
		f.Seal[id] = random32()
		if active {
			f.Active, f.ActiveSince = id, now
		}
		return nil
	})
}

// ActivateKey has a key of a file seal from now on.
func ActivateKey(path string, id uint32, now time.Time) error {
	return change(path, func(f *file) error {
		if f.Seal[id] == nil {
			return ErrNoKey
		}
		if f.Active != id {
			f.Active, f.ActiveSince = id, now
		}
		return nil
	})
}

// RemoveKey takes a key out of a file. Whoever calls it has made sure that nothing is sealed with it any more.
func RemoveKey(path string, id uint32, now time.Time) error {
	return change(path, func(f *file) error {
		switch {
		case f.Seal[id] == nil:
			return ErrNoKey
		case f.Active == id:
			return ErrActive
		case now.Sub(f.ActiveSince) < settle:
			return ErrFresh
		}
		delete(f.Seal, id)
		return nil
	})
}

// change changes a file, whole or not at all.
func change(path string, do func(f *file) error) error {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keys: somebody else is changing the key file, or was stopped while doing so; remove %s.lock when nobody is: %w", path, err)
	}
	defer func() { _ = lock.Close(); _ = os.Remove(path + ".lock") }()
	f, err := readFile(path)
	if err != nil {
		return err
	}
	if err := do(&f); err != nil {
		return err
	}
	if _, err := f.ring(); err != nil {
		return err
	}
	tmp, err := writeBeside(path, f)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

// Active is the id of the key that seals.
func (r *Ring) Active() uint32 { return r.sealing.Load().active }

// KeyIDs lists the sealing keys.
func (r *Ring) KeyIDs() []uint32 {
	s := r.sealing.Load()
	out := make([]uint32, 0, len(s.keys))
	for id := range s.keys {
		out = append(out, id)
	}
	return out
}

// KeyOf is the key that something was sealed with; it stands in front of what is sealed.
func KeyOf(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < keyBytes {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed), true
}

// KeyMark is how a key's id stands in front of what is sealed with it.
func KeyMark(id uint32) []byte { return binary.BigEndian.AppendUint32(nil, id) }

const keyBytes = 4
