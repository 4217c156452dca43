// Command chaos breaks a running Loa on purpose and proves that nobody is lost and nobody told twice. It needs
// PostgreSQL, redis-server and Go on this machine and uses the loopback only:
//
//	go run ./cmd/chaos                            all faults, about ten minutes
//	go run ./cmd/chaos --short                    the five sharpest
//	go run ./cmd/chaos --seed 7 --scenario F2     one again
//	go run ./cmd/chaos --seeds 5 --deliveries N   the release bar
//	go run ./cmd/chaos mutants                    guards taken away one by one: each must turn it red
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/loaphuong/loa/internal/chaos"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	play := playFaults
	if len(args) > 0 && args[0] == "mutants" {
		play, args = playMutants, args[1:]
	}
	o, file := options(args)
	fmt.Println("seed", o.Seed)
	found, green, err := play(ctx, o)
	if err == nil && file != "" {
		err = write(file, found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 1
	}
	if !green {
		return 1
	}
	return 0
}

func options(args []string) (o chaos.Options, file string) {
	o.Out = os.Stdout
	f := flag.NewFlagSet("chaos", flag.ExitOnError)
	f.Int64Var(&o.Seed, "seed", time.Now().Unix()%100_000, "seed of the first round; the same seed plays the same faults")
	f.IntVar(&o.Seeds, "seeds", 1, "rounds, each with the next seed")
	f.IntVar(&o.Deliveries, "deliveries", 0, "people in each scenario (2000)")
	f.BoolVar(&o.Short, "short", false, "only the five sharpest")
	f.BoolVar(&o.Keep, "keep", false, "leave the folder with logs and databases")
	f.StringVar(&o.Root, "source", ".", "folder of the sources that are built and tested")
	f.StringVar(&file, "json", "", "write the results to this file as well")
	only := f.String("scenario", "", "only these, separated by commas")
	_ = f.Parse(args) // it ends the process when it fails
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	return o, file
}

func playFaults(ctx context.Context, o chaos.Options) (any, bool, error) {
	results, err := chaos.Run(ctx, o)
	chaos.Print(os.Stdout, results)
	green := true
	for _, r := range results {
		green = green && r.Green()
	}
	return results, green, err
}

func playMutants(ctx context.Context, o chaos.Options) (any, bool, error) {
	found, err := chaos.Mutate(ctx, o)
	chaos.PrintMutants(os.Stdout, found)
	good := true
	for _, m := range found {
		good = good && m.Good()
	}
	return found, good, err
}

func write(file string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}
