import type { Clock } from "./clock.ts";
import { buildDesired } from "./desired/build.ts";
import { hostNamesOf } from "./desired/hosts.ts";
import { checkVhost } from "./desired/names.ts";
import type { Resolver } from "./dns/resolver.ts";
import { AgentError, messageOf } from "./errors.ts";
import type { Held } from "./hold.ts";
import type { NamespaceSnapshot, ProxyDriver, RunningState } from "./model.ts";
import { appsOf } from "./quarantine/apps.ts";
import type { QuarantineInputs, Trial } from "./quarantine/quarantine.ts";
import type { Refusal } from "./quarantine/search.ts";
import { findOwners, type Owners } from "./render/owners.ts";
import { dataFor, type Ingredients, makeFile } from "./stages.ts";

/** What a trial needs of the agent. */
interface TrialParts {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly driver: ProxyDriver;
  readonly world: Ingredients["world"];
  readonly hash: (text: string) => string;
}

/** The refused config: what it was made of, and how far that came. */
interface RefusedCycle {
  readonly inputs: QuarantineInputs & Pick<Ingredients, "config" | "configFile" | "template">;
  readonly error?: unknown;
  readonly snapshots?: readonly NamespaceSnapshot[];
  readonly running?: RunningState;
  readonly held?: Held;
  readonly signal: AbortSignal;
}

/** The same stages as the real thing up to the proxy's check, for other apps. Undefined if nothing was refused. */
export function createTrial(parts: TrialParts, refused: RefusedCycle): Trial | undefined {
  const { inputs, error, snapshots, running, held, signal } = refused;
  if (snapshots === undefined || running === undefined || !isRefusal(error) || signal.aborted) return undefined;
  // While changes are frozen the proxy is given a file of before: that one is at fault, and no app of now.
  if (held?.by === "freeze" && error.code === "proxy-refused-config") return undefined;
  const [current, present] = [running, snapshots];
  // What a template that fails would print, no proxy needs to look at.
  const isRendered = error.code === "proxy-refused-config";

  async function ingredientsFor(others: readonly NamespaceSnapshot[]): Promise<Ingredients> {
    const desired = buildDesired(others, inputs.config.namespaces).value;
    const { addresses } = await parts.resolver.resolve(hostNamesOf(desired), signal);
    const { world, hash, clock } = parts;
    return { ...inputs, desired, addresses, running: current, world, hash, now: clock.now() };
  }

  async function explain(refusal: AgentError, made: Ingredients): Promise<Refusal> {
    const lines = linesOf(refusal);
    const isKnown = refusal.code === "template-invalid" || lines.length > 0;
    const owners = isKnown ? ownersOf(made) : undefined;
    const vhosts = new Set(
      owners?.ofLines.length ? lines.map((line) => owners.ofLines[line - 1]) : [owners?.ofFailure],
    );
    return { reason: messageOf(refusal), hasLines: isKnown, owners: appsWith(vhosts, present) };
  }

  async function attempt(others: readonly NamespaceSnapshot[]): Promise<Refusal | undefined> {
    const made = await ingredientsFor(others);
    try {
      const { file } = makeFile(made);
      if (isRendered) await parts.driver.check(file, signal);
      return undefined;
    } catch (fault) {
      if (isRefusal(fault)) return await explain(fault, made);
      throw fault;
    }
  }

  return { inputs, snapshots, refusal: async () => explain(error, await ingredientsFor(snapshots)), attempt };
}

function isRefusal(error: unknown): error is AgentError {
  return error instanceof AgentError && (error.code === "template-invalid" || error.code === "proxy-refused-config");
}

function linesOf({ facts }: AgentError): readonly number[] {
  const lines = facts["lines"];
  return Array.isArray(lines) ? lines.map(Number) : [];
}

function ownersOf(made: Ingredients): Owners {
  const { template, world, now } = made;
  return findOwners(template, { data: dataFor(made).data, world: { ...world, now: () => now } });
}

/** The keys of the apps that share one of the vhosts. */
function appsWith(vhosts: ReadonlySet<string | undefined>, snapshots: readonly NamespaceSnapshot[]): readonly string[] {
  return appsOf(snapshots)
    .filter(({ app }) => {
      const vhost = checkVhost(app.vhost);
      return vhost.ok && vhosts.has(vhost.value);
    })
    .map(({ key }) => key);
}
