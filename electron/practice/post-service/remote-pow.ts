import { scaledPowDifficulty, type ServiceContext } from './context.ts'

const GROUP = 16

/** Asks the k2pow service for every group of 16 nonces; backs off for ever while it does not answer. */
export async function remotePow(context: ServiceContext, challenge: Uint8Array, firstNonce: number): Promise<void> {
  const remote = context.args.remoteK2pow
  if (remote === undefined) return
  const groups = Array.from({ length: context.args.nonces / GROUP }, (_, i) => firstNonce / GROUP + i)
  const miner = Buffer.from(context.metadata.nodeId).toString('hex')
  const start = Buffer.from(challenge.subarray(0, 8)).toString('hex')
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      await job(context, `${remote.uri.replace(/\/$/, '')}/job/${miner}/${group}/${start}/${scaledPowDifficulty(context)}`)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, remote.parallelism) }, worker))
}

async function job(context: ServiceContext, url: string): Promise<void> {
  const backoffMs = (context.args.remoteK2pow?.backoffS ?? 5) * context.pace.secondMs
  for (;;) {
    const status = await ask(url)
    if (status === 200) return
    if (status === undefined) {
      context.log('WARN', 'post::pow::service', `get job error: error sending request for url (${url}). backing off before retry`)
    } else if (status !== 201 && status !== 429) {
      context.die(101, `\nthread '<unnamed>' panicked at src/pow/service.rs:1:1:\nremote k2pow answered ${status}\n`)
    }
    await context.sleep(backoffMs)
  }
}

async function ask(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    return undefined
  }
}
