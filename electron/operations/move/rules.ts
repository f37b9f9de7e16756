import { moveCopy } from './copy.ts'
import type { MoveDeps } from './job.ts'
import { moveKeep } from './keep.ts'
import { moveNames } from './names.ts'
import { moveSwitch } from './switch.ts'
import { moveVerify } from './verify.ts'

/** The steps of a move of PoS data, by the name that stands in the journal. */
export const moveRules = (deps: MoveDeps) =>
  ({
    'move-copy': moveCopy(deps),
    'move-verify': moveVerify(deps),
    'move-switch': moveSwitch(deps),
    'move-keep': moveKeep(deps),
    'move-names': moveNames(deps),
  }) as const
