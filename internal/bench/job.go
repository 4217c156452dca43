package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// jobs are the child processes that do one thing and end: a description comes in as JSON, what it took goes out.
var jobs = map[string]func(context.Context, io.Reader, io.Writer) error{
	"bare":   job(RunBare),
	"excel":  job(runExcel),
	"hammer": job(runHammer),
	"import": job(runImport),
	"plan":   job(runPlan),
}

func job[J, D any](run func(context.Context, J) (D, error)) func(context.Context, io.Reader, io.Writer) error {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		var j J
		if err := json.NewDecoder(in).Decode(&j); err != nil {
			return err
		}
		done, err := run(ctx, j)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(done)
	}
}

// RunJob is a child process's main.
func RunJob(ctx context.Context, kind string, in io.Reader, out io.Writer) error {
	run, ok := jobs[kind]
	if !ok {
		return fmt.Errorf("bench: there is no job %q", kind)
	}
	return run(ctx, in, out)
}

// ask runs a job in a process of its own; profile names its CPU profile, where profiles are asked for.
func ask[D any](ctx context.Context, b *Bench, kind string, j any, profile string) (done D, err error) {
	raw, err := json.Marshal(j)
	if err != nil {
		return done, err
	}
	args := append([]string{"bench-part", "job", kind}, b.profileFlag(profile)...)
	cmd := exec.CommandContext(ctx, b.opt.Program, args...)
	cmd.Env, cmd.Stdin, cmd.Stderr = withoutLoa(os.Environ()), bytes.NewReader(raw), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return done, fmt.Errorf("bench: the %s job: %w", kind, err)
	}
	return done, json.Unmarshal(out, &done)
}

func (b *Bench) profileFlag(name string) []string {
	if b.opt.CPUProfile == "" || name == "" {
		return nil
	}
	return []string{"--cpuprofile", b.opt.CPUProfile + "/" + name + ".pprof"}
}
