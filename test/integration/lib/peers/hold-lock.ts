// Takes a lock, says so, and keeps it until it is killed.
import { tryLock } from '../../../../electron/lib/file-lock.ts'

const lock = tryLock(process.argv[2] ?? '')
process.stdout.write(`${JSON.stringify(lock.ok ? { ok: true } : lock)}\n`)
if (lock.ok) setInterval(() => {}, 1000)
