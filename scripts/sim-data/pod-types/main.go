// Prints the Go types that a PodTemplateSpec is made of, one per line: structs with the names, JSON names and types of
// their fields in Go's order, other named types with what they are.
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// What has unexported fields is printed by special rules.
var special = map[string]bool{"resource.Quantity": true, "v1.Time": true, "v1.FieldsV1": true}

var (
	lines = map[string]string{}
	paths = map[string]string{}
)

func visit(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		visit(t.Elem())
	case reflect.Map:
		visit(t.Elem())
	}
	name := t.String()
	if t.Name() == "" || t.PkgPath() == "" || special[name] {
		return
	}
	if path, known := paths[name]; known {
		if path != t.PkgPath() {
			panic("two types are called " + name)
		}
		return
	}
	paths[name] = t.PkgPath()
	switch t.Kind() {
	case reflect.Struct:
		var fields []string
		for i := 0; i < t.NumField(); i++ {
			field := t.Field(i)
			tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields = append(fields, field.Name+" "+tag+" "+field.Type.String())
			visit(field.Type)
		}
		lines[name] = "{" + strings.Join(fields, ",")
	case reflect.Map:
		lines[name] = "=map[" + t.Key().String() + "]" + t.Elem().String()
	default:
		lines[name] = "=" + t.Kind().String()
	}
}

func main() {
	visit(reflect.TypeOf(v1.PodTemplateSpec{}))
	names := make([]string, 0, len(lines))
	for name := range lines {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(name + lines[name])
	}
}
