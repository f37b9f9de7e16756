/**
 * Becomes a program of the practice network or an isolated probe; its arguments are in `process.argv` as usual. The node
 * and the services end when they say so; the others with their work, which Electron's loop alone would not do.
 */
export async function runPeer(program: string, args: readonly string[]): Promise<never> {
  process.argv = [process.argv[0] ?? '', program, ...args]
  switch (program) {
    case 'go-spacemesh':
      await import('./practice/node/main.ts')
      break
    case 'post-service':
      await import('./practice/post-service/main.ts')
      break
    case 'postcli':
      await import('./practice/postcli/main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'folder-probe':
      await import('./pos-data/probe-main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'scan':
      await import('./scan/scan-main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'vault':
      await import('./vault/vault-main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'operations':
      await import('./operations/process/operations-main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'profiler':
      await import('./practice/profiler/main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'opencl-probe':
      await import('./hardware/opencl/opencl-main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    case 'speed-probe':
      await import('./hardware/speed/speed-main.ts')
      return process.exit(process.exitCode) // Electron forgets it
    default:
      process.stderr.write(`unknown peer ${program}\n`)
      process.exit(2)
  }
  return new Promise<never>(() => {})
}
