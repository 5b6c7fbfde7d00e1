import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createDrains } from "../../../agent/apply/drains.ts";
import { createBackground } from "../../../agent/apply/haproxy-background.ts";
import type { HaproxySettings } from "../../../agent/apply/haproxy-settings.ts";
import { createLock } from "../../../agent/apply/lock.ts";
import { noObserver } from "../../../agent/apply/proxy-observer.ts";
import { createWake } from "../../../agent/clock.ts";
import { fakeClock } from "../agent/fake-clock.ts";
import { newFolder } from "./folder.ts";

const settings = { stateFile: "", diskTimeoutMs: 1000, controlPlaneTimeoutMs: 1000 } as HaproxySettings;

/** What goes on beside the cycles, with a HAProxy that answers nothing until it is given up on. */
function background(onAsked: () => void) {
  const clock = fakeClock();
  const ignored = () => undefined;
  const send = (_: readonly string[], { signal }: { readonly signal: AbortSignal }) => {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(signal.reason));
    onAsked();
    return promise;
  };
  const wake = createWake(clock);
  const made = createBackground({
    settings: () => settings,
    clock,
    drains: createDrains(),
    exclusive: createLock(),
    wake,
    send: () => send,
    observed: ignored,
    observer: noObserver,
    onChange: ignored,
  });
  return { ...made, wake };
}

test("a state file that cannot be written, and is then switched off, is no fault any more", async (t) => {
  const clock = fakeClock();
  const told: unknown[] = [];
  const current = { ...settings, stateFile: join(await newFolder(t), "missing", "state") };
  const { saveStateNow } = createBackground({
    settings: () => current,
    clock,
    drains: createDrains(),
    exclusive: createLock(),
    wake: createWake(clock),
    send: () => async () => [{ ok: true, text: "1" }],
    observed: () => undefined,
    observer: { ...noObserver, stateSaved: (error) => void told.push(error) },
    onChange: () => undefined,
  });
  const forever = new AbortController().signal;
  await saveStateNow(forever);
  assert.match(String(told[0]), /ENOENT/);
  Object.assign(current, { stateFile: "" });
  for (const _ of ["once", "and not again"]) await saveStateNow(forever);
  assert.deepEqual(told.slice(1), [undefined]);
});

test("a stop while HAProxy is asked is an end like any other", async () => {
  const stop = new AbortController();
  const { run, wake } = background(() => stop.abort());
  const ended = run(stop.signal);
  wake.ring();
  assert.equal(await ended, undefined);
});
