import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Client } from 'pg';

const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;
const LIMIT_MS = 5000;

/**
 * Asks the server to cancel what a client's session runs (PostgreSQL protocol, 55.2.8 "Canceling Requests in
 * Progress"): a connection of its own, no login, no answer. Settles when the server has hung up, or after 5 s.
 */
export async function cancelPostgres({
  host,
  port,
  tls,
  client,
}: {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly rejectUnauthorized: true; readonly ca?: string } | undefined;
  readonly client: Client;
}): Promise<void> {
  // Sent by the server at login; the types of pg leave them out.
  const { processID, secretKey } = client as unknown as {
    processID: number | null;
    secretKey: number | null;
  };
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  for (const [index, value] of [16, CANCEL_REQUEST, processID, secretKey].entries()) {
    request.writeInt32BE(value, index * 4);
  }
  const socket = connect({ host, port });
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(done, LIMIT_MS);
    socket.once('error', done).once('close', done);
    socket.once('connect', () => {
      if (tls === undefined) send(socket, request);
      else upgrade({ socket, host, tls, ready: (secure) => send(secure.once('error', done), request) });
    });
  });
}

function upgrade({
  socket,
  host,
  tls,
  ready,
}: {
  readonly socket: Socket;
  readonly host: string;
  readonly tls: { readonly rejectUnauthorized: true; readonly ca?: string };
  readonly ready: (secure: TLSSocket) => void;
}): void {
  const request = Buffer.alloc(8);
  request.writeInt32BE(8, 0);
  request.writeInt32BE(SSL_REQUEST, 4);
  socket.write(request);
  socket.once('data', (answer) => {
    if (answer.toString('latin1') !== 'S') {
      socket.destroy();
      return;
    }
    const secure = connectTls({ ...tls, socket, servername: host });
    secure.once('secureConnect', () => ready(secure));
    secure.once('error', () => socket.destroy());
  });
}

function send(socket: Socket, request: Buffer): void {
  socket.write(request);
  // The server closes when it has passed the request on; reading makes the close visible.
  socket.resume();
}
