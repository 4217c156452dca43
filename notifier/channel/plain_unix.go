//go:build unix

package channel

import (
	"net"
	"syscall"
)

// closedByPeer says whether the other side has closed the connection, without waiting. Bytes that nobody asked for
// count as closed: whatever they are, they are not the answer to a request that comes after them.
func closedByPeer(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	closed := false
	if err := raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, err := syscall.Read(int(fd), one[:])
		closed = err != syscall.EAGAIN && err != syscall.EWOULDBLOCK
		return true
	}); err != nil {
		return true
	}
	return closed
}
