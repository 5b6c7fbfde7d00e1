package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"text/template"
)

func sumText(prefix string, numbers ...int) string {
	total := 0
	for _, number := range numbers {
		total += number
	}
	return prefix + fmt.Sprint(total)
}

// functions are the gateway's, and some for the tests alone.
func functions() template.FuncMap {
	return template.FuncMap{
		"hasPrefix": strings.HasPrefix,
		"hasSuffix": strings.HasSuffix,
		"contains":  strings.Contains,
		"split":     strings.Split,
		"join":      strings.Join,
		"trim":      strings.Trim,
		"replace":   strings.Replace,
		"tolower":   strings.ToLower,
		"getenv":    func(name string) string { return map[string]string{"HOME": "/root"}[name] },
		"hostport":  func(host string, port any) string { return net.JoinHostPort(host, fmt.Sprint(port)) },

		"sumText": sumText,
		"nothing": func() any { return nil },
		"echo":    func(value any) any { return value },
		"fails":   func() (string, error) { return "", errors.New("it failed: 100%") },
		"int":     func(value int) int { return value },
		"float":   func(value float64) float64 { return value },
		"byte":    func(value uint8) uint8 { return value },
		"bool":    func(value bool) bool { return value },
		"complex": func(value complex128) complex128 { return value },
		"strs":    func(values ...string) []string { return values },
		"tagsOf":  func(tags map[string]string) int { return len(tags) },
		"strMap":  func(value map[string]any) map[string]any { return value },
	}
}
