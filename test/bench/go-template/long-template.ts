import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTemplate } from "../../../agent/render/go-template/index.ts";

/** The bench's template, as a user of the Go gateway would have it. */
export const templatePath = join(import.meta.dirname, "nginx.tmpl");

const lines = readFileSync(templatePath, "utf8").trimEnd().split("\n");
const copies = Math.ceil(2000 / lines.length);
const text = Array(copies).fill(lines.join("\n")).join("\n");

/** Parses at least 2,000 lines: that template over and over. */
export function parseLong(): void {
  parseTemplate({ name: "long.tmpl", text, functions: { datetime: { fn: () => "", params: [] } } });
}
