// A network between a client and a server that can be cut, or fall silent.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface FragileNetwork extends AsyncDisposable {
  /** Where the server is, seen through this network. */
  readonly url: string;
  /** Breaks every connection, and lets none in until `mend`. */
  cut(): void;
  /** Lets nothing through any more on the connections that there are, and breaks none. */
  silence(): void;
  mend(): void;
}

/** @param options `passesEnds`: whether a side is told that the other has ended its half of a connection; default true. */
export async function networkTo(url: string, { passesEnds = true } = {}): Promise<FragileNetwork> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ allowHalfOpen: !passesEnds }, (client) => {
    if (isCut) return void client.destroy();
    const upstream = connect({ port: Number(port), host: hostname, allowHalfOpen: !passesEnds });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other, { end: passesEnds });
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
