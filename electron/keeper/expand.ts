import path from 'node:path'
import type { Setup } from '../../shared/setup/schema.ts'

/** A leading `~/` means the user's home folder; programs do not know it. */
export function expandPath(file: string, homeFolder: string): string {
  if (file === '~') return homeFolder
  return file.startsWith('~/') || file.startsWith('~\\') ? path.join(homeFolder, file.slice(2)) : file
}

/** The set-up with every path written out, as it is used; the file keeps what the user wrote. */
export function expandSetup(setup: Setup, homeFolder: string): Setup {
  const at = (file: string): string => expandPath(file, homeFolder)
  const tls = <T extends { caCert: string; cert: string; key: string } | null>(value: T): T =>
    value === null ? value : { ...value, caCert: at(value.caCert), cert: at(value.cert), key: at(value.key) }
  const { node } = setup
  return {
    ...setup,
    node:
      node.mode === 'managed'
        ? {
            ...node,
            binary: at(node.binary),
            dataFolder: at(node.dataFolder),
            configFile: at(node.configFile),
            tls: tls(node.tls),
            ...(node.lockFile === undefined ? {} : { lockFile: at(node.lockFile) }),
          }
        : {
            ...node,
            tls: tls(node.tls),
            ...(node.logFile === undefined ? {} : { logFile: at(node.logFile) }),
            ...(node.dataFolder === undefined ? {} : { dataFolder: at(node.dataFolder) }),
          },
    services: setup.services.map((service) => ({
      ...service,
      binary: at(service.binary),
      posFolder: at(service.posFolder),
      tls: tls(service.tls),
      ...(service.logFile === undefined ? {} : { logFile: at(service.logFile) }),
    })),
  }
}
