package bot

import (
	"context"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"rechargebot/flows"
)

// setMenu sets the menu, or removes it when it has no lines.
func (a *api) setMenu(ctx context.Context, m menu) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if len(m.lines) == 0 {
		_, err := a.lib.DeleteMyCommands(ctx, &tg.DeleteMyCommandsParams{Scope: m.scope, LanguageCode: m.language})
		return a.done("deleteMyCommands", err)
	}
	p := &tg.SetMyCommandsParams{Scope: m.scope, LanguageCode: m.language}
	for _, l := range m.lines[:min(len(m.lines), menuLines)] {
		about := strings.Join(strings.Fields(strip(l.Description)), " ")
		p.Commands = append(p.Commands, models.BotCommand{Command: l.Command, Description: cut(about, flows.MaxMenu)})
	}
	_, err := a.lib.SetMyCommands(ctx, p)
	return a.done("setMyCommands", err)
}
