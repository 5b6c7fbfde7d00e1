import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseEngine, type TemplateEngine } from "../../../agent/render/engine.ts";
import { engines } from "../../../agent/render/engines.ts";
import { etaEngine } from "../../../agent/render/eta.ts";

const go: TemplateEngine = { name: "go", extension: ".tmpl", compile: () => assert.fail("not asked for") };
const both = [etaEngine, go];
const chosen = (path: string, engine: "" | "eta" | "go" = "") => chooseEngine(both, { path, engine })?.name;

test("the extension chooses, the setting outweighs it", () => {
  assert.equal(chosen("/t/nginx.conf.eta"), "eta");
  assert.equal(chosen("/t/nginx.tmpl"), "go");
  assert.equal(chosen("/t/nginx.tmpl", "eta"), "eta");
  assert.equal(chosen("/t/nginx.conf.eta", "go"), "go");
});

test("a file without either is a Go template, as in old installations", () => {
  assert.equal(chosen("/etc/nginx/nginx-template"), "go");
});

test("without such an engine there is none", () => {
  assert.equal(chooseEngine([etaEngine], { path: "/t/nginx.conf", engine: "" }), undefined);
});

test("the engines that there are have names and extensions of their own", () => {
  assert.ok(engines.includes(etaEngine));
  assert.equal(new Set(engines.map((one) => one.name)).size, engines.length);
  assert.equal(new Set(engines.map((one) => one.extension)).size, engines.length);
});
