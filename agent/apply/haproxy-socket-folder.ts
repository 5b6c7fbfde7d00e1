import { access, constants } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { AgentError } from "../errors.ts";

/**
 * At a reload the master of HAProxy makes its socket anew, and ends, workers and all, if it cannot: "Non-recoverable
 * mworker wait-mode error". Throws if its folder is on a file system that is read-only now, so that HAProxy is left as it
 * is. Whether HAProxy's user may write there is not ours to know.
 */
export async function requireWritableFolder(masterSocket: string): Promise<void> {
  if (!isAbsolute(masterSocket)) return;
  const folder = dirname(masterSocket);
  const isReadOnly = await access(folder, constants.W_OK).then(
    () => false,
    (error: unknown) => error instanceof Error && "code" in error && error.code === "EROFS",
  );
  if (!isReadOnly) return;
  const message = `${folder} is read-only: a reload would end HAProxy, which makes its master socket there anew`;
  throw new AgentError("disk-failed", `${message}; make it writable`, { facts: { path: folder } });
}
