import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { Inputs } from "../../../agent/agent.ts";
import { createWake } from "../../../agent/clock.ts";
import type { LoadedConfig } from "../../../agent/config/load.ts";
import { AgentError, messageOf } from "../../../agent/errors.ts";
import { createRefresher, type Refreshed } from "../../../agent/inputs/refresh.ts";
import { fakeClock, until } from "../agent/fake-clock.ts";
import { dataOf, world } from "../render/fixtures.ts";
import { engineSettings, folderWith, loadedOf } from "./fixtures.ts";

/** A refresher over a template and a configuration that tests edit. */
async function refreshing(
  t: TestContext,
  { files, settings }: { readonly files?: Readonly<Record<string, string>>; readonly settings?: object } = {},
) {
  const folder = await folderWith(t, { "main.eta": "one", ...files });
  const template = join(folder, "main.eta");
  const base = { nginx_template: template, ...settings };
  const loaded = loadedOf(base);
  const next: { answer: LoadedConfig | AgentError } = { answer: loaded };
  const inputs: Inputs[] = [];
  const told: Refreshed[] = [];
  const refresher = createRefresher({
    ...engineSettings("/share"),
    loaded,
    reload: async () => {
      if (next.answer instanceof AgentError) throw next.answer;
      return next.answer;
    },
    onInputs: (one) => inputs.push(one),
    onRefreshed: (one) => told.push(one),
  });
  await refresher.refresh();
  const shown = () => inputs.at(-1)?.template.render(dataOf(), world);
  return { folder, template, base, next, inputs, told, refresher, shown };
}

describe("at first", () => {
  test("the configuration is that of the start, with its template", async (t) => {
    const { inputs, told, shown, refresher, template, folder } = await refreshing(t);
    assert.equal(inputs.length, 1);
    assert.equal(shown(), "one");
    assert.deepEqual(told, [
      { configError: undefined, templateError: undefined, notes: [], changed: [], templateChanged: true },
    ]);
    assert.deepEqual(refresher.files(), ["/etc/nixy.toml", template, join(folder, "partials")]);
  });
});

describe("the template", () => {
  test("counts as soon as it is edited", async (t) => {
    const { refresher, template, inputs, told, shown } = await refreshing(t);
    await writeFile(template, "two");
    await refresher.refresh();
    assert.deepEqual([shown(), inputs.length, told.at(-1)?.templateChanged], ["two", 2, true]);
  });

  test("that is the same changes nothing", async (t) => {
    const { refresher, template, inputs, told } = await refreshing(t);
    await writeFile(template, "one");
    await refresher.refresh();
    assert.deepEqual([inputs.length, told.at(-1)?.templateChanged], [1, false]);
  });

  test("that is broken or gone is told; the last good one stays, and is watched", async (t) => {
    const { refresher, template, inputs, told, shown } = await refreshing(t);
    await writeFile(template, "<%= it. %>");
    await refresher.refresh();
    assert.match(messageOf(told.at(-1)?.templateError), new RegExp(`^${template}:1: `));
    await rm(template);
    await refresher.refresh();
    assert.match(messageOf(told.at(-1)?.templateError), /^cannot read the template /);
    assert.deepEqual([shown(), inputs.length], ["one", 1]);
    assert.ok(refresher.files().includes(template));
    await writeFile(template, "two");
    await refresher.refresh();
    assert.deepEqual([shown(), told.at(-1)?.templateError], ["two", undefined]);
  });

  test("whose partial does not compile has that partial watched, from the very start", async (t) => {
    const { refresher, folder, told, shown } = await refreshing(t, {
      files: { "main.eta": '<%~ include("a") %>', "partials/a.eta": "<%= it. %>" },
    });
    const partial = join(folder, "partials", "a.eta");
    assert.match(messageOf(told.at(-1)?.templateError), new RegExp(`^${partial}:1: `));
    assert.equal(shown(), undefined);
    assert.ok(refresher.files().includes(partial), "or nobody would notice that it is corrected");
    await writeFile(partial, "A");
    await refresher.refresh();
    assert.deepEqual([shown(), told.at(-1)?.templateError], ["A", undefined]);
  });

  test("that is another one and does not compile has all its files watched", async (t) => {
    const { refresher, folder, next, shown } = await refreshing(t, {
      files: { "other/main.eta": '<%~ include("a") %>', "other/partials/a.eta": "<%= it. %>" },
    });
    next.answer = loadedOf({ nginx_template: join(folder, "other", "main.eta") });
    await refresher.refresh();
    assert.equal(shown(), "one");
    const files = ["other/main.eta", "other/partials/a.eta", "other/partials"].map((name) => join(folder, name));
    assert.deepEqual(refresher.files(), ["/etc/nixy.toml", ...files]);
    await rm(join(folder, "other", "main.eta"));
    await refresher.refresh();
    assert.deepEqual(refresher.files(), ["/etc/nixy.toml", ...files], "also while it cannot be read");
  });
});

