package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// mark is how far a database had come when this data folder saw it last.
type mark struct {
	Epoch string `json:"epoch"`
	N     int64  `json:"n"`
	Beat  int64  `json:"beat"`
}

// epochFile keeps marks in the data folder, by the name of the database (the id of its first epoch): a folder may serve
// several. Processes that share a folder write over each other; a mark that is one beat old is still a witness.
type epochFile struct{ path string }

func epochFileIn(dataDir string) epochFile { return epochFile{filepath.Join(dataDir, "epoch.json")} }

// errEpochFile means that the file is there and cannot be read: no witness, and no fresh folder either.
var errEpochFile = errors.New("the epoch file is damaged")

func (f epochFile) all() (map[string]mark, error) {
	out := struct {
		Databases map[string]mark `json:"databases"`
	}{map[string]mark{}}
	raw, err := os.ReadFile(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return out.Databases, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEpochFile, err)
	}
	if err := json.Unmarshal(raw, &out); err != nil || out.Databases == nil {
		return nil, fmt.Errorf("%w: %s", errEpochFile, f.path)
	}
	return out.Databases, nil
}

// read returns the mark of a database; known is false where this folder has never seen it.
func (f epochFile) read(database string) (m mark, known bool, err error) {
	all, err := f.all()
	m, known = all[database]
	return m, known, err
}

// write replaces the mark of a database, whole or not at all. durable waits for the disk: a release must not be lost,
// a beat may be.
func (f epochFile) write(database string, m mark, durable bool) error {
	all, err := f.all()
	if err != nil {
		all = map[string]mark{} // whoever writes has looked at the database; what was damaged witnesses nothing
	}
	all[database] = m
	raw, err := json.Marshal(map[string]any{"databases": all})
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.path), "epoch-*.tmp") // made for its owner only
	if err != nil {
		return fmt.Errorf("write the epoch file: %w", err)
	}
	_, err = tmp.Write(raw)
	if err == nil && durable {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write the epoch file: %w", err)
	}
	return nil
}
