package web

import "github.com/gofiber/fiber/v2"

// helpView is short answers to what people ask first.
type helpView struct {
	Frame
	Topics  []topic
	Release string
}

// topic is a question with its answer.
type topic struct{ Ask, Answer string }

// helpTopics are the questions, in their order.
var helpTopics = []string{"import", "campaign", "confirm", "why", "stop", "genuine"}

func (s *server) help(app *fiber.App) {
	app.Get("/help", s.page(func(r *request) error {
		v := helpView{Frame: s.frame(r, "help", "web.help.title"), Release: s.Release}
		for _, name := range helpTopics {
			v.Topics = append(v.Topics, topic{s.say(r, "web.help."+name+".ask"), s.say(r, "web.help."+name+".answer")})
		}
		return s.show(r, "help", &v)
	}))
}
