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

/** For `bindBatchedFields`. It connects at once: who asks whether the server is ready shall know. */
export function passOnBy(gateway: Gateway) {
  return (coordinate: string, delivery: Delivery): BatchFunction<unknown, unknown> => {
    gateway.open(coordinate);
    return passOn(gateway, coordinate, delivery);
  };
}
