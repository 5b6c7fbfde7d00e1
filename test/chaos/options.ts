import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Subject } from "./world.ts";

/** One world of a run. */
export interface Plan {
  readonly subject: Subject;
  readonly isAgentSpared: boolean;
}

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Of each world. Undefined: as many as there is time for. */
  readonly steps: number | undefined;
  /** A regular expression: only kinds of steps that match it. Undefined: all. */
  readonly only: string | undefined;
  /** Requests per second, all worlds together. */
  readonly perSecond: number;
  /** Where the report is written. */
  readonly json: string;
  readonly plans: readonly Plan[];
}

/** Reads the arguments of `npm run chaos`. Throws for what makes no sense. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      minutes: { type: "string", default: "2" },
      steps: { type: "string" },
      proxy: { type: "string", default: "both" },
      rate: { type: "string", default: "200" },
      json: { type: "string", default: "chaos.json" },
      version: { type: "string" },
      only: { type: "string" },
    },
  });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : number("seed", values.seed);
  const platforms = { nginx: ["nginx"], haproxy: ["haproxy"], both: ["nginx", "haproxy"] } as const;
  const { proxy } = values;
  if (proxy !== "nginx" && proxy !== "haproxy" && proxy !== "both") {
    throw new Error(`--proxy is nginx, haproxy or both, not ${proxy}`);
  }
  const plans = platforms[proxy]
    .flatMap(plansOf)
    .filter(({ subject }) => (values.version ?? subject.version) === subject.version);
  if (plans.length === 0) throw new Error(`--version ${values.version} is not one of ${proxy}`);
  return {
    seed,
    minutes: number("minutes", values.minutes),
    steps: values.steps === undefined ? undefined : number("steps", values.steps),
    only: values.only,
    perSecond: number("rate", values.rate),
    json: values.json,
    plans,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} is a number above 0, not ${text}`);
  return value;
}

/**
 * The proxy of the newer Debian with an agent that is killed again and again, the one of the older Debian with an agent
 * that lives as long as the run: only of that one can it be said whether its memory grows.
 */
function plansOf(platform: Subject["platform"]): readonly Plan[] {
  const script = join(import.meta.dirname, "..", `${platform}-versions.sh`);
  const lines = execFileSync("bash", [script], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return [...lines.matchAll(/^(\S+) (.+)$/gm)].map(([, version = "", program = ""]) => ({
    subject: { platform, version, program },
    isAgentSpared: version !== "forky",
  }));
}
