/** What one client, and all of them together, may take from the API. Times in ms. */
export interface ApiLimits {
  readonly connections: number;
  readonly headerBytes: number;
  /** Bodies are read and thrown away; a larger one is refused. */
  readonly bodyBytes: number;
  /** From the connection (TLS included) to the end of the headers. */
  readonly headersMs: number;
  /** From the connection to the end of the body. */
  readonly requestMs: number;
  /** From the headers to the last byte of the answer. */
  readonly answerMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  /** How long `close` waits for answers in flight. */
  readonly closeMs: number;
  /** Resolving `address` and opening the port. */
  readonly listenMs: number;
}

export const defaultLimits: ApiLimits = {
  connections: 64,
  headerBytes: 8 * 1024,
  bodyBytes: 64 * 1024,
  headersMs: 5_000,
  requestMs: 10_000,
  answerMs: 30_000,
  keepAliveMs: 5_000,
  closeMs: 5_000,
  listenMs: 10_000,
};
