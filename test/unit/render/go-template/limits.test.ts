import assert from "node:assert/strict";
import { test } from "node:test";
import { gatewayFunctions } from "../../../../agent/render/gateway-functions.ts";
import { GoTemplateError, parseTemplate } from "../../../../agent/render/go-template/index.ts";

const functions = gatewayFunctions(() => ({ environment: {}, now: () => 0, timeZone: "UTC" }));

function render(text: string, data: unknown = {}): string {
  return parseTemplate({ name: "t", text, functions }).execute(data);
}

function fails(text: string, message: RegExp): void {
  assert.throws(
    () => render(text),
    (error) => error instanceof GoTemplateError && message.test(error.message),
    text.slice(0, 80),
  );
}

const doubling = '{{$x := "0123456789abcdef"}}{{range 64}}{{$x = print $x $x}}{{end}}{{len $x}}';

test("templates that would run for ever end in an error", () => {
  fails("{{range 9223372036854775807}}{{end}}", /exceeded the limit of 50000000 steps/);
  fails('{{define "r"}}{{template "r"}}{{end}}{{template "r"}}', /exceeded maximum template depth \(100000\)/);
  fails('{{define "r"}}{{template "r"}}{{template "r"}}{{end}}{{template "r"}}', /exceeded maximum template depth/);
  fails("{{range 100000}}{{range 100000}}{{range 100000}}{{end}}{{end}}{{end}}", /exceeded the limit of \d+ steps/);
});

test("templates that call each other ever more often end in an error", () => {
  const levels = Array.from({ length: 40 }, (_, level) => {
    const next = level < 39 ? `{{template "t${level + 1}"}}`.repeat(2) : "";
    return `{{define "t${level}"}}${next}{{end}}`;
  });
  fails(`${levels.join("")}{{template "t0"}}`, /exceeded the limit of 50000000 steps/);
});

test("recursion as deep as Go's own limit is no problem", () => {
  const text = '{{define "r"}}{{if gt . 0}}{{template "r" (down .)}}{{else}}end{{end}}{{end}}{{template "r" 99998}}';
  const down = { fn: (count: number) => count - 1, params: ["int"] };
  assert.equal(parseTemplate({ name: "t", text, functions: { down } }).execute(undefined), "end");
});

test("templates that would fill the memory end in an error", () => {
  fails(doubling, /error calling print: text is too long/);
  fails(doubling.replace("print $x $x", 'replace $x "0" $x -1'), /error calling replace: text is too long/);
  fails(doubling.replace("print $x $x", 'join (split $x "") $x'), /error calling join: text is too long/);
  fails(doubling.replace("print $x $x", "html $x $x"), /error calling html: text is too long/);
  fails(`{{printf "${"%1000000d".repeat(100)}" ${"1 ".repeat(100)}}}`, /error calling printf: text is too long/);
  fails("{{range 1000}}{{printf `%1000000d` 1}}{{end}}", /exceeded the limit of \d+ characters/);
  fails("{{range 1000000}}{{.}}: a line of some length that is written again and again and again{{end}}", /characters/);
  assert.equal(render("{{printf `%99999999d` 1}}"), "%!(NOVERB)%!(EXTRA int=1)");
  assert.equal(render("{{printf `%*d` 99999999 1}}"), "%!(BADWIDTH)1");
  assert.equal(render("{{len (printf `%.1000000f` 1.0)}}"), "1000002");
});

test("depth never reaches the end of the stack", () => {
  const nest = (open: string, inside: string, close: string, times: number) =>
    open.repeat(times) + inside + close.repeat(times);
  fails(`{{${nest("(", "1", ")", 100_000)}}}`, /max expression depth exceeded/);
  fails(nest("{{if true}}", "x", "{{end}}", 100_000), /max block depth exceeded/);
  fails(nest("{{range 1}}", "x", "{{end}}", 100_000), /max block depth exceeded/);
  fails(nest('{{block "b" .}}', "x", "{{end}}", 100_000), /max block depth exceeded/);
  fails(`{{if 0}}${"{{else if 0}}".repeat(100_000)}{{end}}`, /max block depth exceeded/);
  assert.equal(render(nest("{{if true}}", "x", "{{end}}", 200)), "x");
  assert.equal(render(`{{${nest("(", "1", ")", 200)}}}`), "1");
  assert.equal(render(`{{if 0}}${"{{else if 0}}".repeat(200)}{{else}}x{{end}}`), "x");
});

test("data that nest without end are an error", () => {
  const data: Record<string, unknown> = {};
  data["self"] = data;
  assert.throws(() => render("{{.}}", data), GoTemplateError);
  assert.equal(render("{{with .self.self.self}}{{len .}}{{end}}", data), "1");
});

test("long inputs take time in proportion", () => {
  assert.equal(render("{{/* c */}}".repeat(100_000)), "");
  assert.equal(render(`{{len "${"\\n".repeat(500_000)}"}}`), "500000");
  assert.equal(render(`{{with ${"1 | and ".repeat(20_000)} 1}}x{{end}}`), "x");
  assert.equal(render(`{{len .${"a.".repeat(10_000)}a | not}}`.replace("len ", "")), "true");
  fails(`{{"${"a".repeat(5_000_000)}`, /unterminated quoted string/);
  fails(`{{${" ".repeat(1_000_000)}`, /unclosed action/);
  fails(`{{${"1".repeat(100_000)}}}`, /(?:integer overflow|illegal number syntax)/);
});

test("templates see nothing but their data", () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"]) {
    assert.equal(render(`{{.${name}}}`), "<no value>");
    assert.equal(render(`{{index . "${name}"}}`), "<no value>");
    fails(`{{${name}}}`, new RegExp(`function "${name}" not defined`));
    fails(`{{template "${name}"}}`, new RegExp(`template "${name}" not defined`));
    fails(`{{"a".${name}}}`, /unexpected \. after term/);
    assert.equal(render(`{{getenv "${name}"}}`), "");
  }
  assert.equal(render("{{.a}}", { a: "{{.b}}", b: "never" }), "{{.b}}");
});
