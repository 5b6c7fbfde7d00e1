import type { Config } from "./schema.ts";

/*
 * What the Go gateway makes of an empty text, or of a whole number of 0 or less, in a file: of these keys it takes them as
 * not set. Keys that it does not have, and those whose empty value it takes as it is, are not here.
 */

/** What counts in place of what is written; undefined: as if the line were not there. */
export interface Meaning {
  readonly value: string | undefined;
}

type Meanings = Readonly<Partial<Record<keyof Config, Meaning>>>;

const notSet: Meaning = { value: undefined };

const ofEmptyText = {
  loglevel: notSet,
  proxy_platform: notSet,
  state_persistence_dir: notSet,
  left_delimiter: notSet,
  right_delimiter: notSet,
  // Its documented default is 1s, and ours; of an empty text it makes this.
  nginx_fail_timeout: { value: "0s" },
  nginx_slow_start: notSet,
  haproxy_server_name_prefix: notSet,
  haproxy_server_name_host_port_delimiter: notSet,
  haproxy_backend_name_separator: notSet,
  haproxy_add_server_ssl_attributes_string: notSet,
} satisfies Meanings;

const ofZeroOrLess = {
  api_timeout: notSet,
  dns_resolution_timeout_sec: notSet,
  event_refresh_interval_sec: notSet,
  startup_controller_sync_tries: notSet,
  startup_controller_sync_retry_delay_sec: notSet,
  proxy_control_plane_timeout_sec: notSet,
  disk_io_timeout_sec: notSet,
} satisfies Meanings;

const texts: ReadonlyMap<string, Meaning> = new Map(Object.entries(ofEmptyText));
const numbers: ReadonlyMap<string, Meaning> = new Map(Object.entries(ofZeroOrLess));

/** What a value of a file means to the Go gateway, where that is not the value itself. */
export function goMeaning(key: string, value: unknown): Meaning | undefined {
  if (value === "") return texts.get(key);
  return isZeroOrLess(value) ? numbers.get(key) : undefined;
}

/** Whole ones only: the Go gateway refuses fractions. */
function isZeroOrLess(value: unknown): boolean {
  if (typeof value === "bigint") return value <= 0n;
  return typeof value === "number" && Number.isInteger(value) && value <= 0;
}
