import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { textOf } from '../../shared/domain/fault.ts'
import { replay, timelineLines, type ReplayFile } from '../../shared/replay/index.ts'
import { openSetupStore } from '../keeper/index.ts'
import { silentLogger } from '../lib/logger.ts'
import { createNodeLogReader, createServiceLogReader } from '../programs/index.ts'
import type { Words } from './arguments.ts'
import type { Cli } from './verbs.ts'

/** A user's evidence is megabytes; more is the wrong file. */
const MAX_BYTES = 256 * 1024 * 1024

function* filesOf(target: string): Generator<string> {
  if (!statSync(target).isDirectory()) {
    yield target
    return
  }
  for (const entry of readdirSync(target, { withFileTypes: true })) {
    if (entry.isFile() || entry.isDirectory()) yield* filesOf(path.join(target, entry.name))
  }
}

/** `replay FILE… [--setup FILE] [--json]`: judges recorded evidence as the keeper would have at that time. */
export async function replayVerb(cli: Cli, words: Words): Promise<number> {
  if (words.plain.length === 0) {
    cli.err('replay FILE… [--setup FILE] [--json]: gRPC, status and post-service timelines, node and service logs, or folders of them')
    return 64
  }
  const files: ReplayFile[] = []
  let size = 0
  try {
    for (const target of words.plain) {
      for (const file of filesOf(path.resolve(target))) {
        size += statSync(file).size
        if (size > MAX_BYTES) throw new Error(`more than ${MAX_BYTES / 1024 / 1024} MiB of evidence; name fewer files`)
        files.push({ name: file, text: readFileSync(file, 'utf8') })
      }
    }
  } catch (cause: unknown) {
    cli.err(`Cannot read the evidence: ${textOf(cause)}`)
    return 1
  }
  const setupFile = words.value('setup')
  const setup = setupFile === undefined ? undefined : openSetupStore(cli.home.config, silentLogger).read(path.resolve(setupFile))
  if (setup?.ok === false) {
    cli.err(`${setupFile}: ${setup.fault.detail}`)
    return 1
  }
  const timeline = replay(files, {
    parsers: { serviceLog: createServiceLogReader, nodeLog: createNodeLogReader },
    ...(setup === undefined ? {} : { setup: setup.value }),
  })
  if (words.has('json')) cli.out(JSON.stringify(timeline))
  else timelineLines(timeline).forEach(cli.out)
  return 0
}
