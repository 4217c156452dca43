// Command chaos breaks a running Loa on purpose and proves that nobody is lost and nobody told twice. It needs
// PostgreSQL, redis-server and Go on this machine and uses the loopback only:
//
//	go run ./cmd/chaos                            all faults, about ten minutes
//	go run ./cmd/chaos --short                    the five sharpest
//	go run ./cmd/chaos --seed 7 --scenario F2     one again
//	go run ./cmd/chaos --seeds 5 --deliveries N   the release bar
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

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := chaos.Options{Out: os.Stdout}
	flag.Int64Var(&o.Seed, "seed", time.Now().Unix()%100_000, "seed of the first round; the same seed plays the same faults")
	flag.IntVar(&o.Seeds, "seeds", 1, "rounds, each with the next seed")
	flag.IntVar(&o.Deliveries, "deliveries", 0, "people in each scenario (2000)")
	flag.BoolVar(&o.Short, "short", false, "only the five sharpest")
	flag.BoolVar(&o.Keep, "keep", false, "leave the folder with logs and databases")
	flag.StringVar(&o.Root, "source", ".", "folder of the sources that are built and tested")
	only := flag.String("scenario", "", "only these, separated by commas")
	file := flag.String("json", "", "write the results to this file as well")
	flag.Parse()
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	fmt.Println("seed", o.Seed)
	results, err := chaos.Run(ctx, o)
	chaos.Print(os.Stdout, results)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 1
	}
	if *file != "" {
		raw, err := json.MarshalIndent(results, "", "  ")
		if err == nil {
			err = os.WriteFile(*file, append(raw, '\n'), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			return 1
		}
	}
	for _, r := range results {
		if !r.Green() {
			return 1
		}
	}
	return 0
}
