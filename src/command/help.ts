// What `--help` prints: every flag, and the environment variables beside them.

import { DEFAULT_MAX_QUEUED_CHUNKS } from "../cluster/queue-options.ts";
import { DEFAULT_HOST, NUMBER_OPTIONS, type NumberOptionName } from "../server/options.ts";

export const HELP = `Usage: npm start -- [options]        (as a package: jitney [options])

Serves a GraphQL schema whose batched fields are computed for many requests at once.

  --schema FILE           the schema in SDL (default: upper(x), as an example)
  --resolvers FILE        its resolvers: a .ts or .js module whose default export is a map of resolvers
  --host HOST             where to listen (default: ${DEFAULT_HOST}; also from HOST)
  --port PORT             where to listen, 0 for any free port (default: ${fallback("port")}; also from PORT)
  --workers N|auto        how many processes serve on that port, each with batches and limits of its own (default: 1;
                          auto: one for each core)

Keys of all fields are computed by workers (below), with those of the other servers that share their batches so, over
RabbitMQ:
  --amqp URL              the broker: amqp://user:password@host:port/vhost, or amqps:// (also from JITNEY_AMQP_URL)
  --queue-type classic|quorum
                          its queues: on one broker, or on the majority of a cluster (default: classic)
  --max-queued-chunks N   how many messages with keys may wait in the queue of a field (default: ${DEFAULT_MAX_QUEUED_CHUNKS})

These win over @batch in the schema and over the code, for every field:
  --max-batch-size N      a batch leaves at once when it holds so many keys
  --max-batch-weight N    a batch leaves at once when its keys weigh so much together
  --max-delay-ms MS       a batch leaves when its oldest key has waited so long
  --concurrency N         how many batches of a field run at once
  --max-queue-size N      how many callers may wait; one more is refused
  --timeout-ms MS         a caller's whole wait, queue and run together

What one request may be:
  --max-body-bytes N      how large its body may be (default: ${fallback("maxBodyBytes")})
  --max-operations N      how many operations it may hold, in an array (default: ${fallback("maxOperations")})
  --max-tokens N          how many tokens a query may have (default: ${fallback("maxTokens")})
  --max-variable-values N how many values its variables may hold (default: ${fallback("maxVariableValues")})
  --max-depth N           how many levels of fields an operation may have (default: ${fallback("maxDepth")})
  --max-aliases N         how many aliases an operation may have (default: ${fallback("maxAliases")})
  --max-directives N      how many directives an operation may have (default: ${fallback("maxDirectives")})
  --headers-timeout-ms MS how long its headers may take to arrive (default: ${fallback("headersTimeoutMs")})
  --request-timeout-ms MS how long all of it may take to arrive, and its answer to be read (default: ${fallback("requestTimeoutMs")})
  --keep-alive-timeout-ms MS
                          how long a connection without one is kept open (default: ${fallback("keepAliveTimeoutMs")})

Who may see what:
  --introspection on|off  whether clients may ask for the schema (default: on; off with NODE_ENV=production)
  --graphiql on|off       whether browsers get GraphiQL (default: on; off with NODE_ENV=production)
  --batch-facts on|header|off
                          whether answers say which batches served them, or do for who sends the header
                          Jitney-Batches: show (default: on; off with NODE_ENV=production)
  --batches-page on|off   whether /batches shows the batches live (default: on; off with NODE_ENV=production)
  --metrics on|off        whether /metrics has metrics for Prometheus (default: on; off with NODE_ENV=production)
  --cors-origin ORIGINS   pages of which other sites may read answers, with commas between; * for all (default: none)
  --allowed-hosts HOSTS   names in the Host header that a server on this machine answers to beside localhost and --host,
                          with commas between; * for any (default: none)

Everyone may ask, unless there is a token that all share, in the environment variable JITNEY_TOKEN; or JWTs, which
are verified with the secret in JITNEY_JWT_SECRET, or with a key that the first or the second of these tells:
  --jwt-public-key FILE   the issuer's public key, in PEM
  --jwt-jwks-uri URL      where the issuer publishes its keys
  --jwt-issuer TEXT       what the claim iss has to be
  --jwt-audience TEXT     what the claim aud has to be
  --jwt-partition-claim NAME
                          the claim whose text says with whom a batch is shared: tenant, for example

What is logged, to standard output:
  --log-level LEVEL       from which level: trace, debug (with an entry for each request), info, warn, error, fatal, silent
                          (default: info)
  --log-format json|pretty
                          for programs or for people (default: pretty on a terminal, else json)
  --log-values on|off     whether the entries of requests hold queries and variables (default: off)

  --drain-delay-ms MS     how long /ready says 503 before the server stops taking requests (default: ${fallback("drainDelayMs")})
  --drain-timeout-ms MS   how long requests in flight may take then (default: ${fallback("drainTimeoutMs")})
  --help                  this text
  --version               the version

Usage: npm start -- worker --amqp URL [options]  (as a package: jitney worker --amqp URL [options])

Computes the keys of all batched fields for the servers that share them: start as many as are needed.

  --schema, --resolvers   as the servers have them
  --amqp, --queue-type, --max-queued-chunks
                          as the servers have them
  --name TEXT             what answers call it (default: the machine's name and the number of the process)
  --max-batch-size, --max-batch-weight, --max-delay-ms, --concurrency, --timeout-ms
                          as above, of this worker
  --host, --port          where its /health, /ready, /metrics and /batches are (default port: any free one)
  and those above for these pages, their tokens, the log and the end

Usage: npm start -- types [options]  (as a package: jitney types [options])

Writes the types of a schema's resolvers, in TypeScript: \`{ Query: … } satisfies Resolvers\` is checked against the SDL.

  --schema FILE           as above
  --out FILE              where to (default: standard output)
  --check                 write nothing; exit with 1 where FILE does not have what would be written
  --context-type MODULE#TYPE
                          the type of the context, as FILE would import it (default: unknown)
  --source-type NAME=MODULE#TYPE
                          what an object type of the schema is in the code, to its resolvers (default: its own fields,
                          less those with @batch or arguments)
  --scalar NAME=TYPE      what a scalar is: TypeScript, or MODULE#TYPE (default for custom ones: unknown)
`;

function fallback(name: NumberOptionName): number {
  return NUMBER_OPTIONS[name].fallback;
}
