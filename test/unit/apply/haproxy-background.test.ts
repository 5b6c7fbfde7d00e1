import assert from "node:assert/strict";
import { test } from "node:test";
import { createDrains } from "../../../agent/apply/drains.ts";
import { createBackground } from "../../../agent/apply/haproxy-background.ts";
import type { HaproxySettings } from "../../../agent/apply/haproxy-settings.ts";
import { createLock } from "../../../agent/apply/lock.ts";
import { noObserver } from "../../../agent/apply/proxy-observer.ts";
import { createWake } from "../../../agent/clock.ts";
import { fakeClock } from "../agent/fake-clock.ts";

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

test("a stop while HAProxy is asked is an end like any other", async () => {
  const stop = new AbortController();
  const { run, wake } = background(() => stop.abort());
  const ended = run(stop.signal);
  wake.ring();
  assert.equal(await ended, undefined);
});
