package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// call runs the program in the test and returns its exit code and words.
func call(t *testing.T, dir string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(append(args, "--data-dir", dir, "--log-level", "error"), &o, &e)
	return code, o.String(), e.String()
}

func TestHelpReadsWell(t *testing.T) {
	t.Parallel()
	code, out, _ := call(t, t.TempDir(), "--help")
	require.Equal(t, exitOK, code)
	for _, verb := range []string{"serve", "demo", "migrate", "import", "units", "campaign", "doctor"} {
		require.Contains(t, out, verb)
	}
	require.Contains(t, out, "LOA_DATABASE_URL")
	code, out, _ = call(t, t.TempDir(), "campaign", "--help")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "never by the author")
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, _, errOut := call(t, dir, "nonsense")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "nonsense")
	code, _, errOut = call(t, dir, "serve", "--listen", "0.0.0.0:1")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "LOA_BEHIND_PROXY")
	code, _, errOut = call(t, dir, "serve", "--role", "worker")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "needs PostgreSQL")
	code, _, _ = call(t, dir, "campaign", "submit", "0190", "--actor", "an")
	require.Equal(t, exitNotFound, code)
	code, out, _ := call(t, dir, "doctor")
	require.Equal(t, exitOK, code, out)
	require.Contains(t, out, "relay.task")
}

// An office's first steps, as the README tells them.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	must := func(args ...string) string {
		t.Helper()
		code, out, errOut := call(t, filepath.Join(dir, "data"), args...)
		require.Equal(t, exitOK, code, errOut)
		return out
	}
	units := file("units.csv", "code,name,kind,parent\n99,Tỉnh Thử,tinh,\n99001,Phường Thử,phuong,99\n")
	must("units", "import", units)
	require.Contains(t, must("units", "import", units), "nothing was changed")
	must("units", "set", "99001", "--phone", "0200000001", "--short-name", "Thu")
	roster := file("class.csv", "STT,Họ và tên,Ngày sinh,SĐT phụ huynh,Lớp,Trường,Đã có CCCD\n1,Nguyễn Văn An,22/07/2009,0912345678,9A,THCS Thử,không\n2,,01/01/2010,,9A,THCS Thử,\n")
	out := must("import", roster, "--unit", "99001", "--actor", "an", "--report", filepath.Join(dir, "rows.csv"))
	require.Contains(t, out, "accepted 1")
	require.Contains(t, out, "rejected 1")
	rows, err := os.ReadFile(filepath.Join(dir, "rows.csv"))
	require.NoError(t, err)
	require.Contains(t, string(rows), "name_missing")
	id := bytes.TrimSpace([]byte(must("campaign", "create", "--kind", "exam", "--unit", "99001", "--name", "Thử", "--actor", "an", "--deadline", "2030-01-01",
		"--field", "place=Trường", "--field", "time=8h00", "--field", "deadline=01/01/2030", "--field", "doc_list=giấy khai sinh", "--field", "doc_no=1/TB")))
	require.Contains(t, must("campaign", "preview", string(id)), "1 persons")
	must("campaign", "submit", string(id), "--actor", "an")
	code, _, errOut := call(t, filepath.Join(dir, "data"), "campaign", "approve", string(id), "--actor", "an")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errOut, "second person")
	must("campaign", "approve", string(id), "--actor", "binh")
	refused := func(want int, args ...string) {
		code, _, errOut := call(t, filepath.Join(dir, "data"), args...)
		require.Equal(t, want, code, errOut)
	}
	refused(exitRefused, "campaign", "schedule", string(id), "--at", "tomorrow", "--actor", "binh")
	soon := time.Now().In(campaigns.Zone).AddDate(0, 0, 2).Format("2006-01-02T15:04")
	require.Contains(t, must("campaign", "schedule", string(id), "--at", soon, "--actor", "binh"), "scheduled")
	require.Contains(t, must("campaign", "unschedule", string(id), "--actor", "binh"), "approved")
	require.Contains(t, must("campaign", "launch", string(id), "--actor", "binh"), "new: true")
	require.Contains(t, must("campaign", "launch", string(id), "--actor", "binh"), "new: false")
	require.Contains(t, must("campaign", "report", string(id)), "Phường Thử")
	require.Contains(t, must("campaign", "list"), "running")
	must("campaign", "pause", string(id), "--actor", "binh")
	must("campaign", "resume", string(id), "--actor", "binh")
	refused(exitRefused, "campaign", "release", string(id), "--actor", "binh")
	require.Contains(t, must("campaign", "residual", string(id), "--unit", "99001"), "Chưa đến lượt gửi")
	require.Contains(t, must("campaign", "league", string(id), "--by", "difficulty"), "Phường Thử")
	refused(exitRefused, "campaign", "complete", string(id), "--actor", "binh")
	require.Contains(t, must("campaign", "close", string(id), "--group", "not_sent_yet=next_campaign", "--actor", "binh"), "completed")
	refused(exitRefused, "campaign", "cancel", string(id), "--actor", "binh")
}

