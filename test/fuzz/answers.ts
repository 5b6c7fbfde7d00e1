import { isDeepStrictEqual } from "node:util";
import { systemClock } from "../../agent/clock.ts";
import { parseConfig } from "../../agent/config/parse.ts";
import { buildDesired } from "../../agent/desired/build.ts";
import { beginPoll, decide, initialState, type WatchState } from "../../agent/discovery/decide.ts";
import { createIntake } from "../../agent/discovery/intake.ts";
import { readEventSummary, readPong, readRefusal } from "../../agent/drove/envelope.ts";
import { createListReader } from "../../agent/drove/list-reader.ts";
import { readEndpoints } from "../../agent/drove/schema.ts";
import { AgentError } from "../../agent/errors.ts";
import type { DesiredState, NamespaceSnapshot } from "../../agent/model.ts";
import { malformedApps, wrongEnvelopes } from "../fake/malformed.ts";
import { hostileName, hostileText } from "./hostile-text.ts";
import { createRandom, type Random } from "./random.ts";
import { expectSame, type Fuzz } from "./result.ts";

/*
 * Answers of controllers, good ones broken in every way: each is read or refused in our own words, never anything else
 * happens, and an answer that is refused leaves the state that was there.
 */

const { config } = parseConfig(
  '[[namespaces]]\nname = "fuzz"\ndrove = ["http://d.test:1"]\nrouting_tag = "group"\n',
  "fuzz.toml",
);

/** One cluster's answers after each other, through reading, deciding, taking in, and building the desired state. */
export const fuzzAnswers: Fuzz = async ({ count, seed }) => {
  const random = createRandom(seed);
  const details = { read: 0, refused: 0, "state kept": 0, "other answers": 0, "summaries and pings read": 0 };
  const reader = createListReader();
  const seen: { snapshot: NamespaceSnapshot | undefined; desired: DesiredState | undefined } = {
    snapshot: undefined,
    desired: undefined,
  };
  const intake = createIntake({
    namespace: "fuzz",
    clock: systemClock(),
    observer: silent,
    onSnapshot(snapshot) {
      seen.snapshot = snapshot;
    },
    onConfirmed: () => undefined,
  });
  let state: WatchState = { ...initialState, leader: "http://d.test:1" };
  let good = listOf(random);
  for (let at = 0; at < count; at += 1) {
    good = random.oneIn(20) ? listOf(random) : changed(good, random);
    const text = random.oneIn(4)
      ? JSON.stringify(good)
      : broken(JSON.stringify(good, undefined, random.oneIn(9) ? 1 : 0), random);
    const before = { ...seen };
    const list = attempt(() => reader(text));
    const plain = attempt(() => readEndpoints(text));
    if (!isDeepStrictEqual(list, plain)) throw new Error(`read in part it is something else: ${JSON.stringify(text)}`);
    if (list === undefined) {
      details.refused += 1;
      expectSame(seen.snapshot, before.snapshot, "the state after a refused answer");
      details["state kept"] += 1;
      state = decide(state, { is: "failed", error: new Error("x") }).state;
    } else {
      details.read += 1;
      intake.take(list, { leader: "http://d.test:1", reason: "asked", announced: 0 });
      state = decide({ ...state, leader: "http://d.test:1" }, { is: "listed", at }).state;
    }
    const { snapshot } = seen;
    if (snapshot !== undefined) seen.desired = checked(buildDesired([snapshot], config.namespaces).value);
    // The same text in the place of other answers.
    for (const read of [() => readPong(text), () => readRefusal(text), () => readEventSummary(text)]) attempt(read);
    details["other answers"] += 3;
    const summary = attempt(() => readEventSummary(broken(summaryOf(random), random)));
    if (summary !== undefined) {
      details["summaries and pings read"] += 1;
      state = decide({ ...state, leader: "http://d.test:1" }, { is: "summary", summary }).state;
    }
    state = beginPoll(state, { now: at, resyncMs: 1000, wanted: undefined }).state;
    if (!Number.isSafeInteger(state.lastSyncTime) || state.lastSyncTime < 0)
      throw new Error(`lastSyncTime is ${state.lastSyncTime}`);
  }
  return { generated: count, details };
};

