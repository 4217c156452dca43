//go:build !unix

package channel

import "net"

// closedByPeer cannot be known here without waiting.
func closedByPeer(net.Conn) bool { return false }
