package demo

import (
	"context"
	"time"
)

// Serve names the address and a key to try the API with, and keeps provider and engine going until ctx ends.
func (d *Demo) Serve(ctx context.Context, address, keyFile string) error {
	d.show.line("")
	if err := d.showAccounts(ctx, address); err != nil {
		return err
	}
	d.show.line("  %s", d.say("demo.serving", "address", "http://"+address, "file", keyFile))
	for _, path := range []string{"/api/v1/campaigns", "/api/v1/campaigns/" + string(d.running[0]) + "/report", "/api/v1/tasks?kind=visit"} {
		d.show.line(`    curl -s -H "Authorization: Bearer $(cat %s)" "http://%s%s"`, keyFile, address, path)
	}
	d.show.line(`    curl -s "http://%s/openapi.json"`, address)
	d.show.line("  %s", d.say("demo.stop"))
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := d.receipts(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}
