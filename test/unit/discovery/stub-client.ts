import type { Answer, DroveClient } from "../../../agent/drove/client.ts";
import type { EventSummary } from "../../../agent/drove/envelope.ts";
import type { AppList } from "../../../agent/drove/schema.ts";
import { AgentError } from "../../../agent/errors.ts";
import type { DroveApp } from "../../../agent/model.ts";

/** One controller of a stub cluster. A test changes it as it goes. */
export interface StubController {
  role: "leader" | "standby" | "away" | "hang";
  eventsCount: Record<string, number>;
  lastSyncTime: number;
  apps: readonly DroveApp[];
  /** Calls that fail although the controller leads. */
  broken: readonly ("ping" | "summary" | "endpoints")[];
}

export interface StubClient extends DroveClient {
  controller(endpoint: string): StubController;
  /** Each call so far, e.g. `ping a`, `summary a 0`, `endpoints a`; then forgets them. */
  takeCalls(): readonly string[];
  readonly closed: () => boolean;
}

/** A client without sockets. All controllers are standbys at first. */
export function createStubClient(endpoints: readonly string[]): StubClient {
  const controllers = new Map(endpoints.map((endpoint) => [endpoint, standby()]));
  const calls: string[] = [];
  const memory = { closed: false, list: { value: [], notes: [] } as AppList };

  function controller(endpoint: string): StubController {
    const found = controllers.get(endpoint);
    if (found === undefined) throw new Error(`no controller ${endpoint}`);
    return found;
  }

  async function answer<T>(
    call: { what: "ping" | "summary" | "endpoints"; endpoint: string },
    signal: AbortSignal,
    value: (one: StubController) => T,
  ): Promise<Answer<T>> {
    const one = controller(call.endpoint);
    if (one.role === "hang") await aborted(signal);
    if (one.role === "away") throw failure("controller-unreachable", call.endpoint, "connection refused");
    if (one.role === "standby") return { from: "standby", message: "This node is not the leader controller" };
    if (one.broken.includes(call.what)) throw failure("controller-garbage", call.endpoint, "the answer is not JSON");
    return { from: "leader", value: value(one) };
  }

  function listOf({ apps }: StubController): AppList {
    if (JSON.stringify(apps) !== JSON.stringify(memory.list.value)) memory.list = { value: apps, notes: [] };
    return memory.list;
  }

  return {
    controller,
    takeCalls: () => calls.splice(0).map((call) => call.replaceAll("http://", "")),
    closed: () => memory.closed,
    ping(endpoint, signal) {
      calls.push(`ping ${endpoint}`);
      return answer({ what: "ping", endpoint }, signal, () => "pong" as const);
    },
    eventSummary(endpoint, lastSyncTime, signal) {
      calls.push(`summary ${endpoint} ${lastSyncTime}`);
      return answer({ what: "summary", endpoint }, signal, (one) => takeEvents(one, lastSyncTime));
    },
    endpoints(endpoint, signal) {
      calls.push(`endpoints ${endpoint}`);
      return answer({ what: "endpoints", endpoint }, signal, listOf);
    },
    async close() {
      memory.closed = true;
    },
  };
}

function standby(): StubController {
  return { role: "standby", eventsCount: {}, lastSyncTime: 0, apps: [], broken: [] };
}

function takeEvents(one: StubController, asked: number): EventSummary {
  const { eventsCount } = one;
  one.eventsCount = {};
  return { eventsCount, lastSyncTime: one.lastSyncTime === 0 ? asked : one.lastSyncTime };
}

function failure(code: "controller-unreachable" | "controller-garbage", endpoint: string, what: string): AgentError {
  return new AgentError(code, `namespace blue, controller ${endpoint}: ${what}`);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** An app with `hosts` instances. */
export function app(name: string, hosts = 1): DroveApp {
  const instances = Array.from({ length: hosts }, (_, index) => ({
    host: "10.0.0.1",
    port: 31_000 + index,
    portType: "HTTP",
  }));
  return { appName: name, appId: `${name}-1`, vhost: `${name}.test`, tags: {}, hosts: instances };
}
