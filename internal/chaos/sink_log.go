package chaos

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
)

// entry is one request as the gateway saw it, written and synced before the gateway answers: the ground truth.
type entry struct {
	Key    string    `json:"key"`
	Addr   string    `json:"addr"`   // blind index of the number, hex; never the number
	At     int64     `json:"at"`     // ms UTC, this machine's clock, which is the databases' too
	Policy int64     `json:"policy"` // policy time at that moment
	Did    behaviour `json:"did"`
	Effect bool      `json:"effect"` // a text left for the phone
	Parts  int       `json:"parts"`
	Body   string    `json:"body"` // SHA-256 of the words, hex
	ID     string    `json:"id,omitempty"`
}

// sinkLog appends entries; many requests share one fsync.
type sinkLog struct {
	file    *os.File
	entries chan written
	closed  chan struct{}
	once    sync.Once
}

type written struct {
	line []byte
	done chan error
}

func openSinkLog(path string) (*sinkLog, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	l := &sinkLog{file: f, entries: make(chan written, 4096), closed: make(chan struct{})}
	go l.run()
	return l, nil
}

// append returns when the entry is on disk.
func (l *sinkLog) append(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	w := written{append(line, '\n'), make(chan error, 1)}
	l.entries <- w
	return <-w.done
}

func (l *sinkLog) run() {
	defer close(l.closed)
	for w := range l.entries {
		batch := []written{w}
		for more := true; more && len(batch) < 1024; {
			select {
			case w, ok := <-l.entries:
				if ok {
					batch = append(batch, w)
				}
				more = ok
			default:
				more = false
			}
		}
		var err error
		for _, w := range batch {
			if _, werr := l.file.Write(w.line); werr != nil {
				err = werr
			}
		}
		if serr := l.file.Sync(); err == nil {
			err = serr
		}
		for _, w := range batch {
			w.done <- err
		}
	}
}

func (l *sinkLog) close() error {
	l.once.Do(func() { close(l.entries) })
	<-l.closed
	return l.file.Close()
}

// readSinkLog reads the truth back from disk.
func readSinkLog(path string) ([]entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []entry
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, lines.Err()
}
