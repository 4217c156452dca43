package channeltest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
)

// failure demands that a channel reports failure as *notifier.Failure with a reason of the list.
func failure(t *testing.T, err error) *notifier.Failure {
	t.Helper()
	require.Error(t, err)
	var f *notifier.Failure
	require.ErrorAs(t, err, &f)
	require.Contains(t, notifier.FailureReasons, f.Reason)
	require.NotEmpty(t, f.Detail, "staff are told the provider's code")
	return f
}

// keepsSecret looks for the message, its number and every secret setting in all that an error can be made to say.
func (w Wire) keepsSecret(t *testing.T, url string, err error) {
	t.Helper()
	hidden := append(hiddenOf(sample()), Secret)
	for name, value := range w.Settings(url, patient) {
		if strings.Contains(value, Secret) || name == "url" {
			hidden = append(hidden, value)
		}
	}
	keepsHidden(t, err, hidden)
}

func hiddenOf(m notifier.Message) []string {
	hidden := []string{m.Body, "Lữ Thị Ót"}
	for _, form := range []string{m.To, strings.TrimPrefix(m.To, "+"), strings.TrimPrefix(m.To, "+84")} {
		if form != "" {
			hidden = append(hidden, form)
		}
	}
	return hidden
}

func keepsHidden(t *testing.T, err error, hidden []string) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, said := range []string{e.Error(), fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e)} {
			for _, h := range hidden {
				require.NotContains(t, said, h)
			}
		}
	}
}
