import { inBrackets, withoutBrackets } from "../address.ts";
import type { Plan, Step } from "../model.ts";
import { dnsNameOf, type Seed, seedMark } from "../seeds.ts";
import { serverName } from "../serving.ts";

/**
 * The plan with its steps in its file. While a reload waits, the file stays as it is but for its members: what is answered
 * is what it says.
 */
export function withItsMembers(plan: Plan, { host, port }: { readonly host: string; readonly port: number }): Plan {
  if (plan.writes) return plan;
  const text = withSteps(plan.file.text, [...(plan.taken ?? []), ...plan.steps], `${inBrackets(host)}:${port}`);
  return { ...plan, file: { ...plan.file, text }, writes: text !== plan.file.text };
}

/** The zone with the members of its upstreams changed by these steps, as `withSteps` changes them in the file. */
export function movedBy(
  zone: ReadonlyMap<string, readonly Seed[]>,
  steps: readonly Step[],
  unavailable: { readonly host: string; readonly port: number },
): ReadonlyMap<string, readonly Seed[]> {
  const moved = new Map(zone);
  const none = { address: unavailable.host, port: unavailable.port, weight: 1 };
  for (const [name, changes] of Map.groupBy(steps, (step) => dnsNameOf(step.backend))) {
    const seeds = name === undefined ? undefined : zone.get(name);
    if (name === undefined || seeds === undefined) continue;
    const members = new Map(seeds.map((seed) => [serverName(seed.address, seed.port), seed]));
    members.delete(serverName(none.address, none.port));
    for (const { kind, server } of changes) if (kind === "remove") members.delete(server.name);
    for (const step of changes) {
      if (step.kind === "remove" || members.has(step.server.name)) continue;
      const { address, port, weight = 1 } = step.server;
      members.set(step.server.name, { address, port, weight });
    }
    moved.set(name, members.size > 0 ? [...members.values()] : [none]);
  }
  return moved;
}

/** True if the zone has what these steps bring, and not what they take away. */
export function showsAll(zone: ReadonlyMap<string, readonly Seed[]>, steps: readonly Step[]): boolean {
  return [...Map.groupBy(steps, (step) => dnsNameOf(step.backend) ?? "")].every(([name, changes]) => {
    const members = new Set(zone.get(name)?.map((seed) => serverName(seed.address, seed.port)));
    return changes.every((step) => members.has(step.server.name) === (step.kind !== "remove"));
  });
}

/** An upstream whose members change. */
interface Upstream {
  readonly steps: readonly Step[];
  /** Of the line that makes nginx ask. */
  readonly indent: string;
  readonly parameters: string;
  readonly seeds: string[];
}

/**
 * The text with the members of its upstreams changed by these steps, and nothing else; new ones have the parameters of the
 * line that makes nginx ask. An upstream that loses its last one gets `unavailable`, as host and port.
 */
export function withSteps(text: string, steps: readonly Step[], unavailable: string): string {
  const changes = Map.groupBy(steps, (step) => dnsNameOf(step.backend));
  const kept: string[] = [];
  let current: Upstream | undefined;
  const end = () => {
    if (current !== undefined) kept.push(...changedSeeds(current, unavailable));
    current = undefined;
  };
  for (const one of text.split("\n")) {
    const { name, indent = "", parameters = "" } = askingLine.exec(one)?.groups ?? {};
    if (current !== undefined && one.endsWith(seedMark)) {
      current.seeds.push(one);
      continue;
    }
    end();
    kept.push(one);
    const due = name === undefined ? undefined : changes.get(name.toLowerCase());
    if (due !== undefined) current = { steps: due, indent, parameters, seeds: [] };
  }
  end();
  return kept.join("\n");
}

const askingLine =
  /^(?<indent>[ \t]*)server[ \t]+(?<name>\S+\.gateway\.internal)[ \t]+service=http[ \t]+resolve\b(?<parameters>[^;]*);/;

/** The lines of one upstream's members; those that stay are as they were. */
function changedSeeds({ steps, indent, parameters, seeds }: Upstream, unavailable: string): readonly string[] {
  const gone = new Set(steps.filter((step) => step.kind === "remove").map((step) => step.server.name));
  const stay = seeds.filter((one) => !gone.has(nameOf(one)) && !one.includes(` ${unavailable};`));
  const there = new Set(stay.map(nameOf));
  const come = steps.flatMap((step) => {
    if (step.kind === "remove" || there.has(step.server.name)) return [];
    const { address, port, weight = 1 } = step.server;
    const share = weight === 1 ? "" : ` weight=${weight}`;
    return [`${indent}server ${inBrackets(address)}:${port}${share}${parameters}; ${seedMark}`];
  });
  const all = [...stay, ...come];
  return all.length > 0 ? all : [`${indent}server ${unavailable}; ${seedMark}`];
}

function nameOf(seed: string): string {
  const [, address = "", port] = /server[ \t]+(\S+?):(\d+)[ \t;]/.exec(seed) ?? [];
  return serverName(withoutBrackets(address), Number(port));
}
