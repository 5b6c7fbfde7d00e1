// Runs Go's own text/template over a table of templates and data, and over random templates from a grammar, and prints
// what came out as JSON. See README.md beside this directory.
package main

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"runtime"
	"strings"
	"text/template"
	"unicode/utf8"
)

// Case is one template over one of the data sets.
type Case struct {
	Group      string      `json:"group"`
	Text       string      `json:"text"`
	Data       string      `json:"data"`
	Left       string      `json:"left,omitempty"`
	Right      string      `json:"right,omitempty"`
	MissingKey string      `json:"missingKey,omitempty"`
	Partials   [][2]string `json:"partials,omitempty"`
	// One of these is set. Output that is not UTF-8 is in base64.
	Output *string `json:"output,omitempty"`
	Bytes  string  `json:"bytes,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// Golden is the whole file.
type Golden struct {
	Go    string              `json:"go"`
	Types map[string]TypeInfo `json:"types"`
	Data  map[string]any      `json:"data"`
	Cases []Case              `json:"cases"`
	Times []TimeCase          `json:"times"`
}

func main() {
	table := flag.Bool("table", true, "print the table's cases")
	random := flag.Int("random", 600, "how many random cases")
	seed := flag.Int64("seed", 1, "of the random cases")
	flag.Parse()
	golden := Golden{Go: runtime.Version(), Types: map[string]TypeInfo{}, Data: map[string]any{}}
	sets := dataSets()
	for name, value := range sets {
		golden.Data[name] = encodeAny(golden.Types, value)
	}
	var cases []Case
	if *table {
		cases = tableCases()
		golden.Times = timeCases()
	}
	cases = append(cases, randomCases(*seed, *random)...)
	for _, one := range cases {
		golden.Cases = append(golden.Cases, run(one, sets[one.Data]))
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(golden); err != nil {
		panic(err)
	}
}

func run(one Case, data any) Case {
	output, err := render(one, data)
	switch {
	case err != nil:
		one.Error = err.Error()
	case utf8.ValidString(output):
		one.Output = &output
	default:
		one.Bytes = base64.StdEncoding.EncodeToString([]byte(output))
	}
	return one
}

func render(one Case, data any) (string, error) {
	root := template.New("t").Delims(one.Left, one.Right).Funcs(functions())
	if one.MissingKey != "" {
		root.Option("missingkey=" + one.MissingKey)
	}
	if _, err := root.Parse(one.Text); err != nil {
		return "", err
	}
	for _, partial := range one.Partials {
		if _, err := root.New(partial[0]).Parse(partial[1]); err != nil {
			return "", err
		}
	}
	var out strings.Builder
	err := root.Execute(&out, data)
	return out.String(), err
}

// TypeInfo describes a type to a reader that has no Go.
type TypeInfo struct {
	Kind   string      `json:"kind"`
	Bits   int         `json:"bits,omitempty"`
	Key    string      `json:"key,omitempty"`
	Elem   string      `json:"elem,omitempty"`
	Fields [][2]string `json:"fields,omitempty"`
}

func describe(types map[string]TypeInfo, t reflect.Type) string {
	name := t.String()
	if _, known := types[name]; known {
		return name
	}
	info := TypeInfo{Kind: t.Kind().String()}
	types[name] = info
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		info.Elem = describe(types, t.Elem())
	case reflect.Map:
		info.Key, info.Elem = describe(types, t.Key()), describe(types, t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			info.Fields = append(info.Fields, [2]string{t.Field(i).Name, describe(types, t.Field(i).Type)})
		}
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		info.Bits = t.Bits()
	}
	types[name] = info
	return name
}

// encodeAny is nil, or the type's name and the value.
func encodeAny(types map[string]TypeInfo, value any) any {
	if value == nil {
		return nil
	}
	v := reflect.ValueOf(value)
	return []any{describe(types, v.Type()), encode(types, v)}
}
