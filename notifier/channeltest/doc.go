// Package channeltest is the conformance suite of channels: what every channel must do, whatever its provider. A test
// beside the channels walks the list of all of them and fails for one that has no fixture.
package channeltest
