// Renders a template over data in JSON with Go's own text/template. Prints the milliseconds of each of so many rounds as
// a JSON list, and writes the text to a file.
//
//	go-template TEMPLATE DATA.json OUT ROUNDS
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"text/template"
	"time"
)

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

// Data is what the Go gateway hands to its templates.
type Data struct {
	Xproxy                   string
	NginxMaxFailsUpstream    int
	NginxFailTimeoutUpstream string
	Namespaces               map[string]Namespace
	Apps                     map[string]App
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	given, err := os.ReadFile(os.Args[2])
	check(err)
	rounds, err := strconv.Atoi(os.Args[4])
	check(err)
	data := &Data{}
	check(json.Unmarshal(given, data))
	now := func() time.Time { return time.UnixMilli(0).UTC() }
	parsed := template.Must(template.New("nginx.tmpl").Funcs(template.FuncMap{"datetime": now}).Parse(string(text)))
	millis := []float64{}
	var out bytes.Buffer
	for range rounds {
		out = bytes.Buffer{}
		begun := time.Now()
		check(parsed.Execute(&out, data))
		millis = append(millis, float64(time.Since(begun).Nanoseconds())/1e6)
	}
	check(os.WriteFile(os.Args[3], out.Bytes(), 0o644))
	check(json.NewEncoder(os.Stdout).Encode(millis))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
