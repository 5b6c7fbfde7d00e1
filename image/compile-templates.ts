/*
 * Compiles the shipped templates for the bundle, which takes 4 ms of each start of a container else. A template that was
 * edited has another text, and is compiled when it is read, as everywhere else.
 * Usage: compile-templates.ts OUTPUT
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { partialText, sourceOf } from "../agent/render/eta.ts";

const [output = ""] = process.argv.slice(2);
const templates = join(import.meta.dirname, "..", "templates");

const read = (path: string) => readFileSync(join(templates, path), "utf8");
const texts = [
  ...globSync("*/*.eta", { cwd: templates }).map(read),
  ...globSync("*/partials/*.eta", { cwd: templates }).map((path) => partialText(read(path))),
];
// As Eta itself makes a function of it, by `new Function`.
const entries = texts.map((text) => `[${JSON.stringify(text)}, function (it, options) {\n${sourceOf(text)}\n}]`);
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `export const shippedForms = new Map([\n${entries.join(",\n")},\n]);\n`);
