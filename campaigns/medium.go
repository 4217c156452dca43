package campaigns

// ByHand says whether people carry the medium: a teacher's or an officer's list, a letter that is handed out, a script
// that is read on the loudspeaker. It needs no address of the person, rings on nobody's phone, and only the tick of who
// carried it means that the notice was sent.
func ByHand(medium string) bool {
	switch medium {
	case "relay", "visit", "print", "speech":
		return true
	}
	return false
}