// Accounts, keys and the log of who did what, from the command line.
func TestStaffKeyAudit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must := func(args ...string) string {
		t.Helper()
		code, out, errOut := call(t, filepath.Join(dir, "data"), args...)
		require.Equal(t, exitOK, code, errOut)
		return out
	}
	units := filepath.Join(dir, "units.csv")
	require.NoError(t, os.WriteFile(units, []byte("code,name,kind,parent\n99,Tỉnh Thử,tinh,\n99001,Phường Thử,phuong,99\n"), 0o600))
	must("units", "import", units)
	out := must("staff", "add", "lan", "--unit", "99001", "--role", "officer", "--full-name", "Nguyễn Lan", "--actor", "an")
	require.Regexp(t, `Mã bắt đầu: ([34679ACDEFGHJKMNPQRTUVWXY]{4}-){4}[34679ACDEFGHJKMNPQRTUVWXY]{4}\n`, out)
	code, _, errOut := call(t, filepath.Join(dir, "data"), "staff", "add", "lan", "--unit", "99001", "--role", "officer", "--actor", "an")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errOut, "taken")
	code, _, errOut = call(t, filepath.Join(dir, "data"), "staff", "add", "co.giao", "--unit", "99001", "--role", "teacher", "--actor", "an")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errOut, "class")
	code, _, errOut = call(t, filepath.Join(dir, "data"), "staff", "disable", "nobody", "--actor", "an")
	require.Equal(t, exitNotFound, code)
	require.Contains(t, errOut, "loa staff list")
	require.Contains(t, must("staff", "list"), "invited")
	require.Contains(t, must("staff", "reset", "lan", "--actor", "an"), "Người nhận: Nguyễn Lan")
	require.Contains(t, must("staff", "disable", "lan", "--actor", "an"), "disabled")

	out = must("key", "create", "Cổng dịch vụ", "--unit", "99001", "--kind", "test", "--day-cap", "100", "--lasts", "24h", "--actor", "an")
	require.Regexp(t, `^loa_test_[a-z2-7]{47}\nid `, out)
	id := regexp.MustCompile(`id (\S+);`).FindStringSubmatch(out)[1]
	require.Contains(t, must("key", "list"), id+"  good")
	must("key", "revoke", id, "--actor", "an")
	require.Contains(t, must("key", "list"), id+"  revoked")

	require.Contains(t, must("audit", "verify"), "Chains: 1, all whole.")
	file := filepath.Join(dir, "audit.ndjson")
	must("audit", "export", file, "--unit", "99001", "--actor", "an")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"verb":"staff.disable"`)
	require.Contains(t, string(raw), `"rows":6`)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "loa.db"))
	require.NoError(t, err)
	_, err = db.Exec(`UPDATE audit SET by_name = 'binh' WHERE verb = 'staff.disable'`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	code, out, errOut = call(t, filepath.Join(dir, "data"), "audit", "verify")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "BROKEN at row 3")
	require.Contains(t, errOut, "not whole")
}

// A folder that has lost its epoch file cannot tell a restored database from its own: an operator decides.
func TestHoldVerbs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errOut := call(t, dir, "hold")
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, out, "Not held: epoch 1")
	code, _, errOut = call(t, dir, "hold", "release", "--reason", "x", "--actor", "binh")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errOut, "not held")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "epoch.json"), []byte("{"), 0o600))
	code, out, errOut = call(t, dir, "hold", "status")
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, out, "HOLD: the epoch file")
	require.Contains(t, out, "loa hold reconcile --log FILE")
	code, out, _ = call(t, dir, "doctor")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "HOLD, nothing is sent")
	code, _, errOut = call(t, dir, "hold", "release", "--reason", "x", "--actor", "binh")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errOut, "--without-log")
	log := filepath.Join(dir, "log.csv")
	require.NoError(t, os.WriteFile(log, []byte("key,status\n"+notifier.Key(1, 0)+",ok\n"), 0o600))
	code, out, errOut = call(t, dir, "hold", "reconcile", "--log", log)
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, out, "planned after the copy was made")
	code, _, errOut = call(t, dir, "hold", "release", "--reason", "x", "--actor", "binh")
	require.Equal(t, exitRefused, code)
	require.Contains(t, errOut, "--pause")
	code, out, errOut = call(t, dir, "hold", "release", "--reason", "x", "--actor", "binh", "--pause")
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, out, "epoch 2 begins")
	_, out, _ = call(t, dir, "hold")
	require.Contains(t, out, "Not held: epoch 2")
}

func TestChannelVerbs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errOut := call(t, dir, "channel")
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, out, "No channel with a provider is open")
	file := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "channels.json"), []byte(text), 0o600))
	}
	file(`{"sms.http":{"url":"https://a.example/","rate":"30","weight":"70"},"sms.http:backup":{"url":"https://b.example/","weight":"30"}}`)
	code, out, errOut = call(t, dir, "channel", "list")
	require.Equal(t, exitOK, code, errOut)
	require.Regexp(t, `(?m)^sms\.http +share .*30 a second`, out)
	require.Contains(t, out, "sms.http:backup")
	code, out, errOut = call(t, dir, "channel", "override", "sms.http:backup", "off", "--reason", "hoá đơn", "--actor", "binh")
	require.Equal(t, exitOK, code, errOut)
	require.Contains(t, out, "sms.http:backup: off")
	_, out, _ = call(t, dir, "channel")
	require.Contains(t, out, "set to off by binh: hoá đơn")
	code, _, _ = call(t, dir, "channel", "override", "fax", "off", "--reason", "x", "--actor", "binh")
	require.Equal(t, exitNotFound, code)
	for text, want := range map[string]string{
		`{"sms.http:Backup!":{"url":"https://b.example/"}}`:       "named like sms.http:backup",
		`{"sms.http":{"url":"https://b.example/","rate":"fast"}}`: "rate is messages a second",
		`{"fax:two":{}}`: "there is no channel fax:two",
	} {
		file(text)
		code, _, errOut = call(t, dir, "channel")
		require.Equal(t, exitFailed, code)
		require.Contains(t, errOut, want)
	}
}

// What stands in an address besides the host is nobody's business.
func TestDoctorHidesThePassword(t *testing.T) {
	t.Parallel()
	require.Equal(t, "postgres://db.example:5432/loa", shown("postgres://loa:S3cret@db.example:5432/loa?password=S3cret"))
	require.Equal(t, "loa-data/loa.db", shown("loa-data/loa.db"))
	code, _, errOut := call(t, t.TempDir(), "doctor", "--database-url", "mysql://foo")
	require.Equal(t, exitFailed, code)
	_, out, _ := call(t, t.TempDir(), "doctor", "--database-url", "mysql://foo")
	require.Contains(t, out+errOut, "neither the path of an SQLite file nor a postgres:// address")
}

// A settings file is believed only when every word in it is known.
func TestSettingsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(dir, "settings.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for text, want := range map[string]string{`{"listn":"x"}`: `no setting "listn"`, `{`: "settings.json: expected"} {
		code, _, errOut := call(t, dir, "doctor", "--config", file(text))
		require.Equal(t, exitUsage, code, text)
		require.Contains(t, errOut, want)
	}
	code, _, errOut := call(t, dir, "doctor", "--config", filepath.Join(dir, "nowhere.json"))
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "cannot be read")
	code, _, errOut = call(t, dir, "serve", "--config", file(`{"listen":"0.0.0.0:1"}`))
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "LOA_BEHIND_PROXY", "the file's value was used")
	code, _, errOut = call(t, dir, "serve", "--config", file(`{"data-dir":"x","listen":"0.0.0.0:1"}`))
	require.Equal(t, exitUsage, code)
	require.Contains(t, errOut, "LOA_BEHIND_PROXY")
}
