import { readdir } from "node:fs/promises";
import { messageOf } from "../../agent/errors.ts";
import { type Answer, ask } from "../real/support/ask.ts";
import type { Fleet, Member } from "./fleet.ts";
import type { Ledger } from "./ledger.ts";
import type { ProxyUnderTest } from "./proxy-under-test.ts";

/** How the agent should be when all is in step: well, or rightly complaining about what a step has broken. */
export type AgentState = "well" | "complaining" | "gone";

export interface OracleParts {
  readonly proxy: ProxyUnderTest;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly ports: { readonly proxy: number; readonly api: number };
  readonly now: () => number;
}

/**
 * Looks until everything is as the cluster says, and no longer than `deadlineMs`; returns how many ms that took. Throws
 * with the first thing that is not so. It asks the proxy itself for its servers, and then sends requests: every
 * instance must answer under its vhost, nobody else may, and hosts that no app has are answered by nobody.
 */
export async function checkAll(
  parts: OracleParts,
  { agent = "well", deadlineMs = 90_000 }: { readonly agent?: AgentState; readonly deadlineMs?: number } = {},
): Promise<number> {
  const begun = parts.now();
  for (;;) {
    const wrong = await look(parts, agent).catch((error: unknown) => `the oracle could not look: ${messageOf(error)}`);
    const tookMs = parts.now() - begun;
    if (wrong === undefined) return tookMs;
    if (tookMs > deadlineMs) throw new Error(`not in step after ${Math.round(tookMs / 1000)} s: ${wrong}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The first thing that is not as it should be. */
async function look(parts: OracleParts, agent: AgentState): Promise<string | undefined> {
  return (
    (await compareServers(parts)) ??
    (await lookAtAgent(parts, agent)) ??
    ((await parts.proxy.isQuiet()) ? undefined : "a former worker still serves") ??
    (await visitAll(parts))
  );
}

async function compareServers({ proxy, fleet }: OracleParts): Promise<string | undefined> {
  const serving = await proxy.serving();
  const wanted = new Map(fleet.vhosts().map((vhost) => [vhost, portsOf(fleet.of(vhost))]));
  for (const [vhost, ports] of wanted) {
    const found = serving.get(vhost);
    if (found === undefined) return `${proxy.name} does not know ${vhost}`;
    if (found.join() !== ports.join()) return `${vhost} has the servers ${found}, and should have ${ports}`;
  }
  const extra = [...serving.keys()].find((vhost) => !wanted.has(vhost));
  return extra === undefined ? undefined : `${proxy.name} still has ${extra}`;
}

function portsOf(members: readonly Member[]): readonly number[] {
  return members.map((one) => one.port).sort((a, b) => a - b);
}

async function lookAtAgent({ proxy, ports }: OracleParts, state: AgentState): Promise<string | undefined> {
  if (state === "gone") return undefined;
  for (const path of state === "well" ? ["/v1/live", "/v1/ready", "/v1/health"] : ["/v1/live"]) {
    const { status, body } = await ask({ port: ports.api, path });
    if (status !== 200) return `${path} says ${status}: ${body.slice(0, 600)}`;
  }
  const left = (await readdir(proxy.configFolder)).filter((name) => name.startsWith(".") && !isKept(name));
  return left.length === 0 || state !== "well" ? undefined : `left beside the config file: ${left.join(" ")}`;
}

/** A refused config is kept for its reader until the next one is accepted. */
function isKept(name: string): boolean {
  return name.endsWith(".refused");
}

async function visitAll(parts: OracleParts): Promise<string | undefined> {
  const { fleet } = parts;
  for (const vhost of fleet.vhosts()) {
    const wrong = await visitVhost(parts, vhost);
    if (wrong !== undefined) return wrong;
  }
  for (const vhost of [...fleet.formerVhosts(), "never.was.test"]) {
    const answer = await visit(parts, vhost);
    if (instanceOf(answer) !== undefined) return `${vhost} is gone, and ${instanceOf(answer)} answers for it`;
    if (answer.status !== 503) return `${vhost} is gone, and is answered with ${answer.status}`;
  }
  return undefined;
}

/** By chance one of several instances may be missed often, but not this often. */
const mostVisits = (instances: number) => 40 * instances;

async function visitVhost(parts: OracleParts, vhost: string): Promise<string | undefined> {
  const missing = new Set(parts.fleet.of(vhost).map((one) => one.instance));
  const known = new Set(missing);
  if (known.size === 0) {
    const { status, headers } = await visit(parts, vhost);
    const isRight = status === 503 && headers["retry-after"] !== undefined;
    return isRight ? undefined : `${vhost} has no instance, and is answered with ${status}`;
  }
  for (let visits = 0; missing.size > 0; visits += 1) {
    if (visits > mostVisits(known.size)) return `${vhost} never reached ${[...missing].join(" ")}`;
    const answer = await visit(parts, vhost);
    const instance = instanceOf(answer);
    if (answer.status !== 200 || instance === undefined) return `${vhost} is answered with ${answer.status}`;
    if (!known.has(instance)) return `${vhost} is answered by ${instance}, and has ${[...known].join(" ")}`;
    missing.delete(instance);
  }
  return undefined;
}

function visit({ ports }: OracleParts, vhost: string): Promise<Answer> {
  return ask({ port: ports.proxy, vhost });
}

function instanceOf({ headers }: Answer): string | undefined {
  const instance = headers["x-instance-id"];
  return typeof instance === "string" ? instance : undefined;
}
