import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

/** The whole answer to a request. */
export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends a request and reads its answer to the end; rejects with the signal's reason once that aborts. undici's own
 * `request` makes a stream of each answer, which takes longer than a call of a few hundred bytes does.
 */
export async function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<Exchange> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
  const chunks: Buffer[] = [];
  const seen: { status: number; headers: IncomingHttpHeaders; controller?: Dispatcher.DispatchController } = {
    status: 0,
    headers: {},
  };
  const stop = () => {
    reject(signal.reason);
    seen.controller?.abort(signal.reason);
  };
  signal.addEventListener("abort", stop);
  try {
    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        seen.controller = controller;
        // It had to wait for a connection.
        if (signal.aborted) controller.abort(signal.reason);
      },
      onResponseStart(_, status, headers) {
        Object.assign(seen, { status, headers });
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        resolve({ status: seen.status, headers: seen.headers, body: Buffer.concat(chunks) });
      },
      onResponseError(_, error) {
        reject(error);
      },
    });
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
