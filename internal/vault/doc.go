// Package vault writes files that only the holder of an offline key can read, and that nobody can shorten or change without
// its being noticed: backups. The office keeps the public half; the other half lies in a safe.
//
// A file is the line "loa-vault 1\n", an X25519 public key of 32 bytes that was made for this file, and chunks of 64 KiB
// sealed with AES-256-GCM under HKDF-SHA256(shared secret, both public keys, "loa-vault 1"). The nonce of a chunk is its
// number in 11 bytes, big endian, and a byte that is 1 for the last one, which may be empty.
package vault
