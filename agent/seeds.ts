/*
 * Upstreams of open-source nginx whose servers come by DNS, as the template prints them and the agent reads them again:
 *
 *   upstream gw_shop.test {
 *     server gw_shop.test.gateway.internal service=http resolve;
 *     server 10.0.0.7:31411; #drove-gateway-seed
 *   }
 *
 * The first line makes nginx (1.27.3 and newer) ask the agent. The others, the seeds, are for an nginx that is started
 * while nobody answers: they are in the file on disk, which follows every change, but not in what nginx runs once it has
 * learned its servers, since there they would stay when their instances go.
 */

/** The end of every name that nginx asks for. */
export const dnsZone = "gateway.internal";

/** Ends each line that is there only until nginx has asked. */
export const seedMark = "#drove-gateway-seed";

/** A server as DNS tells it. */
export interface Seed {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Its share beside the others of its upstream, from 1 on. */
  readonly weight: number;
}

/** True if this nginx asks for the servers of upstreams: from 1.27.3 on, before, such a line is an error. */
export function canAsk([major = 0, minor = 0, patch = 0]: readonly number[]): boolean {
  if (major !== 1) return major > 1;
  return minor > 27 || (minor === 27 && patch >= 3);
}

/** The name under which nginx asks for the servers of an upstream; undefined if it is too long for DNS. */
export function dnsNameOf(upstream: string): string | undefined {
  const fits = upstream.length <= 63 || (upstream.length <= 200 && upstream.split(".").every(isLabel));
  return fits ? `${upstream}.${dnsZone}`.toLowerCase() : undefined;
}

function isLabel(text: string): boolean {
  return text.length <= 63;
}

/** The upstream that nginx asks for under this name of `dnsNameOf`. */
export function upstreamOf(name: string): string {
  return name.slice(0, -dnsZone.length - 1);
}

/** The text without its seeds. */
export function withoutSeeds(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let mark = text.indexOf(seedMark); mark >= 0; mark = text.indexOf(seedMark, from)) {
    kept.push(text.slice(from, text.lastIndexOf("\n", mark) + 1));
    from = afterSeeds(text, mark);
  }
  return kept.length === 0 ? text : kept.join("") + text.slice(from);
}

/** Behind the line of this mark and the seeds that follow at once, as nearly all do: a cluster has ten thousands. */
function afterSeeds(text: string, mark: number): number {
  for (let end = text.indexOf("\n", mark); end >= 0; ) {
    const next = text.indexOf("\n", end + 1);
    if (next < 0 || !text.startsWith(seedMark, next - seedMark.length)) return end + 1;
    end = next;
  }
  return text.length;
}

/** The names that nginx asks for: the keys of `seedsOf`, in a fraction of its time. */
export function namesAsked(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(askingLine), ([, name = ""]) => name.toLowerCase()));
}

/** The seeds of each upstream whose servers come by DNS, by the name that nginx asks for. */
export function seedsOf(text: string): ReadonlyMap<string, readonly Seed[]> {
  const found = new Map<string, Seed[]>();
  let current: Seed[] = [];
  for (const [, name, address = "", port, parameters = ""] of text.matchAll(line)) {
    if (name === undefined) {
      current.push({ address: bare(address), port: Number(port), weight: weightIn(parameters) });
    } else {
      current = [];
      found.set(name.toLowerCase(), current);
    }
  }
  return found;
}

function bare(address: string): string {
  return address.startsWith("[") && address.endsWith("]") ? address.slice(1, -1) : address;
}

function weightIn(parameters: string): number {
  // Few have one, and looking for it is half the work.
  if (!parameters.includes("weight=")) return 1;
  return Number(/\bweight=(\d{1,5})\b/.exec(parameters)?.[1] ?? 1);
}

const asking = String.raw`(\S+\.gateway\.internal)[ \t]+service=http[ \t]+resolve\b`;
const askingLine = new RegExp(String.raw`^[ \t]*server[ \t]+${asking}`, "gm");
const line = new RegExp(
  String.raw`^[ \t]*server[ \t]+(?:${asking}|(\S+?):(\d{1,5})([ \t][^;\n]*)?;[ \t]*${seedMark}$)`,
  "gm",
);

/**
 * The text that nginx runs once it has learned its servers. It tells another generation, so that an nginx which has been
 * started with the seeds is told from one that runs without.
 */
export function learnedForm(text: string, generation: string): { readonly text: string; readonly generation: string } {
  const twin = twinOf(generation);
  return { text: withoutSeeds(text).replaceAll(generation, twin), generation: twin };
}

/** The generation of the same text in its other form: each hex digit's complement. */
export function twinOf(generation: string): string {
  return generation.replaceAll(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
}
