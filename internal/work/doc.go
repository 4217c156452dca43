// Package work holds what runs beside the requests: the use cases and task handlers of the workers. Importing a roster
// or a list of units is a use case that a page, the API and the command line share; draining, planning and sweeping are
// the workers' own. The rules are those of campaigns, the record is the store.
package work
