import type { Figures } from './referee.ts'

export const quantile = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]

const ms = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value)} ms`)

/** The figures of a campaign in a few lines. */
export function summary(figures: Figures): string {
  const times = [...figures.timeToTruth].map(
    ([what, all]) => `  ${what}: ${all.length}×, p50 ${ms(quantile(all, 0.5))}, p99 ${ms(quantile(all, 0.99))}`,
  )
  return [
    `${figures.identityEpochs} identity-epochs, ${figures.decisions} decisions`,
    `false fine ${figures.falseFine}, false alarms ${figures.falseAlarms} of ${figures.alarms}`,
    `misses ${figures.misses}, explained ${figures.missesExplained}; savable ${figures.savable}, told in time ${figures.savableInTime}`,
    'time to truth:',
    ...times,
  ].join('\n')
}
