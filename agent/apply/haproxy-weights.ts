import type { Warming } from "./ramp.ts";

/** A server with less than its weight. */
export interface LowWeight extends Warming {
  /** How long its state has been what it is. */
  readonly elapsedMs: number;
}

/**
 * Our servers that have less than the weight of the configuration, of `show servers state`. One without any weight was
 * given that by somebody: the gateway gives no 0.
 */
export function findLowWeights(stateText: string, serverPrefix: string): readonly LowWeight[] {
  const [, header = "", ...lines] = stateText.split("\n");
  const names = header.replace(/^# */, "").trim().split(" ");
  return lines.flatMap((line) => {
    const fields = line.split(" ");
    const field = (name: string) => fields[names.indexOf(name)] ?? "";
    const [backend, server] = [field("be_name"), field("srv_name")];
    const [has, weight] = [Number(field("srv_uweight")), Number(field("srv_iweight"))];
    if (!server.startsWith(serverPrefix) || !(has > 0 && has < weight)) return [];
    return [{ backend, server, weight, elapsedMs: 1000 * Number(field("srv_time_since_last_change")) }];
  });
}
