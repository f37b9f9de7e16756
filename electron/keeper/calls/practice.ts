import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Home } from '../../lib/home.ts'
import { preparePractice } from '../../practice/index.ts'
import type { Session } from '../session.ts'
import type { SetupStore } from '../setup-store.ts'

interface Parts {
  readonly home: Home
  /** A whole home of its own below `home`. */
  readonly practiceHome: Home
  readonly store: SetupStore
  readonly clock: Clock
  /** Most identities of a practice network; absent: as many as it can make. */
  readonly most?: number
  session(): Session | undefined
  begin(setup: Setup): Promise<void>
  end(): Promise<void>
  /** Goes back to what there is without practice. */
  open(): Promise<void>
}

const modeFile = (home: Home): string => path.join(home.state, 'mode.json')
const envFile = (practiceHome: Home): string => path.join(practiceHome.state, 'practice-env.json')

/** Whether practice was begun and not ended. */
export const isPractising = (home: Home): boolean => existsSync(modeFile(home))

/** What the practice programs were told about pace and script when practice began. */
export function readPracticeEnv(practiceHome: Home): Record<string, string> {
  try {
    const read: unknown = JSON.parse(readFileSync(envFile(practiceHome), 'utf8'))
    return typeof read === 'object' && read !== null
      ? Object.fromEntries(Object.entries(read).map(([key, value]) => [key, String(value)]))
      : {}
  } catch {
    return {} // practice of an earlier version: its programs have defaults
  }
}

export function practiceCalls(parts: Parts): AppHandlers['practice'] {
  const { home, practiceHome, store } = parts
  let isChanging = false

  const prepare = async (identities: number, epochSeconds: number): Promise<Result<Setup, 'practice/not-started'>> => {
    const prepared = await preparePractice({ home: practiceHome, identities, epochSeconds, now: parts.clock.now() })
    if (!prepared.ok) return fail('practice/not-started', prepared.fault.detail)
    const saved = store.save(prepared.value.setup)
    if (!saved.ok) return fail('practice/not-started', saved.fault.detail)
    writeFileAtomic(envFile(practiceHome), JSON.stringify(prepared.value.env))
    writeFileAtomic(modeFile(home), JSON.stringify({ mode: 'practice' }))
    return ok(prepared.value.setup)
  }

  return {
    async begin({ identities, epochSeconds }) {
      if (parts.session()?.mode === 'practice' || isChanging) return fail('practice/busy', 'practice runs already')
      if (parts.session() !== undefined) {
        const why = 'a real set-up is in use here; set SMESHKEEPER_HOME to another folder to practise beside it'
        return fail('practice/busy', why)
      }
      const most = parts.most ?? identities
      if (identities > most) {
        const why = `the installed app practises with ${most} at most, because every service of it is a whole app`
        return fail('practice/not-started', `${identities} identities are too many: ${why}`)
      }
      isChanging = true
      try {
        const prepared = await prepare(identities, epochSeconds)
        if (!prepared.ok) return prepared
        await parts.begin(prepared.value)
        return ok(undefined)
      } catch (cause: unknown) {
        return fail('practice/not-started', textOf(cause))
      } finally {
        isChanging = false
      }
    },
    async end({ forget }) {
      if (isChanging || (parts.session() !== undefined && parts.session()?.mode !== 'practice')) return ok(undefined)
      isChanging = true
      try {
        await parts.end()
        rmSync(modeFile(home), { force: true })
        if (forget) rmSync(home.practice, { recursive: true, force: true })
        await parts.open()
        return ok(undefined)
      } finally {
        isChanging = false
      }
    },
  }
}
