import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import * as common from '@zxcvbn-ts/language-common'
import * as english from '@zxcvbn-ts/language-en'

const BITS_PER_DIGIT = Math.log2(10)

const meter = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
})

/** Bits that an attacker who knows how people choose has to guess. Loaded only when it is needed: its word lists are large. */
export const bitsOf = (passphrase: string): number => meter.check(passphrase).guessesLog10 * BITS_PER_DIGIT
