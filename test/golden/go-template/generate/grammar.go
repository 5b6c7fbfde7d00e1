package main

import (
	"math/rand"
	"strconv"
	"strings"
)

// writer writes random templates: most of them parse, many of them err when they run.
type writer struct {
	random *rand.Rand
	out    strings.Builder
	depth  int
	loops  int
	vars   []string
	names  []string
	// callees are the templates that may be called here: never those that call this one, which might take for ever.
	callees []string
}

var names = []string{"zero", "one", "neg", "pi", "million", "t", "f", "empty", "s", "uni", "bad", "nil", "list", "strs", "nums", "nested", "map", "emptyMap", "emptyList", "tags", "ints", "host", "pair", "u8", "i8", "nope", "apps", "html", "nl", "floats", "inf", "nilPtr", "odd", "pairs"}
var gatewayNames = []string{"Xproxy", "LeftDelimiter", "NginxMaxFailsUpstream", "Include", "Namespaces", "Apps", "Apps", "Nope", "xproxy"}
var inner = []string{"a", "b", "c", "k", "x", "Host", "Port", "ID", "Hosts", "Tags", "Name", "Any", "Nope", "\u00e9", "Groups", "Leader", "NilAny", "NilMap", "List", "NilPtr", "Small", "Big", "Float", "hidden"}
var calls = []string{"len", "index", "slice", "print", "println", "printf", "html", "js", "urlquery", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "call", "hasPrefix", "hasSuffix", "contains", "split", "join", "trim", "replace", "tolower", "hostport", "echo", "nothing", "fails", "int", "float", "byte", "strs", "sumText", "tagsOf", "bool", "complex", "strMap"}
var constants = []string{"0", "1", "2", "-3", "1.5", "1e6", "0x5", "'\\t'", "\"\"", "\"a\"", "\"hello\"", "`raw`", "true", "false", "nil", "\"\u00e9\"", "\"%d\"", "\"%v|%5s\"", "\"%[2]q %x\"", "2i", "03", "\"%08.3f %t\"", "\"k\"", "\"web.example\"", "9", "1_0", "-0.0", "\"\\xff\"", "\"%+v %#v\"", "\"%T %c\"", "1e400", "0b101", "0o17", "'\\u00e9'", "'\\xff'", "1.5e3", ".5", "0x1p-2", "1+2i", "-1e-7", "18446744073709551615", "\"%[3]*.[2]*[1]f\"", "+1", "1_00", "1e6", "\"\\u2028\\a\"", "0x"}
var delimiters = [][2]string{{"<%", "%>"}, {"[[", "]]"}, {"((", "))"}, {"#", "#"}, {"<<", ">>"}, {"{", "}"}, {"{{{", "}}}"}, {"%", "%"}}
var formatFlags = []string{"", "", "", "+", "-", "#", " ", "0", "-+", "+0", "# "}
var formatWidths = []string{"", "", "", "5", "1", "12", "*", "[1]", "[2]", "[1]*"}
var formatPrecisions = []string{"", "", "", ".0", ".2", ".", ".*", ".10", ".[1]*"}

const formatVerbs = "vvvdsqxXtbcoOUeEfFgGTz%w"

func randomCases(seed int64, count int) []Case {
	random := rand.New(rand.NewSource(seed))
	var cases []Case
	for range count {
		w := writer{random: random, vars: []string{"$"}, names: names, callees: []string{"d", "d", "b", "e", "none"}}
		data := "random"
		if w.chance(5) {
			data, w.names = "gateway", gatewayNames
		}
		w.list(3)
		if w.chance(6) {
			name := w.pick([]string{"d", "d", "e"})
			w.write("{{define \"", name, "\"}}")
			w.body(name)
		}
		text := w.out.String()
		if w.chance(12) {
			text = damaged(random, text)
		}
		one := Case{Group: "random", Data: data, Text: text}
		if w.chance(12) {
			pair := delimiters[random.Intn(len(delimiters))]
			one.Left, one.Right = pair[0], pair[1]
			one.Text = strings.NewReplacer("{{", pair[0], "}}", pair[1]).Replace(text)
		}
		if w.chance(10) {
			one.MissingKey = []string{"zero", "error"}[random.Intn(2)]
		}
		cases = append(cases, one)
	}
	return cases
}

// damaged drops, doubles or inserts a few bytes that matter to the lexer.
func damaged(random *rand.Rand, text string) string {
	runes := []rune(text)
	if len(runes) == 0 {
		return text
	}
	at := random.Intn(len(runes))
	odd := []string{"{{", "}}", "(", ")", "|", "\"", "`", "'", ".", "$", "-", ":=", "=", ",", "\n", " ", "1", "x", "\u2603", "/*", "*/", "{{- ", " -}}", "end", "else"}
	switch random.Intn(3) {
	case 0:
		return string(runes[:at]) + string(runes[at+1:])
	case 1:
		return string(runes[:at]) + odd[random.Intn(len(odd))] + string(runes[at:])
	}
	return string(runes[:at])
}

func (w *writer) chance(oneIn int) bool { return w.random.Intn(oneIn) == 0 }

func (w *writer) pick(from []string) string { return from[w.random.Intn(len(from))] }

func (w *writer) write(texts ...string) {
	for _, text := range texts {
		w.out.WriteString(text)
	}
}

func (w *writer) list(size int) {
	w.depth++
	for range 1 + w.random.Intn(size) {
		w.statement()
	}
	w.depth--
}

