package app

import (
	"testing"

	"go.uber.org/goleak"
)

// No test may leave a goroutine behind. fasthttp keeps the date of its answers by one goroutine a process, for ever, and
// the one that tidies a server's workers looks every ten seconds whether the server has stopped.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}
