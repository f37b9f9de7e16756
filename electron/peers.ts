/** Becomes a program of the practice network or an isolated probe; its arguments are in `process.argv` as usual. */
export async function runPeer(program: string, args: readonly string[]): Promise<void> {
  process.argv = [process.argv[0] ?? '', program, ...args]
  switch (program) {
    case 'go-spacemesh':
      await import('./practice/node/main.ts')
      return
    case 'post-service':
      await import('./practice/post-service/main.ts')
      return
    case 'postcli':
      await import('./practice/postcli/main.ts')
      return
    case 'folder-probe':
      await import('./pos-data/probe-main.ts')
      return
    default:
      process.stderr.write(`unknown peer ${program}\n`)
      process.exit(2)
  }
}
