package app

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// A provider's log names the messages that it took, one a line: CSV with a heading, or a JSON object a line. What the
// columns may be called is visible here; all but the key may be missing. Other columns, such as numbers, are not read.
var logColumns = map[string]string{
	"key": "key", "idem_key": "key", "request_id": "key", "requestid": "key", "client_ref": "key", "tracking_id": "key",
	"provider_id": "id", "id": "id", "message_id": "id", "msg_id": "id", "sms_id": "id", "smsid": "id",
	"at": "at", "time": "at", "sent_at": "at", "parts": "parts", "status": "status", "effect": "effect", "type": "type",
}

// logRefused are the words by which a log says that it did not take a message.
var logRefused = map[string]bool{"refused": true, "rejected": true, "failed": true, "error": true, "false": true}

// LogCount counts the lines of a provider's log.
type LogCount struct {
	Lines   int
	Foreign int // without a key of ours: other customers of the account, tests
	Refused int // seen and not taken
}

// logBatch is how many lines are handed over at once.
const logBatch = 5000

// ReadProviderLog reads a provider's log and hands over what it took, in batches.
func ReadProviderLog(r io.Reader, each func([]store.Seen) error) (LogCount, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if bom, err := in.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	var count LogCount
	var batch []store.Seen
	line := func(fields map[string]string) error {
		count.Lines++
		seen, kind := seenOf(fields)
		switch kind {
		case lineForeign:
			count.Foreign++
		case lineRefused:
			count.Refused++
		case lineTaken:
			if batch = append(batch, seen); len(batch) == logBatch {
				err := each(batch)
				batch = nil
				return err
			}
		}
		return nil
	}
	read := readCSVLog
	if first, err := in.Peek(1); err == nil && first[0] == '{' {
		read = readJSONLog
	}
	err := read(in, line)
	if err == nil && len(batch) > 0 {
		err = each(batch)
	}
	return count, err
}

type lineKind int

const (
	lineOther lineKind = iota
	lineForeign
	lineRefused
	lineTaken
)

func seenOf(f map[string]string) (store.Seen, lineKind) {
	if t := f["type"]; t != "" && t != "message" && t != "sms" { // a log that also tells of receipts
		return store.Seen{}, lineOther
	}
	id, tries, ok := notifier.ParseKey(f["key"])
	if !ok {
		return store.Seen{}, lineForeign
	}
	if logRefused[strings.ToLower(f["status"])] || logRefused[strings.ToLower(f["effect"])] {
		return store.Seen{}, lineRefused
	}
	s := store.Seen{Delivery: id, Tries: tries, Key: f["key"], ProviderID: f["id"]}
	if n, err := strconv.Atoi(f["parts"]); err == nil && n > 0 && n < 100 {
		s.Parts = n
	}
	if ms, err := strconv.ParseInt(f["at"], 10, 64); err == nil {
		s.At = ms
	} else if t, err := time.Parse(time.RFC3339, f["at"]); err == nil {
		s.At = t.UnixMilli()
	}
	return s, lineTaken
}

// errNoKeys means that the file has no column with keys.
var errNoKeys = errors.New("the log has no column with our keys: expected CSV with a heading, or a JSON object a line, with key (or request_id, client_ref) and where known provider_id, at, parts, status")

func readCSVLog(in *bufio.Reader, line func(map[string]string) error) error {
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the log cannot be read: %w", err)
	}
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = -1, true, true
	if first, _, _ := bytes.Cut(head, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	var columns []string
	fields := map[string]string{}
	for n := 1; ; n++ {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && columns == nil:
			return errNoKeys
		case errors.Is(err, io.EOF):
			return nil
		case err != nil: // the text of a csv error holds places only
			return fmt.Errorf("the log cannot be read: %w", err)
		}
		if columns == nil {
			if columns = columnsOf(row); columns == nil {
				return errNoKeys
			}
			continue
		}
		clear(fields)
		for i, v := range row {
			if i < len(columns) && columns[i] != "" {
				fields[columns[i]] = strings.TrimSpace(v)
			}
		}
		if err := line(fields); err != nil {
			return err
		}
	}
}

// columnsOf reads a heading; nil where no column holds keys.
func columnsOf(row []string) []string {
	out, keyed := make([]string, len(row)), false
	for i, name := range row {
		out[i] = logColumns[strings.ToLower(strings.TrimSpace(name))]
		keyed = keyed || out[i] == "key"
	}
	if !keyed {
		return nil
	}
	return out
}

func readJSONLog(in *bufio.Reader, line func(map[string]string) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var raw map[string]any
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("line %d of the log is no JSON object", n)
		}
		fields := map[string]string{}
		for name, v := range raw {
			if column := logColumns[strings.ToLower(name)]; column != "" && v != nil {
				fields[column] = fmt.Sprint(v)
			}
		}
		if err := line(fields); err != nil {
			return err
		}
	}
	return lines.Err()
}
