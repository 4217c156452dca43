package chaos

import (
	"encoding/binary"
	"hash/fnv"
	"time"
)

// behaviour is what the gateway does with one request.
type behaviour string

const (
	accepts  behaviour = "accepts"
	refuses  behaviour = "refuses"   // HTTP 500 and nothing left: the gateway promises that
	busy     behaviour = "busy"      // 429 with Retry-After
	drops    behaviour = "drops"     // the text leaves, then the connection breaks
	hangs    behaviour = "hangs"     // no answer until the caller gives up; of two texts one leaves
	garbles  behaviour = "garbles"   // the text leaves, the answer is no JSON
	knowsIt  behaviour = "knows_it"  // a keyed gateway has seen this key
	badWords behaviour = "bad_words" // a definite no: number invalid
)

// script is what the gateway does, changeable while it runs.
type script struct {
	latency time.Duration
	jitter  time.Duration
	rate    int                // most texts a second, 0 = no bound: then the callers wait in line
	shares  map[behaviour]int  // of a thousand requests; the rest is accepted
	keyed   bool               // repeats of a key are refused
	down    bool               // everything is refused with 500
	receipt receiptPlan        //
	special map[string]special // by number
}

// special is what the gateway does with the first requests of one number.
type special struct{ first []behaviour }

// receiptPlan is how the gateway reports.
type receiptPlan struct {
	after    time.Duration // 0 = no receipts at all
	spread   time.Duration
	never    int  // of a thousand
	copies   int  // how often each is sent, 1 = once
	early    int  // of a thousand: reported before the request is answered
	reversed bool // enroute is reported after delivered
}

// choose draws what happens to the n-th request for a number: the same seed, the same fate, however keys fall.
func (s script) choose(seed int64, number string, n int) behaviour {
	if s.down {
		return refuses
	}
	if sp, ok := s.special[number]; ok && n < len(sp.first) {
		return sp.first[n]
	}
	at := int(draw(seed, "fate", number, n) % 1000)
	for _, b := range []behaviour{refuses, busy, drops, hangs, garbles, badWords} {
		if at < s.shares[b] {
			return b
		}
		at -= s.shares[b]
	}
	return accepts
}

// draw is all the chance of the gateway: a number that follows from the seed, a word, a name and a count.
func draw(seed int64, word, name string, n int) uint64 {
	h := fnv.New64a()
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(seed))
	binary.BigEndian.PutUint64(raw[8:], uint64(n))
	h.Write(raw[:])
	h.Write([]byte(word + ":" + name))
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // FNV stirs its low bits too little (splitmix64's finish does)
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
