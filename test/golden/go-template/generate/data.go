package main

import (
	"math"
)

// Host and its friends are the gateway's data as its templates see them.
type Host struct {
	Host     string
	Port     int
	PortType string
}

type Group struct {
	Hosts []Host
	Tags  map[string]string
}

type App struct {
	ID            string
	Vhost         string
	Hosts         []Host
	Tags          map[string]string
	Groups        map[string]Group
	RoutingTagKey string
}

type Leader struct {
	Endpoint string
	Host     string
	Port     int
}

type Namespace struct {
	LeaderVHost string
	Leader      Leader
	RoutingTag  string
}

type Config struct {
	Xproxy                string
	LeftDelimiter         string
	RightDelimiter        string
	NginxMaxFailsUpstream int
	Include               bool
	Namespaces            map[string]Namespace
	Apps                  map[string]App
}

// Odd has a field of every kind that data can have.
type Odd struct {
	Any     any
	NilAny  any
	Map     map[string]any
	NilMap  map[string]string
	List    []any
	NilList []string
	Ptr     *Leader
	NilPtr  *Leader
	Small   int8
	Byte    uint8
	Big     uint64
	Int     int
	Float   float64
	Bool    bool
	String  string
	Bad     string
	Fn      func(string, ...int) string
	hidden  string
}

// Pair can be compared.
type Pair struct {
	Name string
	Any  any
}

func gatewayData() *Config {
	hosts := []Host{{"executor07.example", 31411, "http"}, {"2001:db8::1", 8443, "https"}}
	tags := map[string]string{"env": "prod", "a.b": "c", "Zone": ""}
	return &Config{
		Xproxy: "lb1", LeftDelimiter: "{{", RightDelimiter: "}}", NginxMaxFailsUpstream: 3, Include: true,
		Namespaces: map[string]Namespace{
			"stage": {LeaderVHost: "drove.stage", Leader: Leader{"http://c1:4000", "c1", 4000}, RoutingTag: ""},
			"prod":  {LeaderVHost: "drove.prod", Leader: Leader{"https://c2:8080", "c2", 8080}, RoutingTag: "color"},
		},
		Apps: map[string]App{
			"web.example": {ID: "WEB-1", Vhost: "web.example", Hosts: hosts, Tags: tags, RoutingTagKey: "color",
				Groups: map[string]Group{"blue": {Hosts: hosts[:1:1], Tags: tags}, "green": {Hosts: hosts[1:]}}},
			"api.example":    {ID: "API-2", Vhost: "api.example", Hosts: hosts[:1:1]},
			"\u00e9.example": {ID: "E", Vhost: "\u00e9.example"},
		},
	}
}

func dataSets() map[string]any {
	backing := []any{1, "two", 3.5, nil}
	// Functions and nested pointers print as addresses, which are never the same.
	random := plainData()
	// Ranging over the large numbers would take for ever; so must no number of the grammar be large.
	for _, name := range []string{"fn", "ptr", "big", "u64", "small"} {
		delete(random, name)
	}
	random["nilPtr"] = (*Host)(nil)
	random["odd"] = Odd{Any: 1, Map: map[string]any{"a": nil}, List: []any{"a", nil, 2}, Small: -5, Byte: 200, Big: 77, Float: 2.5}
	random["pairs"] = []Pair{{"n", 1}, {"m", nil}}
	return map[string]any{
		"random":  random,
		"plain":   plainData(),
		"gateway": gatewayData(),
		"nil":     nil,
		"int":     7,
		"string":  "h\u00e9llo \u4e16\u754c \U0001f600",
		"bad":     "a\xffb\xc3",
		"list":    backing[:3],
		"nilMap":  map[string]any(nil),
		"ints":    map[int]string{10: "ten", -1: "minus", 2: "two"},
		"bools":   map[bool]int{true: 1, false: 0},
		"odd": Odd{
			Any: map[string]any{"k": 1}, Map: map[string]any{"a": 1, "b": nil, "c": map[string]any{"d": []any{1, "x"}}},
			List: []any{1, "a", nil, 2.5, true, []any{}, map[string]any{"k": "v"}},
			Ptr:  &Leader{"e", "h", 1}, Small: -5, Byte: 200, Big: math.MaxUint64, Int: -42, Float: 2.5, Bool: true,
			String: "str", Bad: "\xff\xfez", Fn: sumText, hidden: "x",
		},
	}
}

func plainData() map[string]any {
	return map[string]any{
		"zero": 0, "one": 1, "neg": -17, "big": math.MaxInt64, "small": math.MinInt64, "pi": 3.14159, "half": 0.5,
		"million": 1e6, "tiny": 1e-7, "huge": 1e21, "nan": math.NaN(), "inf": math.Inf(1), "ninf": math.Inf(-1),
		"negzero": math.Copysign(0, -1), "third": 1.0 / 3, "t": true, "f": false, "empty": "", "s": "hello",
		"html": "<a href=\"x\">'&'</a>\x00", "uni": "h\u00e9llo \u4e16\u754c", "bad": "a\xffb", "nl": "a\nb\tc\\d\"e`f",
		"ctl": "\x00\x07\x1b\x7f\u0085\u00a0\u00ad\u2028\ufeff\U0001f600\U000e0001\ufffd",
		"nil": nil, "list": []any{"x", 2, 3.0, nil, false}, "strs": []string{"a", "b", "c"}, "nums": []int{3, 1, 2},
		"floats": []float64{1, 2.5, 1e10}, "bytes": map[string]uint8{"x": 255}, "nested": []any{[]any{1, []any{2}}, map[string]any{}},
		"map": map[string]any{"b": 1, "a": "x", "\u00e9": nil, "B": []any{1}, "": 0}, "emptyMap": map[string]any{}, "emptyList": []any{},
		"tags": map[string]string{"k": "v", "a": ""}, "ints": map[int]string{10: "ten", 2: "two"}, "host": Host{"h", 80, "http"},
		"ptr": &Host{"p", 81, "https"}, "pair": Pair{"n", 1}, "pair2": Pair{"n", 1}, "pair3": Pair{"n", map[string]any{}},
		"u8": uint8(7), "u64": uint64(math.MaxUint64), "i8": int8(-3), "i64": int64(9), "fn": sumText, "apps": gatewayData().Apps,
	}
}
