// Package notifier carries one notice and tells the truth about it: the states of a delivery and their legal moves,
// what a channel is and promises, what an attempt and a receipt are, and the conductor that takes a window of
// deliveries over the wire.
//
//	planned ─→ queued ─→ claimed ─→ sending ─→ accepted ─→ delivered
//	                 └───────────────↗  │            ├───→ undelivered
//	                                    │            └───→ no_receipt (72 h)
//	                                    ├─→ failed
//	                                    ├─→ queued    (definite "not now")
//	                                    └─→ unknown ─→ accepted, delivered, undelivered
//	                                                ├─→ queued (same key, keyed channels only, once)
//	                                                └─→ unknown_final (72 h)
//
// A keyed re-send that waits in queued keeps its past: whatever is said against asking again makes it unknown once more,
// and a receipt may settle it before it is asked.
//
// The intent is committed before the wire: whoever is killed after that leaves the delivery unknown, never forgotten
// and, on channels without keys, never sent again.
package notifier
