// Prints how Kubernetes' own kinds are encoded as Protobuf, for packages/sim/src/protobuf: what reflection tells of the
// Go types that the arguments (`GROUP/VERSION`, `/v1` for core) name. One line per message, `NAME FIELD,FIELD,…` with
// fields `NUMBER:NAME:TYPE:FLAGS`; then an empty line; then `APIVERSION KIND NAME` for each kind.
// With `samples` as the first argument it prints objects instead, as JSON and as Protobuf in base64: at least one with
// every field of every message, and with zero values of every message.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	aggregatorscheme "k8s.io/kube-aggregator/pkg/apiserver/scheme"
)

// What has an encoding of its own in JSON; the decoder knows these.
var special = map[reflect.Type]string{
	reflect.TypeFor[metav1.Time]():                                  "T",
	reflect.TypeFor[metav1.MicroTime]():                             "M",
	reflect.TypeFor[metav1.Duration]():                              "D",
	reflect.TypeFor[resource.Quantity]():                            "Q",
	reflect.TypeFor[intstr.IntOrString]():                           "I",
	reflect.TypeFor[runtime.RawExtension]():                         "R",
	reflect.TypeFor[metav1.FieldsV1]():                              "F",
	reflect.TypeFor[apiextensionsv1.JSON]():                         "R",
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrArray]():       "A",
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrBool]():        "B",
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrStringArray](): "C",
}

type protoMarshaler interface{ Marshal() ([]byte, error) }

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	marshaler     = reflect.TypeFor[protoMarshaler]()
	messages      = map[string]string{}
)

func check(condition bool, parts ...any) {
	if !condition {
		panic(fmt.Sprint(parts...))
	}
}

func nameOf(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	return strings.Join(append(parts[max(0, len(parts)-2):], t.Name()), ".")
}

// typeOf gives type and flags of a field's Go type.
func typeOf(t reflect.Type, where string) (string, string) {
	if t.Kind() == reflect.Pointer {
		kind, flags := typeOf(t.Elem(), where)
		return kind, flags + "p"
	}
	if name, ok := special[t]; ok {
		return name, ""
	}
	switch t.Kind() {
	case reflect.String:
		return "s", ""
	case reflect.Bool:
		return "b", ""
	case reflect.Int32, reflect.Int64:
		return "i", ""
	case reflect.Float64:
		return "d", ""
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "y", ""
		}
		if reflect.PointerTo(t).Implements(marshaler) || t.Implements(marshaler) {
			check(t.Elem().Kind() == reflect.String, where)
			return "V", ""
		}
		kind, flags := typeOf(t.Elem(), where)
		check(flags == "", where, flags)
		return kind, "r"
	case reflect.Map:
		check(t.Key().Kind() == reflect.String, where)
		kind, flags := typeOf(t.Elem(), where)
		check(flags == "", where, flags)
		return kind, "m"
	case reflect.Struct:
		check(!t.Implements(jsonMarshaler) && !reflect.PointerTo(t).Implements(jsonMarshaler), where, " has JSON of its own")
		return describe(t), ""
	}
	panic(where + " is a " + t.String())
}

func describe(t reflect.Type) string {
	name := nameOf(t)
	if _, seen := messages[name]; seen {
		return name
	}
	messages[name] = ""
	fields := []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		where := name + "." + field.Name
		jsonTag := strings.Split(field.Tag.Get("json"), ",")
		protobufTag := strings.Split(field.Tag.Get("protobuf"), ",")
		if field.Type == reflect.TypeFor[metav1.TypeMeta]() {
			check(protobufTag[0] == "", where)
			continue
		}
		if jsonTag[0] == "-" {
			continue
		}
		check(len(protobufTag) > 1, where, " has no protobuf tag")
		kind, flags := typeOf(field.Type, where)
		for _, option := range jsonTag[1:] {
			switch option {
			case "omitempty":
				flags += "o"
			case "omitzero":
				flags += "z"
			case "inline":
				flags += "x"
			case "":
			default:
				panic(where + " " + option)
			}
		}
		check(jsonTag[0] != "" || strings.Contains(flags, "x"), where, " has no name")
		fields = append(fields, protobufTag[1]+":"+jsonTag[0]+":"+kind+":"+flags)
	}
	messages[name] = strings.Join(fields, ",")
	return name
}

// filler fills a value; a struct that it has filled before stays zero, so that samples stay small.
type filler struct {
	seen    map[reflect.Type]bool
	counter int64
}

