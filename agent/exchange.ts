import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";

/** The whole answer to a request. */
export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Of a complaint, which any status but 2xx is, no more is read: a page of HTML that explains the failure can be large. */
const longestComplaint = 128 * 1024;

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
  const seen: {
    status: number;
    headers: IncomingHttpHeaders;
    size: number;
    controller?: Dispatcher.DispatchController;
  } = {
    status: 0,
    headers: {},
    size: 0,
  };
  const end = () => resolve({ status: seen.status, headers: seen.headers, body: Buffer.concat(chunks) });
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
      onResponseData(controller, chunk) {
        chunks.push(chunk);
        seen.size += chunk.length;
        const isComplaint = seen.status < 200 || seen.status > 299;
        if (!isComplaint || seen.size < longestComplaint) return;
        end();
        controller.abort(new Error("a complaint that long is not read to its end"));
      },
      onResponseEnd: end,
      onResponseError(_, error) {
        reject(error);
      },
    });
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
