package sandbox

import (
	"slices"
	"unicode/utf16"
)

// maxEntities is how many entities a message keeps; Telegram drops the rest without a word (field reports).
const maxEntities = 100

// settle makes of a text and its entities what Telegram keeps (TDLib, fix_formatted_text): control
// characters become spaces, white space at the ends goes, entities that may not stand inside each other are
// split or dropped, those of nothing but white space, too, and commands are found. A text of white space is empty.
func settle(words string, es []Entity) (string, []Entity) {
	units, es := tidy(utf16.Encode([]rune(words)), es)
	es = visible(units, fit(es))
	first, last := 0, len(units)
	for last > 0 && blank(units[last-1]) {
		last--
	}
	for first < last && blank(units[first]) {
		first++
	}
	units = units[first:last]
	var kept []Entity
	for _, e := range es {
		from, to := max(0, e.Offset-first), min(len(units), e.Offset-first+e.Length)
		if from < to {
			e.Offset, e.Length = from, to-from
			kept = append(kept, e)
		}
	}
	words = string(utf16.Decode(units))
	kept = visible(units, addFound(fit(kept), commandsIn(words)))
	return words, kept[:min(len(kept), maxEntities)]
}

func blank(unit uint16) bool { return unit == ' ' || unit == '\n' }

// tidy turns control characters but line feeds into spaces, and takes carriage returns out.
func tidy(units []uint16, es []Entity) ([]uint16, []Entity) {
	moved := make([]int, len(units)+1)
	clean := make([]uint16, 0, len(units))
	for i, u := range units {
		moved[i] = len(clean)
		switch {
		case u == '\r':
		case u < ' ' && u != '\n':
			clean = append(clean, ' ')
		default:
			clean = append(clean, u)
		}
	}
	moved[len(units)] = len(clean)
	var kept []Entity
	for _, e := range es {
		end := moved[e.end()]
		e.Offset = moved[e.Offset]
		if e.Length = end - e.Offset; e.Length > 0 {
			kept = append(kept, e)
		}
	}
	return clean, kept
}

// visible cuts the white space before an entity's first letter off it, and drops entities without a letter.
// Links say something even so.
func visible(units []uint16, es []Entity) []Entity {
	var kept []Entity
	for _, e := range es {
		if e.Type == "text_link" || e.Type == "text_mention" {
			kept = append(kept, e)
			continue
		}
		for e.Length > 0 && blank(units[e.Offset]) {
			e.Offset++
			e.Length--
		}
		if e.Length > 0 {
			kept = append(kept, e)
		}
	}
	sortEntities(kept)
	return kept
}

func (e Entity) end() int    { return e.Offset + e.Length }
func (e Entity) pre() bool   { return e.Type == "pre" || e.Type == "code" }
func (e Entity) quote() bool { return e.Type == "blockquote" || e.Type == "expandable_blockquote" }

// splits reports whether an entity may be cut in pieces: it only changes how letters look.
func (e Entity) splits() bool {
	return slices.Contains([]string{"bold", "italic", "underline", "strikethrough", "spoiler"}, e.Type)
}

// nested reports whether entities stand inside each other as they may already.
func nested(es []Entity) bool {
	var open []Entity
	ends := map[string]int{}
	for _, e := range es {
		for len(open) > 0 && e.Offset >= open[len(open)-1].end() {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			outer := open[len(open)-1]
			solid := !outer.splits() && !outer.quote() || outer.quote() && e.quote()
			if e.end() > outer.end() || outer.pre() || e.pre() && outer.splits() || solid && !e.splits() {
				return false
			}
		}
		if end, seen := ends[e.Type]; e.splits() && seen && end >= e.Offset {
			return false
		}
		ends[e.Type] = e.end()
		open = append(open, e)
	}
	return true
}

// fit makes entities stand inside each other as they may: nothing inside pre and code, no quotation in a
// quotation, nothing solid across another's border. The first one stays; looks are cut at the borders.
func fit(es []Entity) []Entity {
	sortEntities(es)
	if nested(es) {
		return es
	}
	var solid, quotes []Entity
	for _, e := range es {
		switch {
		case e.quote() && (len(quotes) == 0 || e.Offset >= quotes[len(quotes)-1].end()):
			quotes = append(quotes, e)
		case !e.quote() && !e.splits() && (len(solid) == 0 || e.Offset >= solid[len(solid)-1].end()):
			solid = append(solid, e)
		}
	}
	solid = slices.DeleteFunc(solid, func(e Entity) bool { return crosses(e, quotes) })
	return resplit(es, append(solid, quotes...))
}

// crosses reports whether an entity goes over a quotation's border, or around it.
func crosses(e Entity, quotes []Entity) bool {
	return slices.ContainsFunc(quotes, func(q Entity) bool {
		return e.Offset < q.end() && q.Offset < e.end() && !(q.Offset <= e.Offset && e.end() <= q.end())
	})
}

// addFound adds entities that Telegram finds by itself, where nothing solid stands.
func addFound(es, found []Entity) []Entity {
	var others []Entity
	for _, e := range es {
		if !e.splits() {
			others = append(others, e)
		}
	}
	known := len(others)
	for _, f := range found {
		taken := slices.ContainsFunc(others[:known], func(e Entity) bool { return !e.quote() && f.Offset < e.end() && e.Offset < f.end() })
		if !taken && !crosses(f, slices.DeleteFunc(slices.Clone(others[:known]), func(e Entity) bool { return !e.quote() })) {
			others = append(others, f)
		}
	}
	if len(others) == known {
		return es
	}
	return resplit(es, others)
}

// resplit joins looks of one kind that touch, cuts them at the borders of the others and leaves none inside pre and code.
func resplit(es, others []Entity) []Entity {
	size := 0
	for _, e := range slices.Concat(es, others) {
		size = max(size, e.end())
	}
	border, pre := make([]bool, size+1), make([]bool, size+1)
	for _, o := range others {
		border[o.Offset], border[o.end()] = true, true
		for i := o.Offset; i < o.end() && o.pre(); i++ {
			pre[i] = true
		}
	}
	all := slices.Clone(others)
	for _, e := range joined(es) {
		for from := e.Offset; from < e.end(); {
			to := from + 1
			for to < e.end() && !border[to] {
				to++
			}
			if !pre[from] {
				all = append(all, Entity{Type: e.Type, Offset: from, Length: to - from})
			}
			from = to
		}
	}
	sortEntities(all)
	return all
}

// joined are the looks among the entities, those of one kind that touch as one. They come sorted.
func joined(es []Entity) []Entity {
	var looks []Entity
	last := map[string]int{}
	for _, e := range es {
		if !e.splits() {
			continue
		}
		if i, ok := last[e.Type]; ok && looks[i].end() >= e.Offset {
			looks[i].Length = max(looks[i].Length, e.end()-looks[i].Offset)
			continue
		}
		last[e.Type] = len(looks)
		looks = append(looks, e)
	}
	return looks
}
