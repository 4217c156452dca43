// Package bench measures how fast Loa is, each path against its own physical limit on the same machine in the same
// minutes: the engine against a bare client loop, a plan against one INSERT .. SELECT, a page against a bare handler.
// Rounds of limit and engine alternate, so that a busy hour slows both, and the ratio is what is judged. What is
// measured runs in processes of its own, as in production; everything stays on this machine's loopback.
package bench
