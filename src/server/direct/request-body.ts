// The body of a request, read at once, and given back for Yoga to read.

import type { IncomingMessage } from "node:http";

/** Calls `then` with all of the body; never, where the client leaves before it has sent that. */
export function readBody(request: IncomingMessage, then: (body: Buffer<ArrayBuffer>) => void): void {
  let first: Buffer<ArrayBuffer> | undefined;
  let chunks: Buffer<ArrayBuffer>[] | undefined;
  request.on("data", (chunk: Buffer<ArrayBuffer>) => {
    if (first === undefined) {
      first = chunk;
    } else {
      chunks ??= [first];
      chunks.push(chunk);
    }
  });
  request.on("end", () => {
    const body = chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks);
    // The request holds its listeners until it has its answer.
    first = undefined;
    chunks = undefined;
    then(body);
  });
}

/** The request as if its body had not been read. */
export function unread(request: IncomingMessage, body: Buffer<ArrayBuffer>): IncomingMessage {
  return Object.assign(request, { body: new ReadBody(body) });
}

/** Yoga takes a body that is here already where it can be iterated, and has a field of its own. */
class ReadBody {
  readonly bytes: Buffer<ArrayBuffer>;

  constructor(bytes: Buffer<ArrayBuffer>) {
    this.bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    yield this.bytes;
  }
}
