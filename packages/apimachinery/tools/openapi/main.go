// Prints the OpenAPI v3 definitions of the built-in kinds as one JSON object: what kube-apiserver of the same version
// publishes, built from the same generated package by the same builder.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	endpointsopenapi "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

func fail(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	fail(apiextensionsv1.AddToScheme(scheme.Scheme))
	namer := endpointsopenapi.NewDefinitionNamer(scheme.Scheme)
	config := &common.OpenAPIV3Config{
		GetDefinitions:    openapi.GetOpenAPIDefinitions,
		GetDefinitionName: namer.GetDefinitionName,
	}
	refs := func(path string) spec.Ref { return spec.MustCreateRef(path) }
	names := []string{}
	for name := range openapi.GetOpenAPIDefinitions(refs) {
		for _, prefix := range []string{"io.k8s.api.", "io.k8s.apimachinery.pkg.apis.meta.v1.", "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."} {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
	}
	definitions, err := builder3.BuildOpenAPIDefinitionsForResources(config, names...)
	fail(err)
	encoding := map[string]map[string]string{}
	for _, t := range scheme.Scheme.AllKnownTypes() {
		describe(t, encoding)
	}
	fail(json.NewEncoder(os.Stdout).Encode(map[string]any{"definitions": definitions, "encoding": encoding}))
}

var marshaler = reflect.TypeFor[json.Marshaler]()

type named interface{ OpenAPIModelName() string }

// describe says of each field of a struct what Go's encoder does with its zero value, which the schema does not tell:
// "omit" drops an empty scalar, list or map, "struct" writes an empty object,
// "text" and "scalar" write it as it is, "pointer" tells it from absent.
func describe(t reflect.Type, into map[string]map[string]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	model, ok := reflect.New(t).Interface().(named)
	if t.Kind() != reflect.Struct || !ok || reflect.PointerTo(t).Implements(marshaler) {
		return
	}
	if _, seen := into[model.OpenAPIModelName()]; seen {
		return
	}
	fields := map[string]string{}
	into[model.OpenAPIModelName()] = fields
	collect(t, fields, into)
}

func collect(t reflect.Type, fields map[string]string, into map[string]map[string]string) {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		tag := strings.Split(field.Tag.Get("json"), ",")
		if tag[0] == "-" || tag[0] == "" && !field.Anonymous || !field.IsExported() {
			continue
		}
		if field.Anonymous && tag[0] == "" {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			collect(inner, fields, into)
			continue
		}
		describe(field.Type, into)
		omit := slices.Contains(tag, "omitempty") || slices.Contains(tag, "omitzero")
		switch kind := field.Type.Kind(); {
		case kind == reflect.Struct && !reflect.PointerTo(field.Type).Implements(marshaler):
			if !slices.Contains(tag, "omitzero") {
				fields[tag[0]] = "struct"
			}
		case kind == reflect.Pointer:
			fields[tag[0]] = "pointer"
		case kind == reflect.Struct, kind == reflect.Interface:
		case omit:
			fields[tag[0]] = "omit"
		case kind == reflect.String:
			fields[tag[0]] = "text"
		case kind != reflect.Slice && kind != reflect.Map:
			fields[tag[0]] = "scalar"
		}
	}
}
