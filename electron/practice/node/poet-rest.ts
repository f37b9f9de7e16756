import { createServer, type Server } from 'node:http'
import type { Poet } from './config.ts'
import type { PoetOptions } from './poet.ts'

/** The answer of a PoET to `GET /v1/info`, which the app's own probe asks as well. */
function info({ config, time }: PoetOptions, poet: Poet): string {
  const open = time.epoch()
  const phaseShift = `${config.poet.shiftMs / 1000}s`
  const cycleGap = `${config.poet.gapMs / 1000}s`
  return JSON.stringify({
    openRoundId: String(open),
    executingRoundId: String(Math.max(0, open - 1)),
    servicePubkey: poet.pubkey,
    phaseShift,
    cycleGap,
  })
}

/** REST face of the in-process PoET; the script can make it silent. A taken port leaves it out, as in the recordings. */
export function servePoetRest(options: PoetOptions, poet: Poet): Server | undefined {
  const address = /^http:\/\/([^:/]+):(\d+)/.exec(poet.address)
  if (address?.[1] === undefined) return undefined
  const server = createServer((request, answer) => {
    if (options.script.now().poet !== undefined) return
    const isInfo = request.url === '/v1/info'
    answer.writeHead(isInfo ? 200 : 404, { 'content-type': 'application/json' })
    answer.end(isInfo ? info(options, poet) : '{"code":5, "message":"Not Found", "details":[]}')
  })
  server.on('error', () => options.log.poet('ERROR', '', `REST proxy failed on ${address[1]}:${address[2]}`))
  server.listen({ host: address[1], port: Number(address[2]) })
  return server
}
