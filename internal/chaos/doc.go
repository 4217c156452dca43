// Package chaos breaks a running Loa on purpose and holds what is left against the truth. It starts a real PostgreSQL, a
// real Redis, several loa processes and a gateway of its own on loopback, kills, freezes, floods and starves them, and
// asks at the end, in SQL, whether the record and the gateway's own log agree: nobody lost, nobody told twice
// (delivery.md §2, "Invariants", and §3). It knows nothing of the engine's insides: it sees processes, the API, the
// database and what came over the wire.
package chaos
