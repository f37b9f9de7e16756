import { JOURNAL } from '../../electron/operations/journal.ts'
import type { CrashScenario } from '../fakes/crash-everywhere.ts'
import type { OperationStory, Repair } from '../unit/operations/crash-story.ts'

/**
 * Which changes of which step were cut, one line a step. The journal says where a step begins and ends: it is written once
 * at the beginning, twice for each step, and once at the end.
 */
export async function stepLines(
  { story, repair }: { readonly story: OperationStory; readonly repair: Repair },
  scenario: CrashScenario,
  cutAt: readonly number[],
): Promise<readonly string[]> {
  const disk = scenario.prepare()
  await scenario.run(disk)
  const labels = labelsOf(story, repair)
  const cut = new Set(cutAt)
  const lines = new Map<string, { changes: number; cut: number; kinds: Map<string, number> }>()
  let writes = -1
  for (const [index, { name, path: file, changes }] of disk.operations.entries()) {
    if (name === 'write' && file.endsWith(`/${JOURNAL}`)) writes += 1
    if (!changes) continue
    const label = labels[Math.max(0, writes)] ?? 'stopped'
    const line = lines.get(label) ?? { changes: 0, cut: 0, kinds: new Map<string, number>() }
    lines.set(label, line)
    line.changes += 1
    if (!cut.has(index)) continue
    line.cut += 1
    line.kinds.set(name, (line.kinds.get(name) ?? 0) + 1)
  }
  return [...lines].map(([label, line]) => {
    const kinds = [...line.kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')
    return `  ${label.padEnd(20)} ${line.cut} of ${line.changes} changes cut: ${kinds}`
  })
}

function labelsOf(story: OperationStory, { ofUndo }: Repair): readonly string[] {
  const steps = story.draft().steps.map(({ is }, index) => `${index + 1} ${is}`)
  const back = steps.toReversed().map((label) => `undo ${label}`)
  const twice = (labels: readonly string[]): readonly string[] => labels.flatMap((label) => [label, label])
  return ['begin', ...twice(steps), 'end', ...(ofUndo === true ? ['undo begin', ...twice(back), 'undo end'] : [])]
}
