package campaigns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
)

// Reasons why a notice is not sent to its author as a test.
var (
	ErrTestOften = errors.New("test send: too many within an hour")
	ErrTestPhone = errors.New("test send: no mobile of the person who asks is known")
	ErrTestWire  = errors.New("test send: no channel of the campaign reaches a phone")
)

// TestPrint names what citizens will be told, and how: another text or channel has another print, and is tested anew.
func TestPrint(kind string, fields map[string]string, words TemplateVersionID, channels []string) string {
	raw, _ := json.Marshal([]any{kind, fields, words, strings.Join(channels, " ")}) // texts only
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}
