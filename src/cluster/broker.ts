// A connection to the broker that comes back by itself: amqplib's recovery, and one way to tell how it stands.

import type { Channel, ChannelModel, RecoveringChannelModel } from "amqplib";
import { runInNeutralContext } from "../batching/neutral-context.ts";
import { shownAddress } from "./address.ts";
import { type AMQPModule, loadAMQP } from "./amqplib.ts";
import { settlesWithin } from "./settles-within.ts";

/** Between two tries to connect: from the first of these to the second, each twice as long as the one before. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

const CONNECT_TIMEOUT_MS = 10_000;

/** How long the end of a connection may take: a broker that is silent, or that takes no messages, is not waited for. */
const CLOSE_MS = 1_000;

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
  /** The one that there is, or was last. */
  #model: ChannelModel | undefined;
  /** Aborted when no connection may be left. */
  readonly #ended = new AbortController();
  #isConnected = false;
  #isBlocked = false;
  /** Why it is not there, as far as somebody has been told: each reason once, until it is there again. */
  readonly #toldReasons = new Set<string>();
  #isClosed = false;

  /** @throws Error where `amqplib` is not installed. */
  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#amqp = loadAMQP();
    this.#url = withHeartbeat(options.url, options.heartbeatSeconds);
  }

  /** As the URL has it, or the options; 0 where there are none. */
  get heartbeatSeconds(): number {
    return Number(new URL(this.#url).searchParams.get("heartbeat")) || 0;
  }

  /** Whether the broker reads nothing for now, for want of memory or disk: what is sent would pile up here. */
  get isBlocked(): boolean {
    return this.#isBlocked;
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
    const connection = await this.#connection;
    if (connection === undefined) return;
    // One that is being made, that has no answer to its end, or whose broker does not end its own side of it, would keep
    // the process.
    setTimeout(() => this.#ended.abort(), CLOSE_MS).unref();
    await settlesWithin(connection.close(), CLOSE_MS);
  }

  async #connect(): Promise<RecoveringChannelModel> {
    const { name } = this.#options;
    const recovery = {
      initialDelay: FIRST_RETRY_MS,
      maxDelay: LONGEST_RETRY_MS,
      waitForConnect: false,
      setup: (model: ChannelModel) => this.#setUp(model),
    };
    // amqplib hands on to Node's sockets what it does not know; its types have no `signal`.
    const options = {
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      signal: this.#ended.signal,
      recovery,
    };
    const connection = await this.#amqp.connect(this.#url, options);
    connection.on("connect", () => this.#tellUp());
    connection.on("disconnect", (error) => {
      const { message } = (this.#model && causes.get(this.#model)) ?? error;
      this.#tellDown(`the connection was lost: ${message}`);
    });
    connection.on("connect-failed", (error) =>
      this.#tellDown(
        error instanceof SetUpError ? error.message : `it cannot be reached: ${reasonOf(error)}`,
      ),
    );
    connection.on("blocked", (reason) => {
      this.#isBlocked = true;
      this.#tellDown(`it takes no messages: ${reason}`);
    });
    connection.on("unblocked", () => this.#tellUp());
    // The `disconnect` that follows tells.
    connection.on("error", () => {});
    return connection;
  }

  #tellUp(): void {
    this.#isConnected = true;
    this.#isBlocked = false;
    this.#toldReasons.clear();
    this.#options.onUp();
  }

  async #setUp(model: ChannelModel): Promise<void> {
    this.#model = model;
    // amqplib listens from when it is set up: one that is lost before would end the process.
    model.on("error", () => {});
    let isLost = false;
    model.once("close", () => {
      isLost = true;
    });
    try {
      await this.#options.setUp(model);
      // In the same moment in which the last part was made: amqplib's recovery would not hear of it.
      if (isLost) throw new Error("the connection was lost");
    } catch (error) {
      throw new SetUpError(`it cannot be used: ${(error as Error).message}`, { cause: error });
    }
  }

  #tellDown(reason: string): void {
    this.#isConnected = false;
    if (this.#toldReasons.has(reason) || this.#isClosed) return;
    this.#toldReasons.add(reason);
    this.#options.onDown(`${shownAddress(this.#options.url)}: ${reason}`);
  }
}

/** The broker is there, but does not have what is needed as it is needed. */
class SetUpError extends Error {}

/** Why connections were closed by ourselves. */
const causes = new WeakMap<ChannelModel, Error>();

/**
 * A channel that ends alone, by an error of its own, ends its connection, which is then made anew: nothing is left half alive.
 *
 * @param onEnd called in either case, before who waits for confirmations is told that none will come.
 */
export function endWith(channel: Channel, model: ChannelModel, onEnd: () => void): void {
  let error: Error | undefined;
  channel.on("error", (ownError) => {
    error = ownError;
  });
  channel.prependListener("close", () => {
    onEnd();
    // Without an error, it ends with its connection, or because it was closed.
    if (error === undefined) return;
    causes.set(model, error);
    model.close().catch(() => {}); // It ends already.
  });
}

/** What amqplib throws at who uses a connection that is being closed. */
export function isClosing(error: unknown): boolean {
  return error instanceof Error && error.name === "IllegalOperationError";
}

/** An AggregateError, as Node has it for a name with several addresses, has no message of its own. */
function reasonOf(error: Error): string {
  // As amqplib has it when the broker answers the user's opening of the virtual host by an end.
  if (error.message.includes("Expected ConnectionOpenOk"))
    return "it has no such virtual host, or does not let the user in";
  const { errors } = error as Partial<AggregateError>;
  return error.message || (errors ?? []).map(String).join(", ") || error.name;
}

function withHeartbeat(url: string, seconds: number): string {
  const given = new URL(url);
  if (!given.searchParams.has("heartbeat")) given.searchParams.set("heartbeat", String(seconds));
  return given.href;
}
