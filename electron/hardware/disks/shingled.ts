import type { DiskReport } from '../../../shared/domain/machine.ts'

/**
 * Drives that are shingled without telling the system, as their makers have said: Western Digital's list of April 2020,
 * Seagate's list of CMR and SMR drives, Toshiba's note of the same year. Models that were made in both ways are not here.
 */
const SHINGLED = new RegExp(
  [
    'WD[2346]0EFAX',
    'WD[26]0EZAZ',
    'WD10SPSX|WD[12]0SPZX',
    'ST[68]000AS0002|ST5000AS0011',
    'ST2000DM005|ST3000DM007|ST[48]000DM004|ST6000DM003',
    'ST[34]000LM024|ST5000LM000|ST2000LM015|ST1000LM048',
    'HDWD2[46]0|HDWL1[12]0',
  ].join('|'),
)
/** Boxes that hide the model inside; many of these are shingled. */
const PERHAPS = /Expansion|Backup|BUP|Elements|My ?Passport|easystore|Portable/i

/** Whether a rotating drive is shingled, by its model's name: a hint. */
export function shingledByName(model: string): DiskReport['shingled'] {
  if (SHINGLED.test(model)) return 'yes'
  return PERHAPS.test(model) ? 'maybe' : 'unknown'
}
