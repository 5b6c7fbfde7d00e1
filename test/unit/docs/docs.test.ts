import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { etaEngine } from "../../../agent/render/eta.ts";
import * as helpers from "../../../agent/render/helpers.ts";
import { healthReport } from "../../../agent/status/health.ts";
import { codeBlocks, find, readText, root } from "../examples/files.ts";
import { configOf, dataOf, vhostOf, world } from "../render/fixtures.ts";
import { newBoard } from "../status/fixtures.ts";

const documents = ["README.md", "CONTRIBUTING.md", ...find("docs/*.md")];
const texts = documents.map((path) => ({ path, text: readText(path) }));
const all = texts.map((one) => one.text).join("\n");
const named = new Set([...all.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name));

function assertNamed(names: Iterable<string>): void {
  for (const name of names) assert.ok(named.has(name), `no document names ${name}`);
}

describe("the documentation names", () => {
  test("every variable that the agent reads", () => {
    const source = readText("agent/config/environment.ts");
    const names = [...source.matchAll(/"((?:DROVE|NGINX|CONFIG|TEMPLATE)_[A-Z_]+[A-Z])"/g)].flatMap((m) => m[1] ?? []);
    assert.ok(names.length >= 11, names.join(" "));
    const others = ["DROVE_GATEWAY_NOTIFY_FD", "DROVE_GATEWAY_DEFAULTS", "DROVE_GATEWAY_<KEY>", "DEBUG", "TZ"];
    assertNamed([...names, ...others]);
  });

  test("every variable that the image's scripts read", () => {
    const known = new Set(["PATH", "HOME"]);
    const scripts = find("{image,s6-overlay}/**/*").filter((path) => !/\.(toml|cjs|ts)$/.test(path));
    const read = scripts.flatMap((path) =>
      [...readText(path).matchAll(/\$\{?([A-Z][A-Z_]{3,})/g)].map((m) => m[1] ?? ""),
    );
    assert.ok(read.includes("STOP_GRACE_MS"));
    const others = read.filter((name) => !known.has(name) && !name.startsWith("DROVE_GATEWAY_"));
    assertNamed(others);
  });

  test("everything that templates see", () => {
    const flat = configOf({ legacy_flat: true });
    assertNamed(Object.keys(dataOf({}, { config: flat, ipv6: false, proxyVersion: undefined })));
    const signatures = [...named].map((name) => name?.replace(/\(.*$/, ""));
    for (const name of [...Object.keys(helpers), "getenv", "datetime"]) assert.ok(signatures.includes(name), name);
  });

  test("every key of the health, and every code of a note", () => {
    const { body } = healthReport(newBoard());
    assert.ok(Object.keys(body).length > 10);
    assertNamed(Object.keys(body));
    const codes = /export type NoteCode =([^;]+);/.exec(readText("agent/codes.ts"))?.[1] ?? "";
    const notes = [...codes.matchAll(/"([^"]+)"/g)].flatMap((match) => match[1] ?? []);
    assertNamed(notes);
    const emitting = find("agent/{apply,cli,config,desired,drove,inputs}/*.ts")
      .concat("agent/report.ts")
      .map(readText)
      .join("\n");
    for (const code of notes) assert.ok(emitting.includes(`code: "${code}"`) || emitting.includes(`"${code}",`), code);
  });

  test("what each metric is for, among the questions of operations.md", () => {
    const operations = readText("docs/operations.md");
    const metrics = [...readText("docs/metrics.md").matchAll(/^\| `(?:drove_gateway_)?([a-z_]+)` \|/gm)].map(
      ([, name]) => name,
    );
    assert.ok(metrics.length > 40);
    for (const name of metrics) assert.ok(operations.includes(`\`${name}\``), name);
  });

  test("every path of the API, every reason of a reload and every error that exits with 78", () => {
    const sources = ["agent/status/api.ts", "agent/operator-routes.ts", "agent/status-routes.ts"]
      .map(readText)
      .join("\n");
    const paths = [...sources.matchAll(/\["(\/[^"]*)", \{/g)].map((match) => match[1] ?? "");
    assert.ok(paths.length >= 11, paths.join(" "));
    for (const path of paths)
      assert.ok(
        ["", "GET ", "POST "].some((method) => named.has(method + path)),
        path,
      );
    const reasons = /export type ReasonCode =([^;]+);/.exec(readText("agent/codes.ts"))?.[1] ?? "";
    assertNamed([...reasons.matchAll(/"([^"]+)"/g)].flatMap((match) => match[1] ?? []));
  });
});

describe("what the documentation shows", () => {
  for (const [index, { path, code }] of blocks("toml").entries()) {
    test(`TOML ${index + 1}, of ${path}, is a whole configuration without a warning`, () => {
      assert.deepEqual(parseConfig(code, path).notes, []);
    });
  }

  for (const [index, { path, code: text }] of blocks("eta").entries()) {
    test(`template ${index + 1}, of ${path}, renders`, () => {
      const source = { path, text, partials: [] };
      const template = etaEngine.compile(source, { leftDelimiter: "{{", rightDelimiter: "}}" });
      const vhosts = [vhostOf("a.test"), vhostOf("empty.test", { members: [] })];
      assert.match(template.render(dataOf({ vhosts }), world), /server_name a\.test;/);
    });
  }

  test("links that lead somewhere", () => {
    for (const path of find("{README.md,CHANGELOG.md,CONTRIBUTING.md,docs/**/*.md,examples/**/*.md}")) {
      for (const [, target = ""] of readText(path).matchAll(/\]\(([^)#:]+)\)/g)) {
        assert.ok(existsSync(join(root, path, "..", target)), `${path}: ${target}`);
      }
    }
  });

  test("commands that package.json has", () => {
    const { scripts } = JSON.parse(readText("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    for (const [, name = ""] of all.matchAll(/npm run ([\w:]+)/g)) assert.ok(name in scripts, name);
  });
});

/** The code blocks of all documents that are marked with this language. */
function blocks(language: string): readonly { readonly path: string; readonly code: string }[] {
  return texts.flatMap(({ path, text }) => codeBlocks(text, language).map((code) => ({ path, code })));
}
