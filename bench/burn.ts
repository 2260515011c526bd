// A batch function that burns CPU, for in-thread.ts: on the event loop or on a thread, the same work.

import { createHash } from "node:crypto";

/** Each key is how many hashes it costs. */
export default function burn(keys: readonly number[]): string[] {
  return keys.map((hashes) => {
    let digest = "jitney";
    for (let done = 0; done < hashes; done += 1) digest = createHash("sha256").update(digest).digest("hex");
    return digest;
  });
}
