import { peerOf } from './launch.ts'

/**
 * The one entry of the packaged app. Private switches and verbs come before anything of Electron's window: a peer of the
 * practice network, an isolated probe, a headless verb, else the desktop app.
 */
const VERBS = new Set(['run', 'watch', 'status', 'setup', 'logs', 'stop', 'replay', 'help', '--help', '-h', '--version', 'version'])

async function begin(): Promise<void> {
  const peer = peerOf(process.argv)
  if (peer !== undefined) {
    const { runPeer } = await import('./peers.ts')
    return runPeer(peer.program, peer.args)
  }
  const words = process.argv
    .slice(process.defaultApp === true ? 2 : 1)
    .filter(
      (arg) => !/^--(no-sandbox|ozone-platform|user-data-dir|disable-gpu|password-store|remote-debugging-port|enable-|inspect)/.test(arg),
    )
  if (words[0] !== undefined && VERBS.has(words[0])) {
    const { runVerb } = await import('./cli.ts')
    return runVerb(words)
  }
  const { runDesktop } = await import('./desktop.ts')
  return runDesktop()
}

void begin()
