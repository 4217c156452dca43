// Package notifyv2 answers as GOV.UK Notify's public v2 API does, so that programs written for it send through Loa without
// a change: its authentication, shapes, errors, order of checks, pages and callbacks. A Notify service is a program that
// sends in the name of a unit; its messages are notices like all others and go through the same decision chain.
//
// Where Vietnam differs:
//
//	Notify                              here
//	UK numbers                          +84 in every spelling (0xx, 84xx, 0084xx, +84 (0)xx, a lost zero, 01x of before 2018); others are
//	                                    refused as international, landlines as "Not a Vietnamese mobile number"
//	918 characters, 6 parts             3 parts, counted on the final text; Vietnamese letters make a part 67 characters
//	words may say anything              a value that reads like a fraud is a BadRequestError (the linter of templates)
//	any placeholder                     the fields that templates of staff have; unit, phone and code are filled in
//	((a??b)) conditions                 none; templates of staff have no conditions
//	one template, one kind              a template has forms: it is listed once for each of sms, email and letter it can be
//	a number that opted out             201, then permanent-failure; so are the caps of one notice a day and four in 30 days
//	sends at any hour                   07:30-20:30; a template marked transactional may use 07:00-21:30
//	precompiled letters, files by mail  refused: nobody has read their words
//	sender and reply-to ids             there are none: any is "does not exist"
//	postage, prices                     null: letters are handed out, prices are in dong
//	reference is not unique             the same; a header Idempotency-Key makes a repetition harmless
//	received texts                      those that were not understood as an answer or as a stop
//
// Our states as Notify names them:
//
//	planned, queued, claimed                 created      letter: accepted
//	sending, accepted, unknown               sending      letter: accepted
//	no_receipt                               sent         letter: accepted
//	delivered                                delivered    letter: received
//	undelivered, failed: of the address      permanent-failure
//	undelivered: unreachable, full, absent   temporary-failure
//	failed: ours or the provider's fault     technical-failure
//	unknown_final                            technical-failure, since it may have arrived
//	suppressed, expired, merged              permanent-failure
//	cancelled                                permanent-failure letter: cancelled
package notifyv2
