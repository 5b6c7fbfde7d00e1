import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { readTemplate } from "../../../agent/inputs/template-files.ts";
import type { TemplateSource } from "../../../agent/render/engine.ts";
import { goEngine } from "../../../agent/render/go.ts";
import { configOf, dataOf, failureOf, vhostOf, world } from "./fixtures.ts";

const delimiters = { leftDelimiter: "{{", rightDelimiter: "}}" };
const data = dataOf({ vhosts: [vhostOf("a.test"), vhostOf("empty.test", { members: [] })] });

function compile(text: string, partials: TemplateSource["partials"] = []) {
  return goEngine.compile({ path: "/t/nginx.tmpl", text, partials }, delimiters);
}

function partial(name: string, text: string) {
  return { name, path: `/t/partials/${name}.tmpl`, text };
}

suite("the gateway's data in Go templates", () => {
  test("has Go's types: ports are ints, unknown fields errors, apps are those with instances", () => {
    const text =
      "{{range $v, $a := .Apps}}{{$v}}{{range .Hosts}} {{hostport .Host .Port}}{{end}}{{end}} {{len .Vhosts}}";
    assert.equal(compile(text).render(data, world), "a.test 10.0.0.1:8080 2");
    assert.equal(compile("{{printf `%T %T` . .Apps}}").render(data, world), "*main.RenderingData map[string]main.App");
  });

  test("is the world of each rendering, not that of the first", () => {
    const template = compile("{{getenv `HOME`}} {{datetime.Year}}");
    assert.equal(template.render(data, world), "/root 2026");
    assert.equal(template.render(data, { ...world, environment: { HOME: "/h" }, now: () => 0 }), "/h 1970");
  });

  test("without namespaces has its only namespace's fields at the top", () => {
    const view = { name: "a", leaderVhost: "drove.test", leader: undefined, routingTag: "" };
    const flat = dataOf({ namespaces: [view] }, { config: configOf({ legacy_flat: true }) });
    assert.equal(compile("{{.LeaderVHost}} {{.Leader.Port}}").render(flat, world), "drove.test 0");
  });
});

suite("errors in Go templates", () => {
  test("name file and line, with the line itself, when the template is parsed", () => {
    const error = failureOf(() => compile("a\n  {{if}}\n"));
    assert.match(error.message, /^\/t\/nginx\.tmpl:2: template: nginx\.tmpl:2: missing value for if; correct/);
    assert.deepEqual([error.code, error.facts], ["template-invalid", { line: "{{if}}" }]);
  });

  test("and when it is rendered, in a partial too", () => {
    const template = compile('{{template "p.tmpl" .}}', [partial("p", "\n\n {{.Nope}}")]);
    const error = failureOf(() => template.render(data, world));
    assert.match(
      error.message,
      /^\/t\/partials\/p\.tmpl:3: template: p\.tmpl:3:\d+: executing "p\.tmpl" at <\.Nope>: can't/,
    );
    assert.deepEqual(error.facts, { line: "{{.Nope}}" });
  });
});

suite("partials of Go templates", () => {
  test("are files and patterns that template_partials names; each is a template of its name", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "go-partials-"));
    t.after(() => rm(folder, { recursive: true }));
    const files = {
      "main.tmpl": '{{template "server" .Xproxy}}|{{template "log.tmpl"}}|{{template "upstream"}}',
      "parts/server.tmpl": '{{define "server"}}server {{.}}{{end}}',
      "parts/upstream.tmpl": '{{define "upstream"}}upstream{{end}}',
      "log.tmpl": "log\n",
      "other.tmpl": "{{broken",
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const source = await readTemplate(join(folder, "main.tmpl"), ["parts/*.tmpl", "log.tmpl"]);
    const rendered = goEngine.compile(source, delimiters).render({ ...data, Xproxy: "lb" }, world);
    assert.equal(rendered, "server lb|log\n|upstream");
  });

  test("of the folder partials/ are taken without being named", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "go-partials-"));
    t.after(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, "partials"));
    await writeFile(join(folder, "main.tmpl"), '{{template "a"}}{{template "b.tmpl"}}');
    await writeFile(join(folder, "partials", "a.tmpl"), '{{define "a"}}A{{end}}');
    await writeFile(join(folder, "partials", "b.tmpl"), "B");
    const source = await readTemplate(join(folder, "main.tmpl"), []);
    assert.equal(goEngine.compile(source, delimiters).render(data, world), "AB");
  });
});
