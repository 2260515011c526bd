"""A worker in Python, as docs/protocol.md has it, with pika (apt-get install python3-pika):

    AMQP_URL=amqp://127.0.0.1 python3 worker.py Query.upper

It reads no tags, as its keys have none, and does not ask whether gateways are there. When it loses the connection it ends,
for whoever runs it to start it anew. While the batch function runs no heartbeats are sent: one that takes longer than 30 s
belongs on a thread of its own (add_callback_threadsafe).
"""
import json, os, random, signal, socket, sys, time, traceback
import pika

MAX_BATCH_SIZE, MAX_DELAY_MS, LOOK_EVERY_MS = 32, 5, 100
BOUNDS = {"x-queue-type": "classic", "x-max-length": 10_000, "x-overflow": "reject-publish"}
DEAD_LETTERS = "jitney.dead-letters"


def compute(keys):
    """The batch function: for each key its value, which JSON can hold, or an Exception in its place."""
    return [key["x"].upper() if isinstance(key.get("x"), str) else ValueError("x: expected a text") for key in keys]


class Chunk:
    """A message with keys. A key is known by its chunk and its place there."""

    def __init__(self, channel, method, properties, content):
        self.channel, self.method, self.properties, self.body = channel, method, properties, json.loads(content)
        self.values, self.partition = self.body["keys"], self.body["partition"]
        self.deadline, delay = self.body["deadline"] / 1000, self.body.get("maxDelayMs")
        self.due = time.monotonic() + min(MAX_DELAY_MS, MAX_DELAY_MS if delay is None else delay) / 1000
        self.keys = [(self, place) for place in range(len(self.values))]
        self.open = len(self.keys)  # without an answer
        is_ours = properties.type == "jitney.chunk.1" and properties.message_id and properties.reply_to
        if not (is_ours and self.keys and isinstance(self.values, list) and isinstance(self.partition, str)):
            raise ValueError("no chunk")

    def number(self, place):
        return self.body.get("first", 0) + place