func (f *filler) fill(v reflect.Value) {
	f.counter++
	t := v.Type()
	switch value := v.Addr().Interface().(type) {
	case *metav1.Time:
		*value = metav1.Unix(1700000000+f.counter, 0)
		return
	case *metav1.MicroTime:
		*value = metav1.NewMicroTime(time.Unix(1700000000+f.counter, f.counter%1000*1000).UTC())
		return
	case *resource.Quantity:
		*value = *resource.NewMilliQuantity(f.counter*50, resource.DecimalSI)
		return
	case *intstr.IntOrString:
		*value = []intstr.IntOrString{intstr.FromInt32(int32(f.counter)), intstr.FromString("25%")}[f.counter%2]
		return
	case *runtime.RawExtension:
		value.Raw = fmt.Appendf(nil, `{"n":%d,"list":[1.5,null]}`, f.counter)
		return
	case *metav1.FieldsV1:
		value.Raw = []byte(`{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}`)
		return
	case *apiextensionsv1.JSON:
		value.Raw = []byte(`["default",{"a":12345678901234567890}]`)
		return
	case *apiextensionsv1.JSONSchemaPropsOrArray:
		value.JSONSchemas = []apiextensionsv1.JSONSchemaProps{{Type: "string"}, {}}
		return
	case *apiextensionsv1.JSONSchemaPropsOrStringArray:
		value.Property = []string{"a", "b"}
		return
	case *apiextensionsv1.JSONSchemaPropsOrBool:
		value.Allows = true
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		f.fill(v.Elem())
	case reflect.Struct:
		if f.seen[t] {
			return
		}
		f.seen[t] = true
		for i := range t.NumField() {
			if t.Field(i).Type != reflect.TypeFor[metav1.TypeMeta]() && t.Field(i).Tag.Get("json") != "-" {
				f.fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte{0, 255, byte(f.counter)})
			return
		}
		v.Set(reflect.MakeSlice(t, 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for _, key := range []string{"b/c", "__proto__", "a"} {
			element := reflect.New(t.Elem()).Elem()
			f.fill(element)
			v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), element)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("ü%d", f.counter))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32:
		v.SetInt([]int64{1, -1, 1 << 30, f.counter}[f.counter%4])
	case reflect.Int64:
		v.SetInt([]int64{1, -1, 1<<62 + 1, f.counter, 1 << 45}[f.counter%5])
	case reflect.Float64:
		v.SetFloat(float64(f.counter) / 8)
	default:
		panic(t.String())
	}
}

func printSamples(types map[schema.GroupVersionKind]reflect.Type) {
	kinds := []schema.GroupVersionKind{}
	for kind := range types {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b schema.GroupVersionKind) int { return strings.Compare(a.String(), b.String()) })
	f := filler{seen: map[reflect.Type]bool{}}
	for _, kind := range kinds {
		for _, fill := range []bool{true, false} {
			object := reflect.New(types[kind])
			if fill {
				f.fill(object.Elem())
			}
			object.Interface().(runtime.Object).GetObjectKind().SetGroupVersionKind(kind)
			text, err := json.Marshal(object.Interface())
			check(err == nil, err)
			buffer := bytes.Buffer{}
			serializer := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
			err = serializer.Encode(object.Interface().(runtime.Object), &buffer)
			check(err == nil, err)
			fmt.Printf("%s %s\n", base64.StdEncoding.EncodeToString(buffer.Bytes()), text)
		}
	}
}

func main() {
	if err := apiextensionsv1.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
	args := os.Args[1:]
	samples := len(args) > 0 && args[0] == "samples"
	if samples {
		args = args[1:]
	}
	kinds := []string{}
	types := map[schema.GroupVersionKind]reflect.Type{}
	for _, arg := range args {
		group, version, _ := strings.Cut(arg, "/")
		gv := schema.GroupVersion{Group: group, Version: version}
		for _, known := range []*runtime.Scheme{scheme.Scheme, aggregatorscheme.Scheme} {
			for kind, t := range known.KnownTypes(gv) {
				if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
					if !strings.HasSuffix(kind, "List") && kind != "WatchEvent" && (!strings.HasSuffix(kind, "Options") || group == "") {
						types[gv.WithKind(kind)] = t
					}
					kinds = append(kinds, gv.String()+" "+kind+" "+describe(t))
				}
			}
		}
	}
	if samples {
		printSamples(types)
		return
	}
	slices.Sort(kinds)
	names := []string{}
	for name := range messages {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Println(name + " " + messages[name])
	}
	fmt.Println()
	for _, kind := range slices.Compact(kinds) {
		fmt.Println(kind)
	}
}
