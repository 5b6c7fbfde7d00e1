import * as v from "valibot";
import { type Clock, systemClock } from "../../../agent/clock.ts";
import { type Config, configSchema } from "../../../agent/config/schema.ts";
import type { Logger } from "../../../agent/log.ts";
import type { DesiredState, Member, Vhost } from "../../../agent/model.ts";
import type { Board, NamespaceStatus } from "../../../agent/status/board.ts";
import { createBoard } from "../../../agent/status/board.ts";
import type { startApi } from "../../../agent/status/http.ts";
import { createMetrics } from "../../../agent/status/metrics.ts";

type ApiOptions = Parameters<typeof startApi>[0];

/** 2026-01-02T03:04:05.000Z */
export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

const build = { version: "1.2.3", commit: "abcdef0", date: "2026-01-01" };

/** A board of an agent that has just started, with the given namespaces. */
export function newBoard(namespaces: readonly string[] = ["alpha"]): Board {
  return createBoard({ build, namespaces, turn: { at: startedAt, monotonic: 1000, longestIntervalMs: 2000 } });
}

/** A namespace that is served by its second controller. */
export function served(namespace: string, changes: Partial<NamespaceStatus> = {}): NamespaceStatus {
  return {
    namespace,
    healthy: true,
    message: "OK",
    source: "controller",
    fetchedAt: startedAt + 1000,
    endpoints: [
      { endpoint: "https://one.test:8080", healthy: false, message: "connection refused" },
      { endpoint: "https://two.test:8080", healthy: true, message: "OK" },
    ],
    ...changes,
  };
}

export function member(host: string, port: number): Member {
  return { host, port, portType: "http" };
}

export function vhost(name: string, members: readonly Member[]): Vhost {
  return {
    name,
    appIds: [`${name}-1`],
    namespaces: ["alpha"],
    members,
    tags: { color: "blue" },
    groups: [{ name, members, tags: {} }],
    routingTagKey: "",
  };
}

export function desired(vhosts: readonly Vhost[]): DesiredState {
  const leader = { endpoint: "https://two.test:8080", host: "two.test", port: 8080 };
  return { vhosts, namespaces: [{ name: "alpha", leaderVhost: "drove.test", leader, routingTag: "" }] };
}

/** A whole configuration on a free loopback port. `port` 0 is no valid setting, but what tests need. */
export function config(changes: Readonly<Record<string, unknown>> = {}): Config {
  const namespaces = [{ name: "alpha", drove: ["https://one.test:8080"] }];
  return { ...v.parse(configSchema, { namespaces, ...changes }), port: 0 };
}

/** The clock of the machine, but it is always this time: however slow a test is, no loop is stuck. */
export function clockAt(now: number, monotonic: number): Clock {
  return { ...systemClock(), now: () => now, monotonic: () => monotonic };
}

/** Keeps what was logged. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const log = (message: string, facts?: unknown) => void lines.push(`${message} ${JSON.stringify(facts)}`);
  return { lines, trace: log, debug: log, info: log, warn: log, error: log, setLevel: () => undefined };
}

/** What an API of an agent that has just started is made of. */
export function apiOptions(changes: Partial<ApiOptions> = {}): ApiOptions {
  return {
    config: () => config(),
    board: () => newBoard(),
    metrics: createMetrics(),
    onReload: () => "queued",
    operator: new Map(),
    clock: clockAt(startedAt, 1000),
    logger: recordingLogger(),
    signal: new AbortController().signal,
    ...changes,
  };
}