class Worker:
    def __init__(self, connection, field):
        self.connection, self.field, self.calls = connection, field, 0
        self.queue, self.lone_queue = f"jitney.{field}", f"jitney.{field}.lone"
        self.waiting = {}  # keys by their partitions, the oldest first
        self.look_at, self.is_stopping = 0, False
        self.channel, self.lone_channel = connection.channel(), connection.channel()
        self.lone_channel.confirm_delivery()
        self.channel.exchange_declare(DEAD_LETTERS, "fanout", durable=True)
        self.declare(DEAD_LETTERS, {"x-max-length": 1000, "x-overflow": "drop-head"})
        self.declare(self.queue, BOUNDS)
        self.declare(self.lone_queue, {**BOUNDS, "x-dead-letter-exchange": DEAD_LETTERS})
        self.channel.queue_bind(DEAD_LETTERS, DEAD_LETTERS, "")
        self.channel.basic_qos(prefetch_count=MAX_BATCH_SIZE * 2)
        self.channel.add_on_cancel_callback(lambda _: sys.exit("The queue was deleted"))
        priority = {"x-priority": random.randint(1, 2**31 - 1)}
        self.tag = self.channel.basic_consume(self.queue, self.take, arguments=priority)

    def declare(self, queue, arguments):
        self.channel.queue_declare(queue, durable=True, arguments=arguments)

    def work(self, signals):
        """Until there is a signal, and then until what it has is answered."""
        while self.waiting or not self.is_stopping:
            if signals and not self.is_stopping:
                self.connection.process_data_events(0)  # pika gives back what is not taken when it cancels
                self.channel.basic_cancel(self.tag)
                self.is_stopping = True
            self.compute_batch()
            self.look_at_lone()
            next_at = min([self.look_at, *map(due_of, self.waiting.values())])
            self.connection.process_data_events(max(0, next_at - time.monotonic()))

    def take(self, channel, method, properties, content):
        try:
            chunk = Chunk(channel, method, properties, content)
        except Exception as error:
            self.bury(channel, method, properties, content, f"It cannot be read: {type(error).__name__}")
            return channel.basic_ack(method.delivery_tag)
        is_lone = method.routing_key == self.lone_queue
        if chunk.deadline <= time.time():
            self.fail(chunk.keys, "BATCH_TIMEOUT", "The time was up before a worker had the key")
        elif is_lone and method.redelivered:
            self.bury(channel, method, properties, content, "A key that has ended two workers")
            self.fail(chunk.keys, "BATCH_FAILED", "Two workers have ended while they computed the key")
        elif is_lone:
            self.compute_keys(chunk.keys, "size")
        elif not method.redelivered:
            self.waiting.setdefault(chunk.partition, []).extend(chunk.keys)
        elif chunk.body.get("delivery") == "at-most-once":
            self.fail(chunk.keys, "BATCH_FAILED", "The worker that had the key is gone: it may have computed it")
        else:
            self.take_apart(chunk)

    def take_apart(self, chunk):
        properties = copy_of(chunk.properties, reply_to=chunk.properties.reply_to)
        for chunk, place in chunk.keys:
            body = {**chunk.body, "first": chunk.number(place), "keys": [chunk.values[place]]}
            try:  # It returns when the broker has confirmed it.
                self.lone_channel.basic_publish("", self.lone_queue, json.dumps(body), properties)
                self.settle([(chunk, place)])
            except pika.exceptions.NackError:
                self.fail([(chunk, place)], "BATCH_QUEUE_FULL", "The queue of lone keys is full")

    def bury(self, channel, method, properties, content, reason):
        headers = {**(properties.headers or {}), "jitney-queue": method.routing_key, "jitney-reason": reason}
        channel.basic_publish(DEAD_LETTERS, "", content, copy_of(properties, headers=headers, delivery_mode=2))

    def look_at_lone(self):
        """Asks, and does not consume: what pika gives back when it cancels, the next worker would condemn."""
        if time.monotonic() < self.look_at or self.is_stopping:
            return
        method, properties, content = self.lone_channel.basic_get(self.lone_queue)
        if method is None:
            self.look_at = time.monotonic() + LOOK_EVERY_MS / 1000
        else:
            self.take(self.lone_channel, method, properties, content)

    def compute_batch(self):
        """Of the first partition that is full or due; it goes behind the others."""
        for partition, keys in [*self.waiting.items()]:
            is_full, is_due = len(keys) >= MAX_BATCH_SIZE, due_of(keys) <= time.monotonic()
            if is_full or is_due or self.is_stopping:
                del self.waiting[partition]
                if keys[MAX_BATCH_SIZE:]:
                    self.waiting[partition] = keys[MAX_BATCH_SIZE:]
                reason = "size" if is_full else "delay" if is_due else "drain"
                return self.compute_keys(keys[:MAX_BATCH_SIZE], reason)

    def compute_keys(self, taken, reason):
        keys = [key for key in taken if key[0].deadline > time.time()]
        self.fail([key for key in taken if key not in keys], "BATCH_TIMEOUT", "The time was up")
        if not keys:
            return
        begun, self.calls = time.monotonic(), self.calls + 1
        try:
            results = compute([chunk.values[place] for chunk, place in keys])
            if len(results) != len(keys):
                raise ValueError(f"expected {len(keys)} results, but got: {len(results)}")
        except Exception:
            traceback.print_exc()
            return self.fail(keys, "BATCH_FAILED", "The batch function failed")
        run_ms = (time.monotonic() - begun) * 1000
        batch = {"id": f"{self.field}#{self.calls}", "size": len(keys), "reason": reason, "runMs": run_ms}
        self.answer(keys, [ending_of(result) for result in results], [batch])

    def fail(self, keys, code, message):
        self.answer(keys, [[None, {"code": code, "message": message}]] * len(keys), [])

    def answer(self, keys, endings, batches):
        """One message to each gateway, and only then acknowledgements, over the same channel."""
        rows = {}
        for (chunk, place), ending in zip(keys, endings):
            row = [chunk.properties.message_id, chunk.number(place), 0 if batches else None, *ending]
            rows.setdefault(chunk.properties.reply_to, []).append(row)
        properties = pika.BasicProperties("application/json", type="jitney.answers.1")
        for reply_to, answers in rows.items():
            body = {"worker": f"{socket.gethostname()}:{os.getpid()}", "batches": batches, "answers": answers}
            keys[0][0].channel.basic_publish("", reply_to, json.dumps(body), properties)
        self.settle(keys)

    def settle(self, keys):
        for chunk, _ in keys:
            chunk.open -= 1
            if chunk.open == 0:
                chunk.channel.basic_ack(chunk.method.delivery_tag)


def ending_of(result):
    """Of the answer to a key: its value, or none and its error."""
    if not isinstance(result, Exception):
        return [result]
    return [None, {"name": type(result).__name__, "message": str(result)}]


def copy_of(given, **others):
    kept = {"content_type": given.content_type, "message_id": given.message_id, "type": given.type, "headers": given.headers}
    return pika.BasicProperties(**{**kept, **others})


def due_of(keys):
    return min(chunk.due for chunk, _ in keys)


def main():
    signals = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: signals.append(number))
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        Worker(connection, sys.argv[1]).work(signals)


if __name__ == "__main__":
    main()
