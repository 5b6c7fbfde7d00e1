import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as engine from "../../../../agent/render/go-template/index.ts";
import { GoTemplateError, parseTemplate, type TemplateOptions } from "../../../../agent/render/go-template/index.ts";

function render(text: string, data?: unknown, options: Partial<TemplateOptions> = {}): string {
  return parseTemplate({ name: "main.tmpl", text, ...options }).execute(data);
}

function errorOf(step: () => unknown): GoTemplateError {
  try {
    step();
  } catch (error) {
    assert.ok(error instanceof GoTemplateError);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

suite("errors", () => {
  test("a parse error has its file and line, no column", () => {
    const { message, templateName, line, column } = errorOf(() =>
      parseTemplate({ name: "main.tmpl", text: "a\nb{{if}}" }),
    );
    assert.equal(message, "template: main.tmpl:2: missing value for if");
    assert.deepEqual({ templateName, line, column }, { templateName: "main.tmpl", line: 2, column: undefined });
  });

  test("an execution error has a column too, in bytes", () => {
    const { message, line, column } = errorOf(() => render("a\né {{.x.y}}", { x: 1 }));
    assert.equal(
      message,
      'template: main.tmpl:2:7: executing "main.tmpl" at <.x.y>: can\'t evaluate field y in type interface {}',
    );
    assert.deepEqual({ line, column }, { line: 2, column: 7 });
  });

  test("an error in a partial names the partial", () => {
    const partials = [{ name: "p.tmpl", text: "\n{{define `p`}}{{len .}}{{end}}" }];
    const error = errorOf(() => render("{{template `p` 1}}", undefined, { partials }));
    assert.match(
      error.message,
      /^template: p\.tmpl:2:16: executing "p" at <len \.>: error calling len: len of type int$/,
    );
    assert.equal(error.templateName, "p.tmpl");
    const broken = errorOf(() => render("", undefined, { partials: [{ name: "q", text: "{{" }] }));
    assert.deepEqual([broken.templateName, broken.message], ["q", "template: q:1: unclosed action"]);
  });

  test("a function with an unknown parameter type is refused at once", () => {
    const functions = { f: { fn: () => "", params: ["chan int"] } };
    assert.throws(() => parseTemplate({ name: "t", text: "", functions }), /"chan int" is not a known Go type/);
  });
});

suite("functions", () => {
  test("the user's win over the built-ins, and over break and continue", () => {
    const functions = { len: { fn: () => "mine", params: [] }, break: { fn: () => "broken", params: [] } };
    assert.equal(render("{{len}} {{break}}", undefined, { functions }), "mine broken");
  });

  test("get and give plain data, checked by Go types", () => {
    const functions = {
      join: { fn: (list: readonly string[], by: string) => list.join(by), params: ["[]string", "string"] },
      words: { fn: (text: string) => text.split(" "), params: ["string"], result: "[]string" },
      sum: { fn: (...all: readonly number[]) => all.reduce((a, b) => a + b, 0), params: ["int"], variadic: true },
      show: { fn: (value: unknown) => JSON.stringify(value), params: ["any"], variadic: false },
    };
    const run = (text: string) => render(text, { list: [1, { a: null }], half: 0.5 }, { functions });
    assert.equal(run('{{words "a b" | printf "%T %[1]v"}} {{join (words "a b") "-"}}'), "[]string [a b] a-b");
    assert.equal(run("{{sum}} {{sum 1 2 3}} {{3 | sum 1}}"), "0 6 4");
    assert.equal(run("{{show .list}}{{show .half}}{{show `x`}}{{show 1}}{{show true}}"), '[1,{"a":null}]0.5"x"1true');
    assert.match(
      errorOf(() => run("{{join .list `-`}}")).message,
      /wrong type for value; expected \[\]string; got \[\]/,
    );
    assert.match(errorOf(() => run("{{sum `a`}}")).message, /at <`a`>: expected integer; found `a`$/);
    assert.match(errorOf(() => run("{{show}}")).message, /wrong number of args for show: want 1 got 0$/);
  });

  test("that throw end the execution with their message", () => {
    const fails = {
      fn: () => {
        throw new Error("no");
      },
      params: [],
    };
    assert.match(
      errorOf(() => render("{{f}}", 1, { functions: { f: fails } })).message,
      /at <f>: error calling f: no$/,
    );
  });
});

suite("data", () => {
  test("typed by Go types: an unknown field is an error, a missing map key the zero value", () => {
    const { intType, mapOf, pointerTo, sliceOf, stringType, structOf, typedData } = engine;
    const host = structOf("main.Host", { Host: stringType, Port: intType });
    const root = pointerTo(structOf("main.Data", { Hosts: sliceOf(host), Tags: mapOf(stringType, stringType) }));
    const data = typedData(root, { Hosts: [{ Host: "h", Port: 31411 }, { Host: "i" }] });
    assert.equal(
      render("{{range .Hosts}}{{.Host}}:{{.Port}} {{end}}{{index .Tags `x`}}{{.}}", data),
      "h:31411 i:0 {[{h 31411} {i 0}] map[]}",
    );
    assert.match(errorOf(() => render("{{.Nope}}", data)).message, /can't evaluate field Nope in type \*main\.Data$/);
    assert.match(errorOf(() => render("{{range .Hosts}}{{.Nope}}{{end}}", data)).message, /in type main\.Host$/);
    assert.equal(render("{{.a.Tags}} {{printf `%T` .a}}", { a: data }), "map[] *main.Data");
  });

  test("plain: whole numbers are ints, others floats, null nil", () => {
    const text = "{{.port}} {{.ratio}} {{.none}} {{printf `%T %T %T %T` .port .ratio .list .map}}";
    const data = { port: 1000000, ratio: 0.5, none: null, list: [1], map: new Map([["a", 1]]) };
    assert.equal(render(text, data), "1000000 0.5 <no value> int float64 []interface {} map[string]interface {}");
  });

  test("odd numbers: what fits an int is one", () => {
    const type = (value: unknown) => render("{{.}} {{printf `%T` .}}", value);
    assert.equal(type(2 ** 60), "1152921504606846976 int");
    assert.equal(type(2 ** 63), "9.223372036854776e+18 float64");
    assert.equal(type(-0), "0 int");
    assert.equal(type(Number.NaN), "NaN float64");
    assert.equal(type(Number.POSITIVE_INFINITY), "+Inf float64");
    assert.equal(type(9007199254740993n), "9007199254740993 int");
    assert.equal(type(2n ** 70n), "1.1805916207174113e+21 float64");
    assert.equal(
      render("{{.}}", () => "never called"),
      "<no value>",
    );
  });

  test("what is not given is Go's default", () => {
    const none = {
      leftDelimiter: undefined,
      rightDelimiter: undefined,
      functions: undefined,
      missingKey: undefined,
      partials: undefined,
    };
    assert.equal(render("{{.a}}{{.b}}", { a: 1 }, none), "1<no value>");
    assert.equal(render("{{.}}<%.%>", 1, { leftDelimiter: "<%", rightDelimiter: "%>" }), "{{.}}1");
    assert.equal(render("{{.b}}", {}, { missingKey: "zero" }), "<no value>");
    assert.match(errorOf(() => render("{{.b}}", {}, { missingKey: "error" })).message, /map has no entry for key "b"$/);
  });

  test("bytes that are no UTF-8 survive, and halves of a character meet again", () => {
    const text = "{{$a := slice .s 0 1}}{{$b := slice .s 1}}{{printf `%q` $a}}{{$a}}{{$b}}";
    assert.equal(render(text, { s: "é" }), '"\\xc3"é');
  });
});
