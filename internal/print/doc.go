// Package print makes the files that leave by paper and by loudspeaker: letters of one A5 page for the browser's own
// printing, the deliverer's list, the script of an airing with its log on one A4. The HTML needs nothing beside itself, a cell of a
// list never starts a formula (security.md T26), and what people are called is text and never markup (T33).
package print
