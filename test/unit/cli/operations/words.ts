import { readWords, type Words } from '../../../../electron/cli/arguments.ts'
import { END_VERBS, OPERATIONS, PLAN_VERBS } from '../../../../electron/cli/operations/verbs.ts'

const OPTIONS = [OPERATIONS, ...Object.values(PLAN_VERBS), ...Object.values(END_VERBS)].flatMap(({ options }) => options)

/** As the command line has them. */
export const wordsOf = (...argv: readonly string[]): Words => readWords(argv, OPTIONS)
