package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// redis is a server of the harness; it keeps nothing on disk, so that a kill empties it.
type redis struct {
	kids   *nursery
	dir    string
	port   int
	secret string
	extra  []string
	proc   *process
	client *goredis.Client
}

func startRedis(ctx context.Context, kids *nursery, dir string, extra ...string) (*redis, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	r := &redis{kids: kids, dir: dir, port: port, secret: newSecret(), extra: extra}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "redis.conf"), []byte("requirepass "+r.secret+"\n"), 0o600); err != nil {
		return nil, err
	}
	r.client = goredis.NewClient(&goredis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port), Password: r.secret, DialTimeout: time.Second, MaxRetries: -1})
	return r, r.start(ctx)
}

func (r *redis) start(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("redis-server is not installed: %w", err)
	}
	args := append([]string{filepath.Join(r.dir, "redis.conf"), "--port", fmt.Sprint(r.port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no"}, r.extra...)
	if r.proc, err = r.kids.start("redis", filepath.Join(r.dir, "redis.log"), "", os.Environ(), program, args...); err != nil {
		return err
	}
	return until(ctx, 10*time.Second, "Redis to answer", func() (bool, error) { return r.client.Ping(ctx).Err() == nil, nil })
}

func (r *redis) url() string { return fmt.Sprintf("redis://:%s@127.0.0.1:%d/0", r.secret, r.port) }

// contents is every key and value, as text: what a canary is looked for in.
func (r *redis) contents(ctx context.Context) (string, error) {
	var b strings.Builder
	iter := r.client.Scan(ctx, 0, "*", 1000).Iterator()
	for iter.Next(ctx) {
		key := iter.Val()
		b.WriteString(key + "\n")
		kind, err := r.client.Type(ctx, key).Result()
		if err != nil {
			return "", err
		}
		var value any
		switch kind {
		case "string":
			value, err = r.client.Get(ctx, key).Result()
		case "list":
			value, err = r.client.LRange(ctx, key, 0, -1).Result()
		case "hash":
			value, err = r.client.HGetAll(ctx, key).Result()
		case "set":
			value, err = r.client.SMembers(ctx, key).Result()
		case "zset":
			value, err = r.client.ZRangeWithScores(ctx, key, 0, -1).Result()
		}
		if err != nil && !errors.Is(err, goredis.Nil) {
			return "", err
		}
		fmt.Fprintln(&b, value)
	}
	return b.String(), iter.Err()
}
