// A tiny child: prints, and behaves as its first argument says.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs'

const [kind = 'run', file = ''] = process.argv.slice(2)
/** Goes on when the disk is full, as the real programs do. */
function say(line: string): void {
  try {
    writeSync(1, `${line}\n`)
  } catch {
    return
  }
}

console.log(`child ${kind} pid ${process.pid}`)
switch (kind) {
  case 'run':
    setInterval(() => {}, 1000)
    break
  case 'crash':
    console.error('Error: planted failure')
    process.exitCode = 3
    break
  case 'stubborn': {
    // Ignores the gentle signal and has a grandchild that does so too.
    process.on('SIGTERM', () => console.log('no'))
    const grandchild = spawn(process.execPath, [process.argv[1] ?? '', 'deaf'], { stdio: 'ignore' })
    writeFileSync(file, String(grandchild.pid))
    setInterval(() => {}, 1000)
    break
  }
  case 'deaf':
    process.on('SIGTERM', () => {})
    setInterval(() => {}, 1000)
    break
  case 'noisy': {
    // Counts into its log until the file `file` appears.
    let n = 0
    const timer = setInterval(() => {
      if (existsSync(file)) {
        clearInterval(timer)
        say('end')
        return
      }
      for (let i = 0; i < 20; i++) say(`line ${n++} ${'x'.repeat(80)}`)
    }, 2)
    break
  }
  default:
    closeSync(openSync(file, 'w'))
}
