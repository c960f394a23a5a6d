package alerts

import (
	"time"

	"rechargebot/providers"
)

// level is how a float stands against its limits.
type level string

const (
	fine     level = ""
	low      level = "low"
	critical level = "critical"
)

// told is what the group was told last about one float; it survives restarts.
type told struct {
	Level   level     `json:"level,omitempty"`
	LevelAt time.Time `json:"level_at,omitzero"` // of the last alert or reminder about the level
	Down    bool      `json:"down,omitempty"`
	Refused bool      `json:"refused,omitempty"` // Down since the provider refuses our credentials
	DownAt  time.Time `json:"down_at,omitzero"`
}

// sight is what one reading came to.
type sight struct {
	balance  providers.Money // of a good reading
	failures int             // failed readings in a row; 0 = a good one
	refused  bool            // the last one failed since our credentials were refused
	at       time.Time
}

// kind is an alert's meaning, as logs name it.
type kind string

const (
	isLow, stillLow           kind = "low", "still low"
	isCritical, stillCritical kind = "critical", "still critical"
	recovered                 kind = "recovered"
	isDown, stillDown         kind = "down", "still down"
	isRefused, stillRefused   kind = "refused", "still refused"
	isUp                      kind = "up"
)

// alert is one thing to tell.
type alert struct {
	kind     kind
	balance  providers.Money
	failures int
}

// failuresToBeDown is how many failed readings in a row make a provider down.
const failuresToBeDown = 3

// judge says what the group shall be told after a reading, and what it then was told.
func judge(f Float, t told, s sight, remindEvery time.Duration) (told, []alert) {
	if s.failures > 0 {
		return judgeDown(t, s, remindEvery)
	}
	var out []alert
	if t.Down {
		t.Down, t.Refused, t.DownAt = false, false, time.Time{}
		out = append(out, alert{kind: isUp, balance: s.balance})
	}
	before, now := t.Level, levelOf(f, t.Level, s.balance)
	t.Level = now
	a := alert{balance: s.balance}
	switch remind := longAgo(t.LevelAt, s.at, remindEvery); {
	case now == fine && before == fine:
		return t, out
	case now == fine:
		a.kind, t.LevelAt = recovered, time.Time{}
		return t, append(out, a)
	case now == critical && before != critical:
		a.kind = isCritical
	case now == low && before == fine:
		a.kind = isLow
	case remind && now == critical && s.balance.Less(f.Critical):
		a.kind = stillCritical
	case remind && s.balance.Less(f.Low): // within the margin above a limit there is nothing true to remind of
		a.kind = stillLow
	default:
		return t, out
	}
	t.LevelAt = s.at.UTC().Round(0)
	return t, append(out, a)
}

// longAgo reports whether so much time has passed. What is as much ahead was told by a clock that was set back since.
func longAgo(then, now time.Time, least time.Duration) bool { return now.Sub(then).Abs() >= least }

func judgeDown(t told, s sight, remindEvery time.Duration) (told, []alert) {
	a := alert{failures: s.failures}
	switch {
	case s.refused && !t.Refused:
		a.kind = isRefused
	case !t.Down && s.failures >= failuresToBeDown:
		a.kind = isDown
	case t.Down && longAgo(t.DownAt, s.at, remindEvery):
		a.kind = stillDown
		if s.refused {
			a.kind = stillRefused
		}
	default:
		return t, nil
	}
	t.Down, t.Refused, t.DownAt = true, s.refused, s.at.UTC().Round(0)
	return t, []alert{a}
}

// levelOf is where a balance stands; a level once reached is left only by a margin.
func levelOf(f Float, before level, balance providers.Money) level {
	switch {
	case below(balance, f.Critical, before == critical):
		return critical
	case below(balance, f.Low, before != fine):
		return low
	}
	return fine
}

// below reports whether a balance is below a limit, or has not left it by 5 % again.
func below(balance, limit providers.Money, was bool) bool {
	if limit.IsZero() {
		return false
	}
	if was {
		limit.Minor += limit.Minor / 20
	}
	return balance.Less(limit)
}
