import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { detectOpencl, type OpenclDetection } from '../../../electron/hardware/index.ts'
import type { OpenclFacts } from '../../../electron/hardware/opencl/facts.ts'
import { launchFromSource } from '../../../electron/launch.ts'
import { systemClock, type Clock } from '../../../electron/lib/clock.ts'

export const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0

/** A look with other variables for the probe's process. */
export function detectionWith(env: Readonly<Record<string, string>>, clock: Clock = systemClock, facts?: OpenclFacts): OpenclDetection {
  const own = launchFromSource(path.resolve('electron'))('opencl-probe')
  return detectOpencl({
    launch: () => ({ ...own, env: { ...own.env, ...env } }),
    clock,
    // A busy machine that tests is no driver that hangs.
    deadlineMs: clock === systemClock ? 50_000 : 5000,
    ...(facts === undefined ? {} : { facts: () => facts }),
  })
}

export interface BadOpencl {
  /** In place of the real loader. */
  loader(does: string): Readonly<Record<string, string>>
  /** A driver of the real loader, by a file that names `library`. */
  driver(does: string, library?: string): Readonly<Record<string, string>>
  /** Process id of the driver that stands still now. */
  hanging(): Promise<number>
  end(): void
}

/** Compiles the misbehaving OpenCL into a folder of its own. */
export function badOpencl(): BadOpencl {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-opencl-'))
  const library = path.join(folder, 'libOpenCL.so.1')
  const made = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, path.resolve('test/fixtures/opencl/bad-opencl.c')], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  const sign = path.join(folder, 'sign')
  const common = (does: string) => ({ BAD_OPENCL: does, BAD_OPENCL_SIGN: sign })
  return {
    loader: (does) => ({ ...common(does), LD_LIBRARY_PATH: folder }),
    driver: (does, named = library) => {
      writeFileSync(path.join(folder, 'bad.icd'), `${named}\n`)
      return { ...common(does), OCL_ICD_VENDORS: path.join(folder, 'bad.icd') }
    },
    hanging: async () => {
      const pid = await new Promise<number>((resolve) => {
        const look = (): void => {
          const pid = existsSync(sign) ? Number(readFileSync(sign, 'utf8')) : 0
          if (pid === 0) return
          watcher.close()
          resolve(pid)
        }
        const watcher = watch(folder, look)
        look()
      })
      // What it told before lies in our pipe by now: two turns of the event loop read it.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      return pid
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}
