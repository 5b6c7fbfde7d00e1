import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { compileGoTemplate, GoTemplateError } from "../../../../agent/render/go-template/go-template.ts";
import { parseTemplate } from "../../../../agent/render/go-template/index.ts";
import * as types from "../../../../agent/render/go-template/types.ts";
import { toGo } from "../../../../agent/render/go-template/values.ts";

const base = { name: "main.tmpl", partials: [], leftDelimiter: "{{", rightDelimiter: "}}", functions: {} };

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
    const { message, templateName, line, column } = errorOf(() => compileGoTemplate({ ...base, text: "a\nb{{if}}" }));
    assert.equal(message, "template: main.tmpl:2: missing value for if");
    assert.deepEqual({ templateName, line, column }, { templateName: "main.tmpl", line: 2, column: undefined });
  });

  test("an execution error has a column too, in bytes", () => {
    const template = compileGoTemplate({ ...base, text: "a\né {{.x.y}}" });
    const { message, line, column } = errorOf(() => template.execute(toGo(types.anyType, { x: 1 })));
    assert.equal(
      message,
      'template: main.tmpl:2:7: executing "main.tmpl" at <.x.y>: can\'t evaluate field y in type interface {}',
    );
    assert.deepEqual({ line, column }, { line: 2, column: 7 });
  });

  test("an error in a partial names the partial", () => {
    const partials = [{ name: "p.tmpl", text: "\n{{define `p`}}{{len .}}{{end}}" }];
    const template = compileGoTemplate({ ...base, text: "{{template `p` 1}}", partials });
    const error = errorOf(() => template.execute(undefined));
    assert.match(
      error.message,
      /^template: p\.tmpl:2:16: executing "p" at <len \.>: error calling len: len of type int$/,
    );
    assert.equal(error.templateName, "p.tmpl");
    const broken = errorOf(() => compileGoTemplate({ ...base, text: "", partials: [{ name: "q", text: "{{" }] }));
    assert.deepEqual([broken.templateName, broken.message], ["q", "template: q:1: unclosed action"]);
  });

  test("a function with an unknown parameter type is refused at once", () => {
    const functions = { f: { fn: () => "", params: ["chan int"] } };
    assert.throws(() => compileGoTemplate({ ...base, text: "", functions }), /"chan int" is not a known Go type/);
  });
});

suite("functions", () => {
  test("those of an execution stand in for those of the compilation", () => {
    const functions = { name: { fn: () => "compiled", params: [] } };
    const template = compileGoTemplate({ ...base, text: "{{name}}", functions });
    assert.equal(template.execute(undefined, { name: { fn: () => "executed", params: [] } }), "executed");
    assert.equal(template.execute(undefined), "compiled");
  });

  test("the user's win over the built-ins, and over break and continue", () => {
    const functions = { len: { fn: () => "mine", params: [] }, break: { fn: () => "broken", params: [] } };
    assert.equal(
      compileGoTemplate({ ...base, text: "{{len}} {{break}}", functions }).execute(undefined),
      "mine broken",
    );
  });
});

suite("data", () => {
  test("typed by Go types: an unknown field is an error, a missing map key the zero value", () => {
    const host = types.structOf("main.Host", { Host: types.stringType, Port: types.intType });
    const root = types.pointerTo(
      types.structOf("main.Data", {
        Hosts: types.sliceOf(host),
        Tags: types.mapOf(types.stringType, types.stringType),
      }),
    );
    const data = toGo(root, { Hosts: [{ Host: "h", Port: 31411 }, { Host: "i" }] });
    const render = (text: string) => compileGoTemplate({ ...base, text }).execute(data);
    assert.equal(
      render("{{range .Hosts}}{{.Host}}:{{.Port}} {{end}}{{index .Tags `x`}}{{.}}"),
      "h:31411 i:0 {[{h 31411} {i 0}] map[]}",
    );
    assert.match(errorOf(() => render("{{.Nope}}")).message, /can't evaluate field Nope in type \*main\.Data$/);
    assert.match(errorOf(() => render("{{range .Hosts}}{{.Nope}}{{end}}")).message, /in type main\.Host$/);
  });

  test("plain: whole numbers are ints, others floats, null nil", () => {
    const options = { name: "t", leftDelimiter: "<%", rightDelimiter: "%>" };
    const functions = { twice: { fn: (value: number) => value * 2, params: ["int"] } };
    const text = "<%.port%> <%.ratio%> <%.none%> <%printf `%T %T %T %T` .port .ratio .list .map%> <%twice .port%>";
    const data = { port: 1000000, ratio: 0.5, none: null, list: [1], map: new Map([["a", 1]]) };
    assert.equal(
      parseTemplate({ ...options, text, functions }).execute(data),
      "1000000 0.5 <no value> int float64 []interface {} map[string]interface {} 2000000",
    );
  });

  test("bytes that are no UTF-8 survive, and halves of a character meet again", () => {
    const text = "{{$a := slice .s 0 1}}{{$b := slice .s 1}}{{printf `%q` $a}}{{$a}}{{$b}}";
    const template = compileGoTemplate({ ...base, text });
    assert.equal(template.execute(toGo(types.anyType, { s: "é" })), '"\\xc3"é');
  });
});
