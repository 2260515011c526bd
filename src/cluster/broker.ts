// A connection to the broker that comes back by itself: amqplib's recovery, and one way to tell how it stands.

import type { Channel, ChannelModel, RecoveringChannelModel } from "amqplib";
import { runInNeutralContext } from "../batching/neutral-context.ts";
import { shownAddress } from "./address.ts";
import { type AMQPModule, loadAMQP } from "./amqplib.ts";

/** Between two tries to connect: from the first of these to the second, each twice as long as the one before. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

const CONNECT_TIMEOUT_MS = 10_000;

export interface BrokerOptions {
  readonly url: string;
  /** What the broker's own pages call the connection. */
  readonly name: string;
  /**
   * Seconds after which a silent broker, or a silent process of ours, is taken for dead, and up to twice that; the URL's parameter
   * `heartbeat` wins.
   */
  readonly heartbeatSeconds: number;
  /** Makes the channels of a new connection. It counts as connected when this is done; rejects: it is tried again. */
  readonly setUp: (model: ChannelModel) => Promise<void>;
  /** The connection is gone, or blocked, or could not be made, for this reason; each is told once until it is there again. */
  readonly onDown: (reason: string) => void;
  readonly onUp: () => void;
}

export class Broker {
  readonly #options: BrokerOptions;
  readonly #amqp: AMQPModule;
  readonly #url: string;
  #connection: Promise<RecoveringChannelModel> | undefined;
  #isConnected = false;
  /** Why it is not there, as far as somebody has been told: each reason once, until it is there again. */
  readonly #toldReasons = new Set<string>();
  #isClosed = false;

  /** @throws Error where `amqplib` is not installed. */
  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#amqp = loadAMQP();
    this.#url = withHeartbeat(options.url, options.heartbeatSeconds);
  }

  /** As the URL has it, or the options. */
  get heartbeatSeconds(): number {
    return Number(new URL(this.#url).searchParams.get("heartbeat"));
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Begins to connect, if it has not. */
  open(): void {
    if (this.#connection !== undefined || this.#isClosed) return;
    this.#connection = runInNeutralContext(() => this.#connect());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isConnected = false;
    await (await this.#connection)?.close();
  }

  async #connect(): Promise<RecoveringChannelModel> {
    const { name, setUp } = this.#options;
    const recovery = {
      initialDelay: FIRST_RETRY_MS,
      maxDelay: LONGEST_RETRY_MS,
      waitForConnect: false,
      setup: setUp,
    };
    const connection = await this.#amqp.connect(this.#url, {
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      recovery,
    });
    connection.on("connect", () => this.#tellUp());
    connection.on("disconnect", (error) => this.#tellDown(`the connection was lost: ${error.message}`));
    connection.on("connect-failed", (error) => this.#tellDown(`it cannot be reached: ${reasonOf(error)}`));
    connection.on("blocked", (reason) => this.#tellDown(`it takes no messages: ${reason}`));
    connection.on("unblocked", () => this.#tellUp());
    // The `disconnect` that follows tells.
    connection.on("error", () => {});
    return connection;
  }

  #tellUp(): void {
    this.#isConnected = true;
    this.#toldReasons.clear();
    this.#options.onUp();
  }

  #tellDown(reason: string): void {
    this.#isConnected = false;
    if (this.#toldReasons.has(reason) || this.#isClosed) return;
    this.#toldReasons.add(reason);
    this.#options.onDown(`${shownAddress(this.#options.url)}: ${reason}`);
  }
}

/**
 * A channel that ends alone, by an error of its own, ends its connection, which is then made anew: nothing is left half alive.
 *
 * @param onEnd called in either case.
 */
export function endWith(channel: Channel, model: ChannelModel, onEnd: () => void): void {
  // What was wrong is told where the channel was used; without a listener it would end the process.
  channel.on("error", () => {});
  channel.on("close", async () => {
    onEnd();
    try {
      await model.close();
    } catch {
      // It was the connection that ended.
    }
  });
}

/** An AggregateError, as Node has it for a name with several addresses, has no message of its own. */
function reasonOf(error: Error): string {
  const { errors } = error as Partial<AggregateError>;
  return error.message || (errors ?? []).map(String).join(", ") || error.name;
}

function withHeartbeat(url: string, seconds: number): string {
  const given = new URL(url);
  if (!given.searchParams.has("heartbeat")) given.searchParams.set("heartbeat", String(seconds));
  return given.href;
}
