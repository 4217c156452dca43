package sim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
)

// Entry is one line of the ground truth.
type Entry struct {
	Type string `json:"type"` // head, message, receipt, reply

	Salt string `json:"salt,omitempty"` // of the head: hashes addresses

	Channel   string    `json:"channel,omitempty"`
	Medium    string    `json:"medium,omitempty"`
	Key       string    `json:"key,omitempty"`
	Addr      string    `json:"addr,omitempty"`   // HMAC of the number under the log's salt
	ID        string    `json:"id,omitempty"`     // the provider's message id
	At        int64     `json:"at,omitempty"`     // wall clock, Unix milliseconds
	Policy    int64     `json:"policy,omitempty"` // policy time, Unix milliseconds; of a receipt: when it was due
	Effect    bool      `json:"effect"`           // a real text left for a phone
	Parts     int       `json:"parts,omitempty"`
	Behaviour Behaviour `json:"behaviour,omitempty"`

	Event  string `json:"event,omitempty"`
	Status string `json:"status,omitempty"`
}

// openLog opens the log for appending and takes up what stands in it.
func (p *Provider) openLog(path string) error {
	entries, whole, err := readEntries(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	p.log = f
	if !whole { // a write that a kill cut short: its line ends here, and was never answered
		if _, err := f.WriteString("\n"); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if len(entries) == 0 {
		err = p.begin()
	} else {
		err = p.resume(entries)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

func (p *Provider) begin() error {
	p.salt = make([]byte, 16)
	if _, err := rand.Read(p.salt); err != nil {
		return err
	}
	return p.append(Entry{Type: "head", Salt: hex.EncodeToString(p.salt)})
}

// resume knows the keys again and expects the receipts that were not reported.
func (p *Provider) resume(entries []Entry) (err error) {
	if p.salt, err = hex.DecodeString(entries[0].Salt); err != nil || entries[0].Type != "head" {
		return errors.New("the log does not begin with its head")
	}
	reported := map[string]bool{}
	for _, m := range entries {
		switch m.Type {
		case "message":
			p.pending = append(p.pending, p.remember(m)...)
		case "receipt":
			reported[m.Event] = true
		}
	}
	p.hangs = 0 // the bound is for this process
	var due []pending
	for _, r := range p.pending {
		if !reported[r.name] {
			due = append(due, r)
		}
	}
	p.pending = due
	return nil
}

// append writes lines with one write: O_APPEND keeps them whole between processes.
func (p *Provider) append(entries ...Entry) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, entry := range entries {
		if err := e.Encode(entry); err != nil {
			return err
		}
	}
	_, err := p.log.Write(b.Bytes())
	return err
}

// newID makes the id of an accepted message. It follows from the log, so it never comes twice in one.
func (p *Provider) newID(m Entry) string {
	sum := sha256.Sum256(fmt.Appendf(append([]byte(nil), p.salt...), "|%s|%s|%d", m.Channel, m.Key, p.messages))
	return m.Medium[:1] + strconv.Itoa(p.messages) + "-" + hex.EncodeToString(sum[:6])
}

// readEntries reads a log. whole is false when its last line was cut short; that line is left out.
func readEntries(path string) (entries []Entry, whole bool, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, true, err
	}
	whole = len(data) == 0 || data[len(data)-1] == '\n'
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		var e Entry
		if json.Unmarshal(line, &e) == nil && e.Type != "" {
			entries = append(entries, e)
		}
	}
	return entries, whole, nil
}
