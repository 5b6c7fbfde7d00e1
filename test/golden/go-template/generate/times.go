package main

import (
	"strings"
	"text/template"
	"time"
	_ "time/tzdata"
)

// TimeCase is a template over `datetime` at an instant in a zone.
type TimeCase struct {
	Zone   string `json:"zone"`
	Millis int64  `json:"millis"`
	Text   string `json:"text"`
	Output string `json:"output"`
}

var zones = []string{"UTC", "", "Asia/Calcutta", "Asia/Kolkata", "Europe/Berlin", "Europe/London", "Europe/Moscow", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/St_Johns", "America/Phoenix", "Australia/Sydney", "Australia/Perth", "Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Dubai", "Asia/Kathmandu", "Asia/Jakarta", "Asia/Manila", "Asia/Jerusalem", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "Africa/Cairo", "Asia/Karachi", "Asia/Macau", "Europe/Dublin", "Pacific/Auckland", "Pacific/Honolulu", "Nowhere/Atall"}

var instants = []int64{1700000000123, 1720000000500, 1751328000000, 1767225599999, 1582934400010}

var timeTemplates = []string{
	"{{datetime}}",
	"{{print datetime}}|{{printf \"%v %s %q %-40s|\" datetime datetime datetime datetime}}",
	"{{datetime.Format \"Mon Jan 2 15:04:05 MST 2006\"}}|{{datetime.Format \"Monday, 02-January-06 03:04:05.000 PM -07:00 Z07:00 Z0700 -07\"}}",
	"{{datetime.Format \"2006-01-02T15:04:05.999Z07:00\"}}|{{datetime.Format \"_2 1 3:4:5pm 002 __2 .000000 .999 ,99 Janet Mond 2006x05.00y\"}}",
	"{{datetime.Format \"20060102150405\"}}|{{datetime.Format \"\"}}|{{datetime.Format \"-070000 -07:00:00 Z070000 Z07\"}}",
	"{{datetime.Unix}} {{datetime.UnixMilli}} {{datetime.UnixNano}} {{datetime.Year}} {{datetime.Month}} {{datetime.Day}} {{datetime.Hour}} {{datetime.Minute}} {{datetime.Second}} {{datetime.Nanosecond}} {{datetime.YearDay}} {{datetime.Weekday}}",
	"{{printf \"%d %v %T %T %02d\" datetime.Month datetime.Weekday datetime.Month datetime.Unix datetime.Month}} {{datetime.UTC}} {{datetime.UTC.Hour}} {{datetime.IsZero}}{{if datetime}}T{{end}}",
}

// timeCases gives the default format in every zone, the rest in a few.
func timeCases() []TimeCase {
	var cases []TimeCase
	for _, zone := range zones {
		location, err := time.LoadLocation(zone)
		if err != nil {
			location = time.UTC
		}
		for _, millis := range instants {
			for i, text := range timeTemplates {
				if i > 0 && zone != "America/New_York" && zone != "Asia/Calcutta" && zone != "UTC" {
					continue
				}
				at := time.UnixMilli(millis).In(location)
				cases = append(cases, TimeCase{zone, millis, text, renderTime(text, at)})
			}
		}
	}
	return cases
}

func renderTime(text string, at time.Time) string {
	functions := template.FuncMap{"datetime": func() time.Time { return at }}
	var out strings.Builder
	if err := template.Must(template.New("t").Funcs(functions).Parse(text)).Execute(&out, nil); err != nil {
		panic(err)
	}
	return out.String()
}
