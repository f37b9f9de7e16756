import { writeSync } from 'node:fs'

/** Go's report of a nil pointer, as the node leaves it on stderr. */
export function panicText(where: string, file: string): string {
  return [
    'panic: runtime error: invalid memory address or nil pointer dereference',
    '[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x17c8d65]',
    '',
    'goroutine 652 [running]:',
    `${where}(0x0)`,
    `\t${file} +0x25`,
    '',
  ].join('\n')
}

/** Ends the process the way a Go panic does: a report on stderr, exit code 2, no clean-up. */
export function panic(where: string, file: string): never {
  writeSync(2, panicText(where, file))
  process.exit(2)
}

export const layerStreamPanic = (pkg: string): never =>
  panic(`github.com/spacemeshos/go-spacemesh/api/grpcserver/${pkg}.toLayer`, `go-spacemesh/api/grpcserver/${pkg}/layer.go:267`)
