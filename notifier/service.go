package notifier

import "maps"

// ForService makes the job one of a message that a service sends: it says what the service gave and nothing that the
// register knows of the person, so that the service learns nothing from the words. They are in Vietnamese, which the
// templates of staff always have.
func (j *Job) ForService(values map[string]string) {
	j.StepName, j.Locale = "first", ""
	j.Names, j.Sex, j.Born, j.CardDueOn = []string{values["name"]}, "", "", ""
	j.Class, j.Village = values["class"], values["village"]
	fields := make(map[string]string, len(j.Fields)+len(values))
	maps.Copy(fields, values)
	maps.Copy(fields, j.Fields) // the unit's name and number are never the service's to say
	j.Fields = fields
}
