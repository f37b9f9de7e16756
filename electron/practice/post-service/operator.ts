import { createServer, type Server, type ServerResponse } from 'node:http'

/** Host and port of a literal socket address (`127.0.0.1:50051`, `[::1]:50051`). */
export function hostAndPort(address: string): { host: string; port: number } {
  const cut = address.lastIndexOf(':')
  return { host: address.slice(0, cut).replace(/^\[|\]$/g, ''), port: Number(address.slice(cut + 1)) }
}

/** `GET /status`, nothing else. Resolves with the bound address; rejects when the port is taken. */
export async function openOperator(address: string, status: () => Promise<string>): Promise<{ readonly address: string; close(): void }> {
  const { host, port } = hostAndPort(address)
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/status') {
      response.writeHead(404, { 'content-length': '0' }).end()
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET,HEAD', 'content-length': '0' }).end()
      return
    }
    void answer(response, status)
  })
  await listening(server, host, port)
  server.on('error', () => server.close())
  const bound = server.address()
  const real = typeof bound === 'object' && bound !== null ? bound.port : port
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${real}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(response: ServerResponse, status: () => Promise<string>): Promise<void> {
  const body = await status()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }).end(body)
}

const listening = async (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
