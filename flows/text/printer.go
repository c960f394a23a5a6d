package text

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"rechargebot/providers"
)

// Printer speaks one language. The zero Printer is not usable; take one from a Catalogue. It is for
// one goroutine at a time.
type Printer struct {
	localizer *i18n.Localizer
	numbers   *message.Printer
	language  string
}

// In is the printer of a language ("en", "bn", "hi"); what is not in the catalogue speaks English.
func (c *Catalogue) In(lang string) Printer {
	if !c.Has(lang) {
		lang = "en"
	}
	return Printer{i18n.NewLocalizer(c.bundle, lang, "en"), message.NewPrinter(numberTag(lang)), lang}
}

// numberTag is the language whose digits and separators numbers have. Hindi is written with
// Devanagari digits only when it is asked for.
func numberTag(lang string) language.Tag {
	if lang == "hi" {
		return language.Make("hi-u-nu-deva")
	}
	return language.Make(lang)
}

// Language is the language that is spoken.
func (p Printer) Language() string { return p.language }

// Say is the sentence of key with values filled in. A "Count" value chooses the plural form.
func (p Printer) Say(key Key, values Values) Rich { return spans(p.localize(key, values)) }

// Text is Say without styles, for buttons and answers.
func (p Printer) Text(key Key, values Values) string { return p.Say(key, values).String() }

// Number writes a whole number with the language's digits and separators.
func (p Printer) Number(n int64) string { return p.numbers.Sprint(number.Decimal(n)) }

// Money writes an amount as people of the language do: "৳50", "৳1,050.50". Whole sums have no decimals.
func (p Printer) Money(m providers.Money) string {
	sign, minor := "", m.Minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	out := sign + symbol(m.Currency) + p.Number(minor/100)
	if minor%100 != 0 {
		out += "." + p.plain(minor%100, 2)
	}
	return out
}

func symbol(c providers.Currency) string {
	switch c {
	case providers.BDT:
		return "৳"
	case providers.INR:
		return "₹"
	}
	return string(c) + " "
}

// plain writes a number with the language's digits and nothing between them, with at least that many digits.
func (p Printer) plain(n int64, digits int) string {
	return p.numbers.Sprint(number.Decimal(n, number.NoSeparator(), number.MinIntegerDigits(digits)))
}

// Time writes a moment to the minute, as clocks in zone show it: "21 Nov 2026, 14:05".
func (p Printer) Time(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	month := "…"
	if names := strings.Fields(p.Text(Months, nil)); len(names) == 12 {
		month = names[t.Month()-1]
	}
	return p.Text(EngineTime, Values{
		"Day":   p.plain(int64(t.Day()), 1),
		"Month": month,
		"Year":  p.plain(int64(t.Year()), 4),
		"Clock": p.plain(int64(t.Hour()), 2) + ":" + p.plain(int64(t.Minute()), 2),
	})
}

func (p Printer) localize(key Key, values Values) string {
	config := &i18n.LocalizeConfig{
		MessageID:      string(key),
		TemplateData:   p.data(values),
		PluralCount:    values["Count"],
		TemplateParser: parser{},
	}
	// An error can come with a good sentence: another language's, or another plural form's.
	if s, _ := p.localizer.Localize(config); s != "" {
		return s
	}
	config.PluralCount = nil // what is no number chooses no plural form
	if s, _ := p.localizer.Localize(config); s != "" {
		return s
	}
	return missing
}

// missing stands for what nobody has worded. Tests make sure that no person sees it.
const missing = "…"

// data turns values into what may stand in a sentence: strings that can neither style nor break it.
func (p Printer) data(values Values) map[string]any {
	out := make(map[string]any, len(values))
	for name, value := range maps.All(values) {
		switch v := value.(type) {
		case providers.Money:
			out[name] = p.Money(v)
		case Rich:
			out[name] = clean(v.String())
		case int:
			out[name] = fmt.Sprint(v)
			if name == "Count" {
				out[name] = p.Number(int64(v))
			}
		default:
			out[name] = clean(fmt.Sprint(v))
		}
	}
	return out
}
