import assert from "node:assert/strict";
import { test } from "node:test";
import { functionsOf, readSource } from "./source-files.ts";

const lengths = (text: string) => functionsOf(readSource("x.ts", text)).map(({ line, lines }) => `${line}+${lines}`);

test("functions, methods and arrows are found, with their lengths", () => {
  const text = `
function plain(a: string): void {
  a;
}
const arrow = (a: string) => {
  a;
  a;
};
const object = {
  method(a: string): readonly string[] {
    return [a];
  },
  async asks(): Promise<{ readonly a: string }> {
    return { a: "" };
  },
};`;
  assert.deepEqual(lengths(text), ["2+3", "5+4", "10+3", "13+3"]);
});

test("blocks, types and objects are none", () => {
  const text = `
interface Shape { readonly a: () => string; method(): void }
type Other = { readonly a: string };
if (a) { b(); } else { c(); }
for (const a of b) { c(); }
try { a(); } catch (error) { b(); }
const value = a ? { b } : f(c);
class Some extends Other { readonly a = 1; }`;
  assert.deepEqual(lengths(text), []);
});

test("a function is as long as its own lines", () => {
  const text = `
function factory() {
  const one = 1;
  return {
    method() {
      one;
      one;
    },
  };
}`;
  assert.deepEqual(lengths(text), ["5+4", "2+6"]);
});

test("braces in comments, strings, templates and regular expressions are no braces", () => {
  const text = `
/* { */ // {
const a = "{" + '{' + \`{ \${b({ c: "}" })} {\` + "\\"{";
const d = e.replace(/[{"'/]{2}\\//g, "}") / 2;
function real() { return /{/.test(a); }`;
  const { code } = readSource("x.ts", text);
  assert.deepEqual(lengths(text), ["5+1"]);
  assert.equal(code.length, text.length);
  assert.equal(code.split("{").length, code.split("}").length);
});

test("imports are read with what they are", () => {
  const text = `
import { one, type Two } from "../a/b.ts";
import type { Three } from "./c.ts";
import { type Four, type Five } from "../d.ts";
import * as all from "some-package";
import "node:fs";
export { six } from "./e.ts";
export function seven(x = ".") {}
// import { no } from "./no.ts";
const eight = await import("./f.ts");`;
  const { imports } = readSource("folder/x.ts", text);
  assert.deepEqual(
    imports.map(({ from, isPackage, isType, names }) => [from, isPackage, isType, ...names]),
    [
      ["a/b.ts", false, false, "one", "Two"],
      ["folder/c.ts", false, true, "Three"],
      ["d.ts", false, true, "Four", "Five"],
      ["some-package", true, false],
      ["node:fs", true, false],
      ["folder/e.ts", false, false, "six"],
      ["folder/f.ts", false, false],
    ],
  );
});