func (w *writer) open() {
	w.write(w.pick([]string{"{{", "{{", "{{", "{{- ", "{{ "}))
}

func (w *writer) close() {
	w.write(w.pick([]string{"}}", "}}", "}}", " -}}", " }}"}))
}

func (w *writer) statement() {
	kind := w.random.Intn(16)
	if w.depth > 4 && kind > 9 {
		kind = 3
	}
	switch {
	case kind < 2:
		w.write(w.pick([]string{" ", "\n", "text", " a b ", "\u00e9\n\t", "}", "{ "}))
	case kind < 8:
		w.open()
		w.pipeline()
		w.close()
	case kind == 8:
		w.declaration()
	case kind == 9:
		w.odd()
	default:
		w.branch(kind)
	}
}

func (w *writer) declaration() {
	w.open()
	if len(w.vars) > 1 && w.chance(2) {
		w.write(w.vars[1+w.random.Intn(len(w.vars)-1)], " = ")
		w.pipeline()
	} else {
		name := "$v" + strconv.Itoa(w.random.Intn(4))
		w.write(name, " := ")
		w.pipeline()
		w.vars = append(w.vars, name)
	}
	w.close()
}

func (w *writer) odd() {
	switch {
	case w.loops > 0 && w.chance(2):
		w.write("{{if ")
		w.pipeline()
		w.write("}}{{", w.pick([]string{"break", "continue"}), "}}{{end}}")
	case len(w.callees) > 2 && w.chance(6):
		name := w.pick([]string{"b", "d"})
		w.write("{{block \"", name, "\" ")
		w.pipeline()
		w.write("}}")
		w.body(name)
	case w.chance(2):
		w.write("{{template \"", w.pick(w.callees), "\" ")
		w.pipeline()
		w.write("}}")
	default:
		w.write("{{/* ", w.pick([]string{"c", "\n", "}}"}), " */}}")
	}
}

// body is that of a template, up to its end.
func (w *writer) body(name string) {
	vars, loops, callees := w.vars, w.loops, w.callees
	w.vars, w.loops = []string{"$"}, 0
	w.callees = map[string][]string{"d": {"e", "none"}, "b": {"e", "none"}, "e": {"none"}}[name]
	w.list(2)
	w.write("{{end}}")
	w.vars, w.loops, w.callees = vars, loops, callees
}

func (w *writer) branch(kind int) {
	mark := len(w.vars)
	keyword := []string{"if", "if", "with", "range", "range", "range"}[kind-10]
	w.open()
	w.write(keyword, " ")
	if keyword == "range" && w.chance(2) {
		w.rangeVariables()
	}
	w.pipeline()
	w.close()
	if keyword == "range" {
		w.loops++
	}
	w.list(3)
	if keyword == "range" {
		w.loops--
	}
	if keyword != "range" && w.chance(4) {
		w.write("{{else ", keyword, " ")
		w.pipeline()
		w.write("}}")
		w.list(2)
	}
	if w.chance(2) {
		w.write("{{else}}")
		w.list(2)
	}
	w.open()
	w.write("end")
	w.close()
	w.vars = w.vars[:mark]
}

func (w *writer) rangeVariables() {
	first, second := "$i", "$e"
	sign := " := "
	if w.chance(5) && len(w.vars) > 2 {
		first, second, sign = w.vars[1], w.vars[2], " = "
	}
	if w.chance(2) {
		w.write(first, ", ", second, sign)
	} else {
		w.write(second, sign)
	}
	w.vars = append(w.vars, second)
	if sign == " := " && strings.HasSuffix(w.out.String(), "$i, $e := ") {
		w.vars = append(w.vars, first)
	}
}

func (w *writer) pipeline() {
	w.command()
	for w.chance(4) {
		w.write(" | ")
		w.call()
	}
}

func (w *writer) command() {
	if w.chance(2) {
		w.call()
	} else {
		w.operand()
	}
}

func (w *writer) call() {
	if w.chance(4) {
		w.write("printf ", w.format())
		for range w.random.Intn(3) {
			w.write(" ")
			w.operand()
		}
		return
	}
	w.write(w.pick(calls))
	for range w.random.Intn(4) {
		w.write(" ")
		w.operand()
	}
}

func (w *writer) format() string {
	var format strings.Builder
	for range 1 + w.random.Intn(3) {
		format.WriteString("%" + w.pick(formatFlags) + w.pick(formatWidths) + w.pick(formatPrecisions))
		format.WriteByte(formatVerbs[w.random.Intn(len(formatVerbs))])
		format.WriteString(w.pick([]string{"", " ", "|", "x"}))
	}
	return strconv.Quote(format.String())
}

func (w *writer) operand() {
	switch kind := w.random.Intn(12); {
	case kind < 5:
		w.write(w.pick([]string{".", ".", "$."}), w.pick(w.names), w.fields(3))
	case kind < 8:
		w.write(w.pick(constants))
	case kind == 8:
		w.write(".", w.fields(8)[:0])
	case kind == 9:
		w.write(w.pick(w.vars), w.fields(4))
	case w.depth < 6:
		w.depth++
		w.write("(")
		w.pipeline()
		w.write(")", w.fields(6))
		w.depth--
	default:
		w.write(".", w.pick(inner))
	}
}

func (w *writer) fields(oneIn int) string {
	text := ""
	for w.chance(oneIn) {
		text += "." + w.pick(inner)
	}
	return text
}
