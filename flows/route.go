package flows

import (
	"context"

	"rechargebot/flows/text"
	"rechargebot/storage"
)

// route is who answers an input, and by what right.
type route struct {
	flow   Flow   // nil when the engine answers by itself, with step
	action string // for the flow
	press  *storage.Keyboard
	invite *storage.Keyboard // the good invitation that a stranger has opened
	redraw bool              // the flow is only asked for its screen, to go with the answer in step
	step   Step
}

// mayOrder reports whether a step on this route may order: only a press that uses up the buttons of
// the newest screen may.
func (r route) mayOrder(v visit) bool {
	return r.press != nil && !r.press.Keep && v.hasSession() && r.press.ID == v.session.Keyboard
}

// route decides who answers. Whatever has no answer gets the zero route: nothing happens.
func (e *Engine) route(ctx context.Context, v *visit) (route, error) {
	switch {
	case v.in.ChatKind == PrivateChat && v.in.From.ID != 0:
	case v.in.Press != "":
		return e.routePress(ctx, v) // no keyboard is made for such places; it is told so
	case v.in.ChatKind == GroupChat && v.in.Command != "":
		return e.routeGroup(v), nil
	default:
		return route{}, nil
	}
	switch {
	case v.person.Suspended:
		return e.routeSuspended(ctx, v)
	case v.in.Press != "":
		return e.routePress(ctx, v)
	case v.in.Command != "":
		return e.routeCommand(ctx, v)
	case v.stranger():
		return e.toStranger(v, text.EngineStranger), nil
	}
	return e.routeText(v), nil
}

// routeGroup lets a group have what is meant for groups, and points to the private chat otherwise.
// Unknown commands may be for another bot. Of people who may not order, each one and each group gets only
// so much: anybody can take the bot into groups and talk there.
func (e *Engine) routeGroup(v *visit) route {
	c, ok := e.commands[v.in.Command]
	switch {
	case ok && v.in.From.ID == 0 && c.Name == "id" && e.mayAsk(int64(v.in.Chat), v.now): // who looks up the group's id for the configuration
		return route{step: v.tell(text.EngineIDChat, text.Values{"Chat": int64(v.in.Chat)})}
	case !ok, v.in.From.ID == 0: // an anonymous admin is nobody
		return route{}
	case c.Groups && v.person.MayOrder() && v.may(c.Who):
		return route{flow: c.flow}
	case c.Groups && v.may(c.Who) && e.mayAsk(int64(v.person.ID), v.now) && e.mayAsk(int64(v.in.Chat), v.now):
		return route{flow: c.flow}
	case c.Groups || !e.mayTalk(int64(v.in.Chat), v.now):
		return route{}
	}
	return route{step: v.tell(text.EnginePrivateOnly, text.Values{"Command": c.Name})}
}

// routeSuspended lets suspended people ask for their id and for help, and tells them about anything else
// why nothing happens. What is said in the chat is stored until it is sent, and therefore bounded; the
// answer to a press is not.
func (e *Engine) routeSuspended(ctx context.Context, v *visit) (route, error) {
	switch {
	case v.in.Press == "" && !e.suspended.mayAsk(int64(v.person.ID), v.now):
		return route{}, nil
	case forSuspended(v.in.Command):
		return e.routeCommand(ctx, v)
	}
	return route{step: v.tell(text.EngineSuspended, nil)}, nil
}

// forSuspended reports whether people who are suspended may use the command.
func forSuspended(command string) bool { return command == "id" || command == "help" }

func (e *Engine) routeCommand(ctx context.Context, v *visit) (route, error) {
	c, ok := e.commands[v.in.Command]
	if v.stranger() {
		k, err := e.invitation(ctx, v, c)
		if err != nil || k != nil { // whoever was invited is expected, however many strangers there are
			return route{flow: c.flow, invite: k}, err
		}
		return e.routeStranger(v, c), nil
	}
	switch {
	case !ok:
		return route{step: v.tell(text.EngineUnknownCommand, nil)}, nil
	case v.may(c.Who):
		return route{flow: c.flow}, nil
	case c.Who == Admins:
		return route{step: v.tell(text.EngineAdminsOnly, text.Values{"Command": c.Name})}, nil
	}
	return route{step: v.tell(text.EngineAgentsOnly, text.Values{"Command": c.Name})}, nil
}

// routeStranger answers a stranger's command: those of flows that are open to anyone, and /id, without
// delay, the engine's other ones at the strangers' pace.
func (e *Engine) routeStranger(v *visit, c command) route {
	switch {
	case c.flow == nil || c.Who != Anyone:
		return e.toStranger(v, text.EngineStranger)
	case c.flow.Name() == houseName && c.Name != "id":
		if !e.mayTalk(int64(v.person.ID), v.now) {
			return route{}
		}
	case !c.Always && !e.mayAsk(int64(v.person.ID), v.now):
		return route{}
	case c.flow.Name() != houseName:
		e.mayTalk(int64(v.person.ID), v.now) // whoever was told what he can do here is not told it once more
	}
	return route{flow: c.flow}
}

// toStranger says one sentence, at the strangers' pace.
func (e *Engine) toStranger(v *visit, key text.Key) route {
	if !e.mayTalk(int64(v.person.ID), v.now) {
		return route{}
	}
	return route{step: v.tell(key, nil)}
}

// routeText gives a text or a contact to the command that asked for it, to the open dialogue, else to the flow that
// listens. What has no words gets one sentence, and whatever was open stays as it was.
func (e *Engine) routeText(v *visit) route {
	if c, asked := e.answered(v); asked {
		return route{flow: c.flow}
	}
	if v.in.Contact == "" && (v.in.Text == "" || v.in.Text == Unreadable) {
		return route{step: v.tell(text.EngineUnreadable, nil)}
	}
	if f := e.flows[v.session.Flow]; f != nil {
		return route{flow: f}
	}
	if e.listener != nil {
		return route{flow: e.listener}
	}
	return route{step: v.tell(text.EngineNotUnderstood, nil)}
}
