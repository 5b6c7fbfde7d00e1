/** An app that the proxy refuses though every check let it through, and what is served in its place. */
export interface Quarantined {
  readonly namespace: string;
  readonly appId: string;
  readonly vhost: string;
  /** In ms since the epoch. */
  readonly since: number;
  readonly serves: "its last accepted form" | "nothing";
  /** The proxy's own words, or the template's. */
  readonly reason: string;
}
