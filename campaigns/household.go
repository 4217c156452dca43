package campaigns

// Sendable is a notice that passed the decision chain, as household merging sees it.
type Sendable struct {
	Delivery DeliveryID
	Notice   NoticeID
	Launch   LaunchID
	StepNo   int
	Channel  string
	Address  string // blind index
}

// MergeHousehold finds the siblings: notices of one launch, step, channel and address are carried by one text. It
// returns for each merged index of list the index of its carrier. The first of the list carries.
func MergeHousehold(list []Sendable) map[int]int {
	type home struct {
		launch  LaunchID
		step    int
		channel string
		address string
	}
	first := make(map[home]int, len(list))
	merged := make(map[int]int)
	for i, s := range list {
		if s.Address == "" {
			continue
		}
		k := home{s.Launch, s.StepNo, s.Channel, s.Address}
		if carrier, ok := first[k]; ok {
			merged[i] = carrier
			continue
		}
		first[k] = i
	}
	return merged
}
