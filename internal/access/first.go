package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ErrTooLoose means that others can read the file of the first key.
var ErrTooLoose = errors.New("access: the key file can be read by others; run chmod 600 on it")

// EnsureFirstKey makes the first key of a database that has none and writes it to path, readable by its owner only. It
// returns path when a key was made and "" when keys existed; the key itself is never returned or logged (rulings.md
// 30). The file comes before the row, so that a crash between the two leaves nothing that cannot be taken up again.
func (k *Keys) EnsureFirstKey(ctx context.Context, path string) (file string, err error) {
	has, err := k.store.HasKeys(ctx)
	if err != nil || has {
		return "", err
	}
	key, err := keyFile(path)
	if err != nil {
		return "", err
	}
	added, err := k.store.AddFirstKey(ctx, "first key", hash(key))
	if err != nil || !added {
		return "", err
	}
	return path, nil
}

// keyFile reads the key that an interrupted start, or another process that starts now, has left at path, or writes one.
func keyFile(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".api-key-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.WriteString(freshKey(LiveKey) + "\n")
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	// Link instead of rename: of two that come at once one wins, and the other reads the winner's key.
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("access: %w", err)
	}
	return readKey(path)
}

func readKey(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%w: %s", ErrTooLoose, path)
	}
	raw, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	key := strings.TrimSpace(string(raw))
	if _, ok := parseKey(key); !ok {
		return "", fmt.Errorf("access: %s does not hold an API key; move it away", path)
	}
	return key, nil
}
