import { createRequire } from 'node:module'
import type { Socket } from 'node:net'

type Koffi = typeof import('koffi')

/** File descriptor of an open local socket; Node shows it only on its handle. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}

let ask: ((fd: number) => number | undefined) | undefined

/** SO_PEERCRED (Linux): { pid, uid, gid } as three 32-bit integers. getpeereid (macOS): uid and gid. */
function prepare(): (fd: number) => number | undefined {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi
    const libc = koffi.load(process.platform === 'darwin' ? '/usr/lib/libSystem.B.dylib' : 'libc.so.6')
    if (process.platform === 'darwin') {
      const getpeereid = libc.func('int getpeereid(int fd, _Out_ uint32_t *uid, _Out_ uint32_t *gid)')
      return (fd) => {
        const uid = [0]
        return getpeereid(fd, uid, [0]) === 0 ? uid[0] : undefined
      }
    }
    const getsockopt = libc.func('int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *length)')
    const [SOL_SOCKET, SO_PEERCRED] = [1, 17]
    return (fd) => {
      const credentials = Buffer.alloc(12)
      return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, [12]) === 0 ? credentials.readUInt32LE(4) : undefined
    }
  } catch {
    return () => undefined // no koffi for this platform: the folder's mode (0700) is the guard
  }
}

/** User id at the other end of a local socket; `undefined` where it cannot be asked (Windows: the pipe's ACL guards). */
export function peerUser(socket: Socket): number | undefined {
  if (process.platform === 'win32') return undefined
  const fd = descriptorOf(socket)
  if (fd === undefined) return undefined
  ask ??= prepare()
  return ask(fd)
}
