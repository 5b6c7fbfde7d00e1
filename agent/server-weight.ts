import type { Config } from "./config/schema.ts";

/** So that a share of it is a whole number: HAProxy's own is 1. */
const fineWeight = 100;

/** The weight that HAProxy gives a server with these attributes: the last word counts, and 1 is its own. */
export function weightOf(attributes: string): number {
  const weight = [...attributes.matchAll(/(?:^|\s)weight\s+(\d+)(?=\s|$)/g)].at(-1)?.[1];
  return weight === undefined ? 1 : Number(weight);
}

/**
 * What follows the address of every server of HAProxy. Those that warm up need a weight that they can have a share of; one
 * that an operator has chosen stays.
 */
export function haproxyAttributes(config: Config): string {
  const { haproxy_add_server_attributes_string: attributes, haproxysocketaddr: socket } = config;
  const warmsUp = config.warm_up_sec > 0 && socket !== "" && !config.haproxy_reload_disabled;
  if (!warmsUp || /(?:^|\s)weight\s/.test(attributes)) return attributes;
  return `${attributes} weight ${fineWeight}`.trim();
}
