package flows

import "rechargebot/storage"

// MenuLine is a command with what it does, as the platform shows it in a menu.
type MenuLine struct {
	Command     string
	Description string // at most MaxMenu UTF-16 units
}

// MaxMenu is how long the platform lets a description be (Bot API, BotCommand).
const MaxMenu = 256

// Menu lists what a person with a role may use now, in the order of /help and in the person's language. Nil is
// for everybody else: they see the menu of strangers. A menu is a comfort: what a person may do is decided when he does it.
func (e *Engine) Menu(p storage.Person) []MenuLine {
	if p.Role == storage.RoleNone {
		return nil
	}
	return e.menu(spoken(p, e.language), func(c Command) bool { return told(p, c) })
}

// StrangersMenu is what people without a role may use in their private chat.
func (e *Engine) StrangersMenu(language string) []MenuLine {
	return e.menu(language, func(c Command) bool { return told(storage.Person{}, c) })
}

// GroupsMenu is what is answered in groups, to anybody.
func (e *Engine) GroupsMenu(language string) []MenuLine {
	return e.menu(language, func(c Command) bool { return c.Groups && c.Who == Anyone })
}

// Languages are those that menus can be in, the one of people who have not chosen any first.
func (e *Engine) Languages() []string {
	out := []string{e.language}
	for _, l := range e.catalogue.Languages() {
		if l != e.language {
			out = append(out, l)
		}
	}
	return out
}

func (e *Engine) menu(language string, shown func(Command) bool) []MenuLine {
	say := e.catalogue.In(language)
	var out []MenuLine
	for _, c := range e.Commands() {
		if shown(c) {
			out = append(out, MenuLine{c.Name, say.Say(c.Help, nil).Clip(MaxMenu).String()})
		}
	}
	return out
}

// told reports whether /help and the menu tell the person of the command.
func told(p storage.Person, c Command) bool {
	v := visit{person: p}
	switch {
	case p.Suspended:
		return forSuspended(c.Name)
	case v.stranger() && c.Inside:
		return false
	}
	return v.may(c.Who)
}
