package sim

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"
	"time"
)

// Behaviour is what the provider does with the messages to one number; scripts.csv says how often.
type Behaviour string

const (
	Prompt      Behaviour = "prompt"       // accepted, delivered within minutes
	LateHours   Behaviour = "late_hours"   // on its way, delivered after 2 to 9 hours
	LateDays    Behaviour = "late_days"    // on its way, delivered after one or two days
	Twice       Behaviour = "twice"        // the receipt comes twice
	Reordered   Behaviour = "reordered"    // delivered is reported before enroute
	Early       Behaviour = "early"        // the receipt comes before the answer
	Silent      Behaviour = "silent"       // delivered, no receipt ever
	LostAnswer  Behaviour = "lost_answer"  // sent, then the connection breaks without an answer; once a number
	LostRequest Behaviour = "lost_request" // not sent, the connection breaks without an answer; once a number
	Hang        Behaviour = "hang"         // sent, the answer never comes; once a number
	Garbage     Behaviour = "garbage"      // sent, the answer is no JSON; once a number
	Busy        Behaviour = "busy"         // 429 with Retry-After; once a number
	Broken      Behaviour = "broken"       // HTTP 500, not sent; once a number
	BadNumber   Behaviour = "bad_number"   // the number does not exist
	Off         Behaviour = "off"          // accepted, the phone is off: undelivered after hours
	Refused     Behaviour = "refused"      // the person blocked the sender
	NotOnZalo   Behaviour = "not_on_zalo"  // no account
	Duplicate   Behaviour = "duplicate"    // only in the log: the keyed end point knew the key
)

// effect says whether a message leaves for the phone: whether it is billed and may be read.
func (b Behaviour) effect() bool {
	switch b {
	case LostRequest, Busy, Broken, BadNumber, Refused, NotOnZalo, Duplicate:
		return false
	}
	return true
}

// once says whether only the first message to a number is treated so; later ones are prompt. What is a property of the
// number or the person stays.
func (b Behaviour) once() bool {
	switch b {
	case LostAnswer, LostRequest, Hang, Garbage, Busy, Broken:
		return true
	}
	return false
}

// report is one receipt that a behaviour leads to.
type report struct {
	status string // delivered, undelivered, enroute
	after  time.Duration
	same   bool // the same report as the one before
}

// reports lists the receipts of an accepted message. name seeds the delays, so that a provider that starts again
// expects the same receipts.
func (b Behaviour) reports(seed int64, name string) []report {
	if !b.effect() {
		return nil
	}
	soon := between(seed, name, 5*time.Second, 3*time.Minute)
	switch b {
	case Silent:
		return nil
	case Early:
		return []report{{"delivered", 0, false}}
	case Twice:
		return []report{{"delivered", soon, false}, {"delivered", soon + 10*time.Minute, true}}
	case Reordered:
		return []report{{"delivered", soon, false}, {"enroute", soon + time.Minute, false}}
	case LateHours:
		return []report{{"enroute", soon, false}, {"delivered", between(seed, name, 2*time.Hour, 9*time.Hour), false}}
	case LateDays:
		return []report{{"enroute", soon, false}, {"delivered", between(seed, name, 26*time.Hour, 50*time.Hour), false}}
	case Off:
		return []report{{"undelivered", between(seed, name, 6*time.Hour, 20*time.Hour), false}}
	}
	return []report{{"delivered", soon, false}}
}

func between(seed int64, name string, from, to time.Duration) time.Duration {
	return from + time.Duration(draw(seed, "delay", name)%uint64(to-from)).Truncate(time.Second)
}

// draw is the only chance there is here: a number that follows from the seed and the words.
func draw(seed int64, words ...string) uint64 {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(seed)))
	for _, w := range words {
		h.Write([]byte(strconv.Itoa(len(w)) + ":" + w))
	}
	// The last bytes of similar numbers stir FNV's low bits too little (splitmix64's finish does).
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
