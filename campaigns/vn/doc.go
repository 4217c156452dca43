// Package vn reads the personal fields of Vietnamese rosters: names, dates of birth, identification numbers, telephone
// numbers and the words people write instead of them. It knows the structure of the identification number, the 34
// provinces and the 63 birth codes under them, the numbering plan with its change of 2018, and the public holidays.
//
// The rules are pure: no clock, no file, no network. Every reader takes the cell as it stands and returns a value and
// findings, and holds to one promise: nothing doubtful is taken silently. A lossless repair (an eaten zero, separators,
// the prefix of 2018, NFC) is applied and reported as Info. What is kept but odd is reported as Warn. What cannot be
// read without guessing leaves the field empty with an Error, and carries the likely reading as a suggestion for a human.
package vn
