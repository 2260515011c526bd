// What a server does to share its batches with others: the keys of its fields go to a broker, and no further here.

import type { BatchFunction } from "../batching/index.ts";
import type { Delivery } from "../batching/passing-on.ts";
import { shownAddress } from "../cluster/address.ts";
import { Gateway } from "../cluster/gateway.ts";
import { passOn, waits } from "../cluster/shared-batch.ts";
import type { Logger } from "./log/logger.ts";
import type { SharedSettings } from "./options.ts";
import { startError } from "./start-error.ts";

/** @throws StartError where the package is missing that it needs. */
export function openGateway({ url, ...queues }: SharedSettings, logger: Logger): Gateway {
  try {
    return new Gateway({
      url,
      queues,
      onDown: (reason) => logger.warn({}, waits(reason)),
      onUp: () => logger.info({}, `Connected to the broker ${shownAddress(url)}`),
    });
  } catch (error) {
    throw startError("cannot share batches", error);
  }
}

/** The fields of a server whose keys a gateway passes on. */
export class SharedFields {
  readonly #gateway: Gateway;
  readonly #names: string[] = [];

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** For `bindBatchedFields`. */
  readonly passOn = (coordinate: string, delivery: Delivery): BatchFunction<unknown, unknown> => {
    this.#names.push(coordinate);
    return passOn(this.#gateway, coordinate, delivery);
  };

  /** Not at the first key: who asks whether the server is ready shall know. To be called when nothing can go wrong any more. */
  connect(): void {
    for (const name of this.#names) this.#gateway.open(name);
  }
}
