import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { RenderedFile } from "../../../agent/model.ts";
import { generationPlaceholder } from "../../../agent/render/data.ts";
import { renderFile } from "../../../agent/render/render.ts";
import { compile, dataOf, vhostOf, world } from "./fixtures.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const minute = 60_000;

function render(
  text: string,
  options: { now: number; current?: Pick<RenderedFile, "text" | "renderedAt">; vhost?: string },
): RenderedFile {
  const data = dataOf({ vhosts: [vhostOf(options.vhost ?? "a.test")] });
  const inputs = { template: compile(text), data, path: "/etc/x.conf", world, hash, essence: (whole: string) => whole };
  return renderFile(inputs, { current: options.current, now: options.now });
}

test("the generation stands wherever the template wants it, and names the whole text", () => {
  const file = render("# <%= it.Generation %>\nreturn 200 <%= it.Generation %>;\n", { now: 1 });
  assert.match(file.generation, /^[0-9a-f]{16}$/);
  assert.equal(file.text, `# ${file.generation}\nreturn 200 ${file.generation};\n`);
  assert.equal(file.carriesGeneration, true);
  assert.equal(file.generation, hash(`# ${generationPlaceholder}\nreturn 200 ${generationPlaceholder};\n`));
  assert.equal(file.path, "/etc/x.conf");
});

test("a text that does not carry it has one all the same", () => {
  const file = render("plain", { now: 1 });
  assert.deepEqual([file.text, file.carriesGeneration, file.generation], ["plain", false, hash("plain")]);
});

test("equal input gives an equal file, another vhost another generation", () => {
  const text = "<%= it.Generation %> <%= it.Vhosts[0].Vhost %>";
  assert.deepEqual(render(text, { now: 1 }), render(text, { now: 1 }));
  assert.notEqual(render(text, { now: 1 }).generation, render(text, { now: 1, vhost: "b.test" }).generation);
});

test("a template that prints the time is not changed by the time alone", () => {
  const text = "# <%= it.datetime() %> <%= it.Generation %>\n<%= it.Vhosts[0].Vhost %>";
  const first = render(text, { now: 10 * minute });
  assert.match(first.text, /^# 1970-01-01T00:10:00\.000Z /);
  const later = render(text, { now: 20 * minute, current: first });
  assert.deepEqual(later, first);
});

test("when something else differs the time is that of the change", () => {
  const text = "# <%= it.datetime() %>\n<%= it.Vhosts[0].Vhost %>";
  const first = render(text, { now: 10 * minute });
  const changed = render(text, { now: 20 * minute, current: first, vhost: "b.test" });
  assert.equal(changed.text, "# 1970-01-01T00:20:00.000Z\nb.test");
  assert.equal(changed.renderedAt, 20 * minute);
});

test("a file that tells no time is of the time at which its text changed", () => {
  const text = "<%= it.Vhosts[0].Vhost %>";
  const first = render(text, { now: 10 * minute });
  assert.equal(render(text, { now: 20 * minute, current: first }).renderedAt, 10 * minute);
  assert.equal(render(text, { now: 20 * minute, current: first, vhost: "b.test" }).renderedAt, 20 * minute);
});

test("a file on disk that somebody edited is rendered anew at the present time", () => {
  const text = "# <%= it.datetime() %>";
  const file = render(text, { now: 20 * minute, current: { text: "edited", renderedAt: 10 * minute } });
  assert.equal(file.text, "# 1970-01-01T00:20:00.000Z");
});
