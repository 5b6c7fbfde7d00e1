package main

import (
	"encoding/base64"
	"reflect"
	"sort"
	"strconv"
	"unicode/utf8"
)

func encode(types map[string]TypeInfo, v reflect.Value) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return map[string]string{"bytes": base64.StdEncoding.EncodeToString([]byte(v.String()))}
		}
		return v.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return encodeAny(types, v.Interface())
	case reflect.Func:
		if v.IsNil() {
			return nil
		}
		return "func"
	}
	return encodeComposite(types, v)
}

func encodeComposite(types map[string]TypeInfo, v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return []any{encode(types, v.Elem())}
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		return encodeSlice(types, v)
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		return encodeMap(types, v)
	case reflect.Struct:
		fields := []any{}
		for i := range v.NumField() {
			fields = append(fields, encode(types, v.Field(i)))
		}
		return fields
	}
	panic("cannot encode a " + v.Type().String())
}

// encodeSlice gives the elements, and those behind them within the capacity.
func encodeSlice(types map[string]TypeInfo, v reflect.Value) any {
	all := v.Slice(0, v.Cap())
	items, beyond := []any{}, []any{}
	for i := range v.Cap() {
		if i < v.Len() {
			items = append(items, encode(types, all.Index(i)))
		} else {
			beyond = append(beyond, encode(types, all.Index(i)))
		}
	}
	return [][]any{items, beyond}
}

func encodeMap(types map[string]TypeInfo, v reflect.Value) any {
	entries := [][]any{}
	for _, key := range v.MapKeys() {
		entries = append(entries, []any{encode(types, key), encode(types, v.MapIndex(key))})
	}
	sort.Slice(entries, func(i, j int) bool { return stable(entries[i][0]) < stable(entries[j][0]) })
	return entries
}

func stable(key any) string {
	if text, ok := key.(string); ok {
		return text
	}
	if truth, ok := key.(bool); ok {
		return strconv.FormatBool(truth)
	}
	panic("odd key")
}
