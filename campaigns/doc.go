// Package campaigns holds the nouns and rules of outreach: who should hear what, and when. It imports only the
// standard library.
//
// The story of a notice. An office imports a roster, a messy list, and its rows become people. A campaign is a
// purpose with a time (its kind says which); its audience, a filter over people, is frozen at submit and approved by
// a second person. A launch is one run of the campaign. The ladder plans steps; each step gives every person of the
// audience one notice, and a notice is carried by deliveries, one for each rank of the step's channels, until one of
// them arrives or none is left. A delivery may take several attempts at the wire. Receipts are the provider's word on
// it; responses are the citizen's word (a claim, never more); an outcome is a verified fact: an officer's mark or an
// authoritative list. Reminders stop for those who are done, who claim to be, or who said stop.
//
// A staff launch of many sends to a canary first and is held; a budget bounds what a campaign spends; whoever agrees on a day
// has an appointment and is reminded of it. A campaign is closed when nobody is left, or with a reason for each who is.
//
// Glossary: campaign, kind, roster, person (a recipient once in an audience), audience, launch, canary, ladder, step,
// notice, delivery, rank, attempt, receipt, response, claim, appointment, outcome, target, residual, opt-out, budget,
// medium (sms, zalo, email, relay, visit, print, speech), channel (a medium through a provider).
package campaigns
