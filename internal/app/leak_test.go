package app

import (
	"testing"

	"go.uber.org/goleak"
)

// No test may leave a goroutine behind. fasthttp keeps the date of its answers by one goroutine a process, for ever, and
// those that tidy a server's workers and a client's connections look every ten seconds whether there is anything left.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*Client).mCleaner"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"))
}
