import { connect as connectPlainly, type Socket } from 'node:net';
import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as connectSafely } from 'node:tls';
import { insideAddresses } from './inside-addresses.js';

/** Connects where a URL leads. */
export type Agents = Readonly<Record<'http:' | 'https:', HttpAgent>>;

type Options = AgentOptions & { host: string; port: number; servername?: string };

/**
 * Connects to addresses of the public internet only. The socket itself refuses the others: by the address that it is
 * about to connect to, whatever the name led to a moment ago (DNS rebinding).
 *
 * The TLS connection is put around such a socket, for one that connects by itself ignores the list of addresses.
 */
class GuardedHttpAgent extends HttpAgent {
  override createConnection(options: Options): Socket {
    return connectGuarded(options);
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  override createConnection(options: Options): Socket {
    return connectSafely({ ...options, socket: connectGuarded(options), ALPNProtocols: ['http/1.1'] });
  }
}

function connectGuarded({ host, port, lookup }: Options): Socket {
  return connectPlainly({ host, port, lookup, blockList: insideAddresses });
}

/** @param allowsPrivate whether addresses inside the network may be called, too */
export const agentsFor = (allowsPrivate: boolean, options: AgentOptions = {}): Agents =>
  allowsPrivate
    ? { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) }
    : { 'http:': new GuardedHttpAgent(options), 'https:': new GuardedHttpsAgent(options) };
