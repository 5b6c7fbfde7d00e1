import type { DroveApp } from "../model.ts";

/** What the proxy takes of an app in quarantine, as it is kept for an agent that comes after this one. */
export interface KeptForm {
  readonly namespace: string;
  /** Since when the app is refused, in ms since the epoch. */
  readonly since: number;
  readonly app: DroveApp;
}

/** True if both are the very same forms. */
export function sameForms(left: readonly KeptForm[], right: readonly KeptForm[]): boolean {
  return (
    left.length === right.length &&
    left.every((one, index) => one.app === right[index]?.app && one.since === right[index]?.since)
  );
}
