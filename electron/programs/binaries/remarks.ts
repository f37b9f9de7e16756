import { explainBy, shorten, type CauseRule } from '../causes.ts'
import { NODE_CAUSES } from '../go-spacemesh/causes.ts'
import { headerText, hostText, suits, type ExecutableHeader, type Host } from './header.ts'
import type { AskedVersion, Program } from './program.ts'
import { atLeast, compareVersions } from './version.ts'

interface Seen {
  readonly program: Program
  readonly header: ExecutableHeader
  readonly host: Host
  readonly isExecutable: boolean
  readonly isMainnet: boolean
  readonly asked?: AskedVersion
}

const MISSING_LIBRARY: readonly CauseRule[] = NODE_CAUSES.filter((rule) => rule.code === 'node/library-missing')

/** The plain sentence of a report: what keeps it from running, else what is worth knowing. */
export function remarkOf(seen: Seen): string | undefined {
  if (seen.header.format === 'none') return 'This file is not a program.'
  if (!suits(seen.header, seen.host)) {
    return `This program is for ${headerText(seen.header)}, this machine is ${hostText(seen.host)}. Get the release for this machine.`
  }
  if (!seen.isExecutable) return 'This file may not be executed. Give it the right to (chmod +x), then choose it again.'
  if (seen.asked !== undefined && !seen.asked.runs) return whyNotRunning(seen.asked)
  return versionRemark(seen.program, seen.asked?.version, seen.isMainnet)
}

function whyNotRunning({ last, program }: AskedVersion): string {
  if (last === undefined) return 'This program was not asked.'
  if (last.isTimeout) return 'This program did not tell its version in time and was ended. Try again; if it hangs again, get it anew.'
  if (last.startError === 'EACCES') return 'This program may not be executed: its rights, or its disk is mounted with noexec.'
  if (last.startError === 'ENOENT')
    return 'This program needs a loader that this system does not have; it was built for another kind of Linux.'
  if (last.startError !== undefined) return `This program cannot be started: ${shorten(last.text)}`
  const library = explainBy(MISSING_LIBRARY, last.text)?.cause
  if (library !== undefined) return library
  return `${program === 'unknown' ? 'This is not a program that Smeshkeeper knows' : `This does not answer like ${program}`}: ${shorten(last.text, 160)}`
}

/** @source facts/node-config-and-cli.md §9; facts/failure-modes.md §3, §10 */
function versionRemark(program: Program, version: string | undefined, isMainnet: boolean): string | undefined {
  if (version === undefined) return undefined
  if (program === 'go-spacemesh') {
    if (isMainnet && !atLeast(version, '1.8.0')) {
      return `Version ${version} earns nothing on mainnet: since epoch 45 the network takes only ATXs of version 1.8.0 and newer. Upgrade.`
    }
    if (version === '1.7.5') return 'Version 1.7.5 is known to damage its database. Use 1.7.6 or newer.'
    if (!atLeast(version, '1.7.0'))
      return `Version ${version} is old: Smeshkeeper watches such a node, but does not run it. Use 1.7 or newer.`
    if (compareVersions(version, '1.9.0') >= 0) return `Version ${version} is newer than what Smeshkeeper was tested with.`
  }
  if (program === 'profiler' && atLeast(version, '0.8.0') && !atLeast(version, '0.8.3')) {
    return `Version ${version} of the profiler crashes when it measures proving. Use 0.8.3 or newer.`
  }
  if (program === 'post-service' && !atLeast(version, '0.7.0')) return `Version ${version} is older than what Smeshkeeper was tested with.`
  return undefined
}
