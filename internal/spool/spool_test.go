package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

func result(id int64) store.Result {
	return store.Result{Delivery: campaigns.DeliveryID(id), Gen: 3, Channel: "sms.http", Key: notifier.Key(campaigns.DeliveryID(id), 0), N: 1, State: notifier.Accepted,
		NextAt: time.UnixMilli(1764554400123).UTC(), ProviderID: "p1", Parts: 2, IntentAt: time.UnixMilli(1764554400000).UTC(),
		Lane: campaigns.Normal, Launch: "0190", StepNo: 1, Chunk: 9}
}

func open(t *testing.T, dir string, max int64) *Spool {
	t.Helper()
	s := New(dir, max)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// kept replays everything and returns it.
func kept(t *testing.T, s *Spool) []store.Result {
	t.Helper()
	var out []store.Result
	n, err := s.Replay(context.Background(), func(_ context.Context, list []store.Result) error {
		out = append(out, list...)
		return nil
	})
	require.NoError(t, err)
	require.Len(t, out, n)
	return out
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return list
}

func TestWhatIsPutComesBackOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, 0)
	require.Empty(t, kept(t, s))
	require.NoError(t, s.Put(nil))
	require.Empty(t, files(t, dir))
	require.NoError(t, s.Put([]store.Result{result(1), result(2)}))
	require.NoError(t, s.Put([]store.Result{result(3)}))
	require.Positive(t, s.Waiting())
	require.Equal(t, []store.Result{result(1), result(2), result(3)}, kept(t, s))
	require.Zero(t, s.Waiting())
	require.Empty(t, files(t, dir))
	require.Empty(t, kept(t, s))
}

func TestARefusedReplayKeepsEverything(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), 0)
	var list []store.Result
	for i := range 3 * replayAtOnce / 2 {
		list = append(list, result(int64(i+1)))
	}
	require.NoError(t, s.Put(list))
	calls := 0
	n, err := s.Replay(context.Background(), func(context.Context, []store.Result) error {
		if calls++; calls == 2 {
			return errors.New("away again")
		}
		return nil
	})
	require.EqualError(t, err, "away again")
	require.Equal(t, replayAtOnce, n)
	require.NoError(t, s.Put([]store.Result{result(9999)}), "what ends meanwhile goes to a file of its own")
	require.Equal(t, append(list, result(9999)), kept(t, s), "from the beginning: a result recorded twice changes nothing")
}

// A process that was killed leaves its file, perhaps with a line that was not written to its end; a process that lives
// keeps its own.
func TestADeadProcessesFileIsTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead := open(t, dir, 0)
	require.NoError(t, dead.Put([]store.Result{result(1), result(2)}))
	alive := open(t, dir, 0)
	require.NoError(t, alive.Put([]store.Result{result(3)}))
	next := open(t, dir, 0)
	require.Empty(t, kept(t, next), "both live")

	path := dead.now.path
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(raw, raw[:len(raw)/3]...), 0o600)) // torn
	require.NoError(t, dead.Close())
	require.Equal(t, []store.Result{result(1), result(2)}, kept(t, next))
	require.NoFileExists(t, path)
	require.Equal(t, []store.Result{result(3)}, kept(t, alive))
}

// However a file is cut or a byte turned, what is replayed was put, in its order.
func TestDamageNeverInvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		s := open(t, dir, 0)
		n := rapid.IntRange(1, 5).Draw(rt, "n")
		for i := range n {
			require.NoError(rt, s.Put([]store.Result{result(int64(i + 1))}))
		}
		path := s.now.path
		require.NoError(rt, s.Close())
		raw, err := os.ReadFile(path)
		require.NoError(rt, err)
		at := rapid.IntRange(0, len(raw)-1).Draw(rt, "at")
		if rapid.Bool().Draw(rt, "cut") {
			raw = raw[:at]
		} else {
			raw[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "turn"))
		}
		require.NoError(rt, os.WriteFile(path, raw, 0o600))
		got := kept(t, open(t, dir, 0))
		require.GreaterOrEqual(rt, len(got)+n, n)
		last := int64(0)
		for _, r := range got {
			require.Greater(rt, int64(r.Delivery), last)
			last = int64(r.Delivery)
			require.Equal(rt, result(last), r)
		}
	})
}

// full is a disk with room for some bytes only.
type full struct {
	room  int
	stuck bool // and cannot even cut a file
}

type fileOnFull struct {
	file
	disk *full
}

func (f fileOnFull) Write(p []byte) (int, error) {
	if len(p) > f.disk.room {
		n, _ := f.file.Write(p[:f.disk.room])
		return n, syscall.ENOSPC
	}
	f.disk.room -= len(p)
	return f.file.Write(p)
}

func (f fileOnFull) Truncate(size int64) error {
	if f.disk.stuck {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, stuck := range []bool{false, true} {
		dir := t.TempDir()
		s := open(t, dir, 0)
		disk := &full{room: 400, stuck: stuck}
		s.open = func(path string) (file, error) {
			f, err := create(path)
			return fileOnFull{f, disk}, err
		}
		require.NoError(t, s.Put([]store.Result{result(1)}))
		require.ErrorIs(t, s.Put([]store.Result{result(2), result(3)}), syscall.ENOSPC)
		disk.room = 1 << 20 // somebody made room
		require.NoError(t, s.Put([]store.Result{result(4)}))
		got := kept(t, s)
		require.Contains(t, got, result(1))
		require.Contains(t, got, result(4))
		require.NotContains(t, got, result(3), "what was refused is not kept")
		require.Empty(t, files(t, dir))
	}
}

func TestItIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), 1000)
	put := 0
	for ; put < 100; put++ {
		if err := s.Put([]store.Result{result(int64(put + 1))}); err != nil {
			require.ErrorIs(t, err, ErrFull)
			break
		}
	}
	require.Less(t, put, 10)
	require.LessOrEqual(t, s.Waiting(), int64(1000))
	require.Len(t, kept(t, s), put)
	require.NoError(t, s.Put([]store.Result{result(1)}), "there is room again")
}

// Only these fields are ever written: none names a person.
func TestNoPersonalData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 0)
	require.NoError(t, s.Put([]store.Result{result(1)}))
	list := files(t, dir)
	require.Len(t, list, 1)
	info, err := os.Stat(list[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	raw, err := os.ReadFile(list[0])
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(raw), " ")
	require.JSONEq(t, `{"Delivery":1,"Gen":3,"Channel":"sms.http","Key":"`+notifier.Key(1, 0)+`","Tries":0,"N":1,"State":"accepted","Reason":"","NextAt":1764554400123,
		"ProviderID":"p1","Parts":2,"IntentAt":1764554400000,"Lane":"normal","Launch":"0190","StepNo":1,"Chunk":9,"Persons":null}`, body)
}
