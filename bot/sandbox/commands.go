package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// commandScope is one of the seven kinds of BotCommandScope, by its type.
func commandScope() shape {
	kind := func(name, kind string, more map[string]field) shape {
		fields := map[string]field{"type": required(choice(kind))}
		for of, f := range more {
			fields[of] = f
		}
		return objectOf("BotCommandScope"+name, fields)
	}
	chat := map[string]field{"chat_id": required(shape{kind: chatRef})}
	return shape{kind: object, name: "BotCommandScope", tag: "type", choices: map[string]shape{
		"default":                 kind("Default", "default", nil),
		"all_private_chats":       kind("AllPrivateChats", "all_private_chats", nil),
		"all_group_chats":         kind("AllGroupChats", "all_group_chats", nil),
		"all_chat_administrators": kind("AllChatAdministrators", "all_chat_administrators", nil),
		"chat":                    kind("Chat", "chat", chat),
		"chat_administrators":     kind("ChatAdministrators", "chat_administrators", chat),
		"chat_member":             kind("ChatMember", "chat_member", map[string]field{"chat_id": required(shape{kind: chatRef}), "user_id": required(shape{kind: integer})}),
	}}
}

func botCommand() shape {
	return objectOf("BotCommand", map[string]field{
		"command":     required(shape{kind: text, min: 1, max: 32, refusal: "BOT_COMMAND_INVALID"}),
		"description": required(shape{kind: text, min: 1, max: 256, refusal: "BOT_COMMAND_DESCRIPTION_INVALID"}),
	})
}

func commandList() shape {
	all := listOf(botCommand(), 0, 100)
	all.refusal = "BOT_COMMANDS_TOO_MUCH"
	return all
}

// scopeKey is a scope and language as one word.
func scopeKey(kind string, chat, user int64, language string) string {
	return kind + " " + strconv.FormatInt(chat, 10) + " " + strconv.FormatInt(user, 10) + "/" + language
}

// commandKey is the scope and language of a call about the menu, and the chat that it is about, nil when it is about many.
func (s *Server) commandKey(p params) (string, *chat, *apiError) {
	var asked struct {
		Scope struct {
			Type string      `json:"type"`
			Chat json.Number `json:"chat_id"`
			User int64       `json:"user_id"`
		} `json:"scope"`
		Language string `json:"language_code"`
	}
	asked.Scope.Type = "default"
	if err := p.into(&asked); err != nil {
		return "", nil, err
	}
	if strings.Trim(asked.Language, "abcdefghijklmnopqrstuvwxyz") != "" || len(asked.Language) == 1 {
		return "", nil, badRequest("invalid language code specified")
	}
	var c *chat
	id, _ := strconv.ParseInt(asked.Scope.Chat.String(), 10, 64)
	if asked.Scope.Chat != "" {
		if c = s.chats[id]; c == nil {
			return "", nil, badRequest("chat not found")
		}
	}
	if asked.Scope.User != 0 && s.people[asked.Scope.User] == nil {
		return "", nil, badRequest("user not found")
	}
	if c != nil && c.kind == private && asked.Scope.Type != "chat" {
		return "", nil, badRequest("can't use specified command scope in private chats")
	}
	return scopeKey(asked.Scope.Type, id, asked.Scope.User, asked.Language), c, nil
}

func (s *Server) setMyCommands(p params) (any, *apiError) {
	key, c, err := s.commandKey(p)
	if err != nil {
		return nil, err
	}
	var asked struct {
		Commands []Command `json:"commands"`
	}
	if err := p.into(&asked); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, c := range asked.Commands {
		if strings.Trim(c.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || seen[c.Name] {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		seen[c.Name] = true
	}
	s.commands[key] = asked.Commands
	s.touchMenus(c)
	return true, nil
}

func (s *Server) getMyCommands(p params) (any, *apiError) {
	key, _, err := s.commandKey(p)
	if err != nil {
		return nil, err
	}
	return append([]Command{}, s.commands[key]...), nil
}

func (s *Server) deleteMyCommands(p params) (any, *apiError) {
	key, c, err := s.commandKey(p)
	if err != nil {
		return nil, err
	}
	delete(s.commands, key)
	s.touchMenus(c)
	return true, nil
}

func (s *Server) touchMenus(only *chat) {
	if only != nil {
		s.touchChat(only)
		return
	}
	for _, c := range s.chats {
		s.touchChat(c)
	}
}

// Menu is what the person's client shows in the chat for "/": the narrowest scope wins, and in it the
// person's language (Bot API, "Determining list of commands").
func (s *Server) Menu(person, chatID int64) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.person(person)
	c := s.chats[chatID]
	if !ok || c == nil {
		return nil
	}
	return s.menu(c, p)
}

func (s *Server) menu(c *chat, p Person) []Command {
	chat := func(kind string) string { return scopeKey(kind, c.id, 0, "") }
	wide := func(kind string) string { return scopeKey(kind, 0, 0, "") }
	scopes := []string{chat("chat"), wide("all_private_chats"), wide("default")}
	if c.kind != private {
		scopes = []string{scopeKey("chat_member", c.id, p.ID, ""), chat("chat"), wide("all_group_chats"), wide("default")}
		if slices.Contains(s.config.Group.Admins, p.ID) {
			scopes = []string{scopes[0], chat("chat_administrators"), chat("chat"), wide("all_chat_administrators"), wide("all_group_chats"), wide("default")}
		}
	}
	language, _, _ := strings.Cut(p.Language, "-")
	for _, scope := range scopes {
		for _, of := range []string{language, ""} {
			if commands, ok := s.commands[scope+of]; ok {
				return commands
			}
		}
	}
	return nil
}