const silent = new Proxy({} as Parameters<typeof createIntake>[0]["observer"], { get: () => () => undefined });

/** Undefined if it was refused as it should be; anything else than our own refusal goes on. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AgentError && error.code === "controller-garbage") return undefined;
    throw error;
  }
}

/** What no later stage looks at again. */
function checked(desired: DesiredState): DesiredState {
  for (const { name, members, groups } of desired.vhosts) {
    const fault =
      !/^(\*\.)?[a-z0-9_.-]{1,253}$/.test(name) ||
      groups.some((group) => !/^(\*\.)?[a-z0-9_.:-]+$/.test(group.name)) ||
      members.some((one) => !/^[a-z0-9_.:-]+$/.test(one.host) || !(one.port >= 1 && one.port <= 65_535));
    if (fault) throw new Error(`${JSON.stringify({ name, members, groups })} got through`);
  }
  return desired;
}

interface List {
  readonly status: string;
  readonly data: readonly unknown[];
  readonly message: string;
}

function listOf(random: Random): List {
  const data = Array.from({ length: random.below(8) }, () => appOf(random));
  return { status: "SUCCESS", data, message: "success" };
}

function appOf(random: Random): unknown {
  if (random.oneIn(8)) return malformedApps[random.below(malformedApps.length)];
  const hosts = Array.from({ length: random.below(4) }, () => ({
    host: random.oneIn(4) ? hostileName(random) : `10.0.0.${random.below(256)}`,
    port: random.oneIn(9) ? random.pick([0, -1, 65_536, 1e300, 1.5]) : 1 + random.below(65_535),
    portType: random.oneIn(9) ? hostileText(random) : random.pick(["HTTP", "HTTPS", "TCP"]),
  }));
  const tags = random.oneIn(3)
    ? null
    : { group: hostileText(random, { longest: 3 }), [hostileText(random)]: hostileText(random) };
  return {
    appName: hostileText(random),
    appId: `${hostileText(random)}-${random.below(50)}`,
    vhost: hostileName(random),
    tags,
    hosts,
  };
}

/** The list of the next poll: mostly the same. */
function changed(list: List, random: Random): List {
  const data = [...list.data];
  const at = random.below(data.length + 1);
  if (random.oneIn(3)) data.splice(at, 1);
  else data.splice(at, random.below(2), appOf(random));
  return { ...list, data };
}

function summaryOf(random: Random): string {
  const eventsCount = { APP_STATE_CHANGE: random.below(3), [hostileText(random)]: random.below(9) };
  return JSON.stringify({ status: "SUCCESS", data: { eventsCount, lastSyncTime: random.below(2 ** 31) }, message: "" });
}

const junk = [
  ...[
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "null",
    "true",
    "1e999",
    "-",
    "0x1",
    "\u0000",
    "\ufeff",
    " ",
    "\n",
    "NaN",
  ],
  ...[
    '"__proto__":{"x":1}',
    '"appId":7',
    '"data":[]',
    '"status":"FAILED"',
    "\\ud800",
    "\\u0000",
    "[[[[",
    "{{{{",
    "/**/",
    "//",
  ],
] as const;

/** The text with something of it changed, lost, doubled or put in its place. */
function broken(text: string, random: Random): string {
  const how = random.below(10);
  if (how === 0) return text;
  if (how === 1) return JSON.stringify(random.pick(Object.values(wrongEnvelopes) as [unknown, ...unknown[]]));
  if (how === 2) return hostileText(random);
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.below(20));
  if (how === 3) return text.slice(0, at);
  if (how === 4) return text.slice(0, at) + text.slice(to);
  if (how === 5) return text.slice(0, to) + text.slice(at);
  if (how === 6) return text.slice(0, at) + String.fromCharCode(random.below(0x10000)) + text.slice(at + 1);
  if (how === 7)
    return text.slice(0, at) + random.pick(junk).repeat(1 + random.below(random.oneIn(50) ? 5000 : 2)) + text.slice(at);
  const twice = broken(text, random);
  return how === 8 ? broken(twice, random) : twice;
}
