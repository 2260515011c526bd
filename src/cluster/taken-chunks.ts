// The chunks that a worker has over one connection, by the gateways that wait for them.

import type { TakenChunk } from "./taken-chunk.ts";

export class TakenChunks {
  readonly #byGateway = new Map<string, Set<TakenChunk>>();

  /** How many have keys without an answer. */
  get count(): number {
    let count = 0;
    for (const chunks of this.#byGateway.values()) count += chunks.size;
    return count;
  }

  /** The addresses of the gateways that wait. */
  get gateways(): readonly string[] {
    return [...this.#byGateway.keys()];
  }

  add(chunk: TakenChunk): void {
    const others = this.#byGateway.get(chunk.replyTo);
    if (others === undefined) this.#byGateway.set(chunk.replyTo, new Set([chunk]));
    else others.add(chunk);
  }

  delete(chunk: TakenChunk): void {
    const ofGateway = this.#byGateway.get(chunk.replyTo);
    ofGateway?.delete(chunk);
    if (ofGateway?.size === 0) this.#byGateway.delete(chunk.replyTo);
  }

  /** What of a gateway's keys has not started is not computed; returns how many chunks that concerns. */
  abort(gateway: string): number {
    const chunks = [...(this.#byGateway.get(gateway) ?? [])];
    for (const chunk of chunks) chunk.abort();
    return chunks.length;
  }
}
