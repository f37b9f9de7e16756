import { expect, it } from 'vitest'
import { seededRandom } from '../../fakes/crash-files.ts'
import { killMerges } from './kills.ts'

/** `KILLS=500` for a long run. */
const KILLS = Number(process.env['KILLS'] ?? 15)

it(
  'a merge that is killed at any moment loses nothing, arms no key twice, and is finished or taken back',
  { timeout: 600_000 },
  async () => {
    const { line, broken } = await killMerges(KILLS, seededRandom(1))
    console.log(line)
    expect(broken).toEqual([])
  },
)
