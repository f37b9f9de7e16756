import { peerOf, wordsOf } from './launch.ts'

/**
 * The one entry of the packaged app. Private switches and verbs come before anything of Electron's window: a peer of the
 * practice network, an isolated probe, a headless verb, else the desktop app.
 *
 * Peers and verbs are awaited here: Electron goes no further before its entry is loaded, so that they run on a bare Node
 * loop in one process, without a display, a bus, a profile or any of Chromium's helpers.
 */
// One text: a test compares it with the command of the system.
// prettier-ignore
const VERBS = new Set('run watch status setup logs stop replay help --help -h --version version scan identities backup drill restore operations finish roll-back undo merge convert split retire put-back take-over hand-over move export-identity import-identity machine plan init verify ready coinbase'.split(' '))

/** As Node does: Electron would show a box that nobody sees, and go on. */
function endOnBug(): void {
  const end = (cause: unknown): never => {
    process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

const peer = peerOf(process.argv)
const words = wordsOf(process.argv.slice(process.defaultApp === true ? 2 : 1))
if (peer !== undefined) {
  endOnBug()
  const { runPeer } = await import('./peers.ts')
  await runPeer(peer.program, peer.args)
} else if (words[0] !== undefined && VERBS.has(words[0])) {
  endOnBug()
  const { runVerb } = await import('./cli.ts')
  await runVerb(words)
} else {
  const { runDesktop } = await import('./desktop.ts')
  void runDesktop() // waits for Electron, which waits for this file
}
