import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "@fairlead/apimachinery";
import { message, struct, type GoValue } from "./go-values.ts";
import { injectionFunctions } from "./istio-functions.ts";
import { parseTemplate } from "./parse.ts";
import { renderTemplate, type Rendered, type RenderLimits } from "./render.ts";

const functions = injectionFunctions({ VENDOR: "acme" });

const pod: JsonObject = {
  metadata: { name: "web-1", labels: { app: "web" }, annotations: { "a/b": "c" } },
  spec: {
    containers: [
      {
        name: "web",
        image: "web:1",
        ports: [
          { protocol: "TCP", containerPort: 8080, name: "http" },
          { containerPort: 53, protocol: "UDP" },
        ],
      },
      { name: "log", image: "log:1" },
    ],
  },
};

const data = {
  Name: "shop",
  Zero: 0,
  Count: 3,
  Yes: true,
  Empty: {},
  Null: null,
  Map: { b: 2, a: 1 },
  List: ["x", "y"],
  ObjectMeta: struct(pod["metadata"] as JsonObject, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"),
  Spec: struct(pod["spec"] as JsonObject, "io.k8s.api.core.v1.PodSpec"),
  Proxy: message({ interceptionMode: "TPROXY", holdApplicationUntilProxyStarts: true, proxyMetadata: { K: "v" } }),
} as unknown as JsonObject;

function render(text: string, limits: Partial<RenderLimits> = {}, dot: GoValue = data): Rendered {
  const template = parseTemplate(text);
  return template.kind === "invalid" ? template : renderTemplate(template, dot, { functions, limits });
}

/** What Go 1.26's `text/template` gives for the same data. */
const table: readonly (readonly [string, string])[] = [
  ["a{{.Name}}b", "ashopb"],
  ["a {{- .Name -}} b", "ashopb"],
  ["a {{-3}}", "a -3"],
  ["a{{/* nothing */}}b", "ab"],
  ["a {{- /* nothing */ -}} b", "ab"],
  ["{{.Missing}}", "<no value>"],
  ["{{.Missing.deeper.still}}", "<no value>"],
  ["{{.Map}} {{.List}}", "map[a:1 b:2] [x y]"],
  ["{{`raw\\n`}}{{\"a\\tb\\u00e9\"}}{{'a'}}", "raw\\na\tbé97"],
  ["{{if .Zero}}a{{else if .Yes}}b{{else}}c{{end}}", "b"],
  ["{{if .Empty}}a{{else}}b{{end}}{{if .Null}}a{{else}}b{{end}}", "bb"],
  ["{{if and .Yes .Name}}{{and .Yes .Name}}{{end}}", "shop"],
  ["{{or .Zero .Name .Missing.x}}", "shop"],
  ["{{and false (index .List 9)}}", "false"],
  ["{{not .Yes}}", "false"],
  ["{{with .Name}}{{.}}{{else}}none{{end}}{{with .Zero}}{{.}}{{else}}none{{end}}", "shopnone"],
  ["{{with $x := .Count}}{{$x}}{{$.Name}}{{end}}", "3shop"],
  ["{{range .List}}[{{.}}]{{end}}", "[x][y]"],
  ["{{range $i, $v := .List}}{{$i}}={{$v}};{{end}}", "0=x;1=y;"],
  ["{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}", "a=1;b=2;"],
  ["{{range .Missing}}a{{else}}none{{end}}", "none"],
  ["{{range .Count}}{{.}}{{end}}", "012"],
  ['{{range .List}}{{if eq . "y"}}{{break}}{{end}}{{.}}{{end}}', "x"],
  ['{{range .List}}{{if eq . "x"}}{{continue}}{{end}}{{.}}{{end}}', "y"],
  ["{{$x := 1}}{{if .Yes}}{{$x = 2}}{{end}}{{$x}}", "2"],
  ["{{$x := 1}}{{if .Yes}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"],
  ['{{$all := list}}{{range .List}}{{$all = append $all .}}{{end}}{{$all | join "+"}}', "x+y"],
  ['{{define "t"}}<{{.}}{{$}}>{{end}}{{template "t" .Name}}', "<shopshop>"],
  ['{{block "t" .Name}}<{{.}}>{{end}}', "<shop>"],
  ['{{template "later" 1}}{{define "later"}}{{.}}{{end}}', "1"],
  ["{{(index .List 1)}}{{(.Map).a}}", "y1"],
  ["{{len .List}}{{len .Name}}{{len .Map}}", "242"],
  ['{{index .Map "a"}}{{index .List 0}}', "1x"],
  ["{{slice .Name 1 3}}", "ho"],
  ['{{eq .Count 3}}{{eq .Count 1 2 3}}{{ne .Name "a"}}{{lt 1 2}}{{ge 2 3}}', "truetruetruetruefalse"],
  ['{{eq .Missing ""}}{{eq .Null nil}}', "falsetrue"],
  ['{{print 1 2 "a" "b" 3}}', "1 2ab3"],
  [
    '{{printf "%s-%d-%t-%q-%v-%5d-%-4s|-%05.1f-%%" "a" 7 true "b" .List 42 "x" 2.75}}',
    'a-7-true-"b"-[x y]-   42-x   |-002.8-%',
  ],
  ['{{.Name | printf "%s-%s" "a"}}', "a-shop"],
  ["{{1.5}} {{1e3}} {{0x10}} {{1_000}}", "1.5 1000 16 1000"],
];

for (const [text, expected] of table) {
  test(`renders ${JSON.stringify(text)}`, () => {
    assert.deepEqual(render(text), { kind: "text", text: expected });
  });
}

/** What sprig and istiod's own functions give. */
const functionTable: readonly (readonly [string, string])[] = [
  ['{{.Missing | default "a"}}{{.Zero | default 5}}{{.Name | default "a"}}', "a5shop"],
  ['{{"a" | quote}}{{squote "b"}}{{1 | quote}}{{quote .Missing}}', '"a"\'b\'"1"'],
  ['{{"abcdef" | trunc 3}}{{"--a_." | trimAll "-_."}}{{" a " | trim}}', "abcaa"],
  ['{{"a\\nb" | nindent 2}}', "\n  a\n  b"],
  // istiod's `indent` leaves the first line alone, its `contains` has the needle first.
  ['{{"a\\nb" | indent 2}}', "a\n  b"],
  ['{{contains "/" "a/b"}}{{contains "a/b" "/"}}', "truefalse"],
  ['{{toLower "ABC"}}{{upper "abc"}}{{replace "a" "b" "aa"}}', "abcABCbb"],
  ['{{ternary "a" "b" true}}{{coalesce "" nil "c"}}{{empty ""}}', "actrue"],
  ['{{dict "a" 1 "b" "c"}}{{hasKey (dict "a" 1) "a"}}{{get (dict "a" "x") "a"}}', "map[a:1 b:c]truex"],
  [
    "{{list 1 2 | len}}{{first (list 7 8)}}{{last (list 7 8)}}{{has 2 (list 1 2)}}{{without (list 1 2) 1}}",
    "278true[2]",
  ],
  ['{{add 1 2 3}}{{sub 5 2}}{{mul 2 3}}{{div 7 2}}{{max 1 9 3}}{{int "12"}}', "6363912"],
  ['{{annotation .ObjectMeta "a/b" "z"}}{{annotation .ObjectMeta "none" 5}}', "c5"],
  ['{{isset .ObjectMeta.Annotations "a/b"}}{{isset .ObjectMeta.Annotations "none"}}', "truefalse"],
  ['{{index .ObjectMeta.Labels "none" | default "d"}}{{eq (index .ObjectMeta.Labels "none") ""}}', "dtrue"],
  ["{{range .Spec.Containers}}{{.Name}}={{.Image}};{{end}}", "web=web:1;log=log:1;"],
  ['{{.Spec.ServiceAccountName}}|{{eq .Spec.ServiceAccountName ""}}{{.Spec.HostNetwork}}', "|truefalse"],
  [
    "{{range (index .Spec.Containers 0).Ports}}{{structToJSON .}}{{end}}",
    '{"name":"http","containerPort":8080,"protocol":"TCP"}{"containerPort":53,"protocol":"UDP"}',
  ],
  ["{{includeInboundPorts .Spec.Containers}}", "8080"],
  [
    '{{excludeInboundPort 15020 "80, 90"}}|{{excludeInboundPort "0" "80"}}|{{excludeInboundPort "80" "80"}}',
    "80,90,15020|80|80",
  ],
  [
    '{{.Proxy.InterceptionMode}}{{.Proxy.InterceptionMode.String}}{{eq .Proxy.InterceptionMode "TPROXY"}}',
    "TPROXYTPROXYtrue",
  ],
  [
    "{{.Proxy.HoldApplicationUntilProxyStarts.GetValue}}{{if .Proxy.GetTracing.GetTlsSettings}}a{{else}}b{{end}}",
    "trueb",
  ],
  ["{{range $k, $v := .Proxy.ProxyMetadata}}{{$k}}={{$v}}{{end}}", "K=v"],
  ['{{valueOrDefault "" "d"}}{{valueOrDefault .Null "d"}}{{valueOrDefault 0 "d"}}', "dd0"],
  ["{{toYaml .Map}}|{{toYaml .Empty}}", "a: 1\nb: 2\n|{}\n"],
  ['{{omitNil (dict "a" nil "b" (dict "c" nil) "d" 1)}}', "map[d:1]"],
  ['{{range $k, $v := fromJSON "{\\"a\\":{\\"b\\":1}}"}}{{$k}}{{$v.b}}{{end}}', "a1"],
  ['{{env "VENDOR" "none"}}{{env "OTHER" "none"}}', "acmenone"],
  [
    '{{toJsonMap (strdict "b" "2") (strdict "a" "1")}}{{omit (strdict "a" "1" "b" "2") "a"}}',
    '{"a":"1","b":"2"}map[b:2]',
  ],
  [
    '{{appendMultusNetwork "a" "default/istio-cni"}}|{{appendMultusNetwork "[{\\"name\\":\\"x\\"}]" "default/istio-cni"}}',
    'a, default/istio-cni|[{"name":"x"}, {"name": "istio-cni", "namespace": "default"}]',
  ],
  ['{{directory "/etc/certs/root.pem"}}', "/etc/certs/"],
];

for (const [text, expected] of functionTable) {
  test(`has the functions of injection templates: ${text}`, () => {
    assert.deepEqual(render(text), { kind: "text", text: expected });
  });
}

const mistakes: readonly (readonly [string, number, RegExp])[] = [
  ["a\n{{.Name", 2, /unclosed action/],
  ["{{if .Yes}}\na", 1, /no \{\{end\}\}/],
  ["a\n\n{{end}}", 3, /unexpected \{\{end\}\}/],
  ["{{}}", 1, /missing value/],
  ["{{.Name | }}", 1, /missing value/],
  ["\n{{nothing .Name}}", 2, /function "nothing" not defined/],
  ["{{ Template_Version_Mismatched }}", 1, /not defined/],
  ["\n{{$x}}", 2, /undefined variable "\$x"/],
  ["{{.Null.x}}", 1, /nil pointer evaluating interface \{\}\.x/],
  ["{{.Name.x}}", 1, /can't evaluate field x in type string/],
  ["{{.ObjectMeta.Nothing}}", 1, /can't evaluate field Nothing/],
  ['{{eq 1 "a"}}', 1, /incompatible types/],
  ["{{index .List 5}}", 1, /out of range: 5/],
  ['\n\n{{template "none"}}', 3, /template "none" not defined/],
  ["{{1 2}}", 1, /non-function/],
  ["{{/* open", 1, /unclosed comment/],
  ['{{"open}}', 1, /unterminated quoted string/],
  ["{{range .Name}}{{end}}", 1, /can't iterate/],
  ['{{fail "because"}}', 1, /error calling fail: because/],
  ["{{with .Name}}{{else if .Yes}}{{end}}", 1, /unexpected "if"/],
];

for (const [text, line, says] of mistakes) {
  test(`names the line of what is wrong with ${JSON.stringify(text)}`, () => {
    const result = render(text);
    assert.equal(result.kind, "invalid");
    assert.equal(result.line, line);
    assert.match(result.message, says);
  });
}

const endless: readonly (readonly [string, string])[] = [
  ["steps", "{{range 100000000}}{{end}}"],
  ["steps", "{{range 9999}}{{range 9999}}x{{end}}{{end}}"],
  ["characters", '{{$x := "aaaaaaaaaaaaaaaa"}}{{range 40}}{{$x = print $x $x}}{{end}}{{$x}}'],
  ["characters", '{{define "t"}}{{. | indent 1000}}{{end}}{{range 9999}}{{template "t" "\\n\\n\\n\\n\\n\\n"}}{{end}}'],
  ["deeper", '{{define "t"}}{{template "t" .}}{{end}}{{template "t" 1}}'],
  ["repetitions", '{{repeat 100000000 "a"}}'],
];

for (const [says, text] of endless) {
  test(`ends templates that would not: ${text}`, () => {
    const result = render(text, { steps: 200_000, output: 1 << 20 });
    assert.equal(result.kind, "invalid");
    assert.match(result.message, new RegExp(says));
  });
}

test("keeps to its stack however deep a template is nested", () => {
  const deep = render(`${"{{if .Yes}}".repeat(20_000)}x${"{{end}}".repeat(20_000)}`);
  assert.match(deep.kind === "invalid" ? deep.message : "", /nested deeper/);
  const parens = render(`{{${"(".repeat(20_000)}1${")".repeat(20_000)}}}`);
  assert.match(parens.kind === "invalid" ? parens.message : "", /nested deeper/);
  const elses = render(`{{if .Zero}}${"{{else if .Zero}}".repeat(20_000)}{{end}}`);
  assert.match(elses.kind === "invalid" ? elses.message : "", /nested deeper/);
});

test("never throws for any text made of the pieces of templates", () => {
  const piece = fc.constantFrom(
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    "if ",
    "else",
    "end",
    "range ",
    "with ",
    "define ",
    "template ",
    '"t"',
    ".Name",
    ".List",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    ".",
    "1",
    "/*",
    "*/",
    "eq ",
    "index ",
    "printf ",
    "`",
    "'a'",
    "constructor",
    ".__proto__",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const result = render(pieces.join(""), { steps: 1000 });
      return result.kind === "text" || result.line >= 1;
    }),
    { numRuns: 2000, seed: 5 },
  );
});

test("takes names of prototypes for ordinary keys", () => {
  const dot = JSON.parse('{"__proto__": {"a": "own"}, "constructor": 1}') as JsonObject;
  assert.deepEqual(render("{{.__proto__.a}}{{.constructor}}", {}, dot), { kind: "text", text: "own1" });
  assert.deepEqual(render("{{.constructor}}{{.toString}}", {}, {}), { kind: "text", text: "<no value><no value>" });
});
