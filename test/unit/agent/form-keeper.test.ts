import assert from "node:assert/strict";
import { test } from "node:test";
import { createFormKeeper } from "../../../agent/form-keeper.ts";
import type { KeptForm } from "../../../agent/quarantine/kept-form.ts";
import type { FormFile } from "../../../agent/records/form-file.ts";
import { recordingLogger } from "../status/fixtures.ts";
import { fakeClock, until } from "./fake-clock.ts";

/** A keeper whose file fails when it is told to, and what it said. */
function started(options: { readonly file?: false } = {}) {
  const clock = fakeClock();
  const saved: number[] = [];
  const said: string[] = [];
  const say = (level: string) => (message: string) => void said.push(`${level} ${message}`);
  const disk = { fails: false, tried: 0 };
  const work = async () => {
    disk.tried += 1;
    if (disk.fails) throw new Error("no space");
  };
  const file: FormFile = {
    load: async () => {
      await work();
      return formsOf(1);
    },
    save: async (forms) => {
      await work();
      saved.push(forms.length);
      return forms.length;
    },
  };
  const log = { ...recordingLogger(), info: say("info"), warn: say("warn") };
  const keeper = createFormKeeper({ file: options.file === false ? undefined : file, clock, log });
  return { clock, keeper, saved, said, disk };
}

function formsOf(count: number): readonly KeptForm[] {
  return Array.from({ length: count }, (_, at) => {
    const app = { appName: "a", appId: `a-${at}`, vhost: "a.test", tags: {}, hosts: [] };
    return { namespace: "a", since: 1, app };
  });
}

test("the newest forms are saved, one write at a time", async () => {
  const { keeper, saved } = started();
  for (const count of [1, 2, 3]) keeper.keep(formsOf(count));
  await keeper.stop();
  assert.deepEqual(saved, [1, 3]);
});

test("what fails is told once and tried again, until it works or the agent stops", async () => {
  const { keeper, saved, said, disk, clock } = started();
  disk.fails = true;
  keeper.keep(formsOf(1));
  await until(() => clock.sleeping().length > 0);
  keeper.keep(formsOf(2));
  await clock.advance(10_000);
  await until(() => disk.tried === 2 && clock.sleeping().length > 0);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /^warn .* not kept on disk/);
  disk.fails = false;
  await clock.advance(10_000);
  await until(() => saved.length > 0);
  assert.deepEqual(saved, [2]);
  assert.match(said[1] ?? "", /^info .* again/);
  disk.fails = true;
  keeper.keep(formsOf(1));
  await until(() => clock.sleeping().length > 0);
  await keeper.stop();
  assert.equal(disk.tried, 5);
});

test("what cannot be read is told, and nothing is remembered", async () => {
  const { keeper, said, disk } = started();
  assert.equal((await keeper.restore()).length, 1);
  disk.fails = true;
  assert.deepEqual(await keeper.restore(), []);
  assert.match(said[0] ?? "", /^warn .* cannot be read/);
});

test("without a directory for state nothing is kept", async () => {
  const { keeper, disk } = started({ file: false });
  assert.deepEqual(await keeper.restore(), []);
  keeper.keep(formsOf(1));
  await keeper.stop();
  assert.equal(disk.tried, 0);
});