describe("the configuration", () => {
  test("counts as far as it can while running; the rest is named", async (t) => {
    const { refresher, base, next, inputs, told } = await refreshing(t);
    next.answer = loadedOf({ ...base, proxy_port: 7001, port: 6002 }, { files: ["/etc/other.toml"] });
    await refresher.refresh();
    assert.deepEqual(told.at(-1)?.changed, ["proxy_port"]);
    assert.deepEqual([inputs.at(-1)?.config.proxy_port, inputs.at(-1)?.config.port], [7001, 6000]);
    assert.deepEqual(told.at(-1)?.notes, [
      {
        code: "restart-needed",
        subject: "port",
        message: "port has changed, but counts only after a restart of the agent",
      },
    ]);
    assert.equal(refresher.files()[0], "/etc/other.toml");
  });

  test("of which nothing can count yet changes no inputs", async (t) => {
    const { refresher, base, next, inputs, told } = await refreshing(t);
    next.answer = loadedOf({ ...base, port: 6002 });
    await refresher.refresh();
    await refresher.refresh();
    assert.deepEqual([inputs.length, told.at(-1)?.changed, told.at(-1)?.notes.length], [1, [], 1]);
    next.answer = loadedOf(base);
    await refresher.refresh();
    assert.deepEqual(told.at(-1)?.notes, [], "taken back, there is nothing to say any more");
  });

  test("that is bad is told; the last good one stays", async (t) => {
    const { refresher, base, next, inputs, told } = await refreshing(t);
    const bad = new AgentError("config-invalid", "x");
    next.answer = bad;
    await refresher.refresh();
    assert.deepEqual([told.at(-1)?.configError, inputs.length], [bad, 1]);
    next.answer = loadedOf({ ...base, proxy_port: 7001 });
    await refresher.refresh();
    assert.deepEqual([told.at(-1)?.configError, inputs.at(-1)?.config.proxy_port], [undefined, 7001]);
  });

  test("has certificate and key of the API watched, those that it has until a restart", async (t) => {
    const tls = (folder: string) => ({
      port_use_tls: true,
      port_tls_certfile: `/etc/${folder}/c.pem`,
      port_tls_keyfile: `/etc/${folder}/k.pem`,
    });
    const { refresher, base, next } = await refreshing(t, { settings: tls("old") });
    const watched = () => refresher.files().filter((file) => file.endsWith(".pem"));
    assert.deepEqual(watched(), ["/etc/old/c.pem", "/etc/old/k.pem"]);
    next.answer = loadedOf({ ...base, ...tls("new") });
    await refresher.refresh();
    assert.deepEqual(watched(), ["/etc/old/c.pem", "/etc/old/k.pem"]);
  });

  test("without TLS for the API has no certificate of it watched", async (t) => {
    const settings = { port_use_tls: false, port_tls_certfile: "/etc/c.pem", port_tls_keyfile: "/etc/k.pem" };
    const { refresher } = await refreshing(t, { settings });
    assert.ok(!refresher.files().some((file) => file.endsWith(".pem")));
  });

  test("may name another template", async (t) => {
    const { refresher, folder, next, shown, told } = await refreshing(t);
    const other = join(folder, "other.eta");
    await writeFile(other, "other");
    next.answer = loadedOf({ nginx_template: other });
    await refresher.refresh();
    assert.deepEqual([shown(), told.at(-1)?.changed], ["other", ["nginx_template"]]);
    assert.deepEqual(refresher.files(), ["/etc/nixy.toml", other, join(folder, "partials")]);
  });

  test("that names a template which is not there yet has it watched, and the old one stays", async (t) => {
    const { refresher, folder, next, shown, told } = await refreshing(t);
    const later = join(folder, "later.eta");
    next.answer = loadedOf({ nginx_template: later });
    await refresher.refresh();
    assert.match(messageOf(told.at(-1)?.templateError), /^cannot read the template /);
    assert.equal(shown(), "one");
    assert.ok(refresher.files().includes(later), "or nobody would notice that it came");
    await writeFile(later, "later");
    await refresher.refresh();
    assert.equal(shown(), "later");
  });
});

test("run refreshes when rung, and ends with the signal", async (t) => {
  const { refresher, template, told, shown } = await refreshing(t);
  const clock = fakeClock();
  const wake = createWake(clock);
  const stop = new AbortController();
  const done = refresher.run(wake, stop.signal);
  await clock.asleep();
  assert.equal(told.length, 1, "nothing before the first ring");
  await writeFile(template, "two");
  wake.ring();
  await until(() => told.length === 2);
  assert.equal(shown(), "two");
  stop.abort();
  await done;
  assert.equal(told.length, 2);
});

test("what could not be read is read again by itself, what is wrong is not", async (t) => {
  const { refresher, next, told, base } = await refreshing(t);
  const clock = fakeClock();
  const wake = createWake(clock);
  const stop = new AbortController();
  const done = refresher.run(wake, stop.signal);
  next.answer = new AgentError("config-unreadable", "gateway.toml: cannot be read: EMFILE");
  wake.ring();
  await until(() => told.length === 2);
  next.answer = new AgentError("config-invalid", "port: a number");
  await clock.advance(5000);
  await until(() => told.length === 3);
  next.answer = loadedOf(base);
  await clock.advance(60_000);
  assert.equal(told.length, 3);
  assert.equal(messageOf(told.at(-1)?.configError), "port: a number");
  wake.ring();
  await until(() => told.length === 4);
  stop.abort();
  await done;
});
